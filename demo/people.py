"""The customers of the demo shop, from eight countries, and when they order."""

import unicodedata
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random

from django.utils import timezone

from customers.models import Country, Customer
from demo.products import DemoProduct

DAYS = 730
SECONDS = DAYS * 24 * 3600
GUESTS = 0.12  # share of the orders without a customer

# Code, share of the customers in percent; first names; last names.
COUNTRIES = """
DE 34
Anna Ben Clara David Emma Felix Hannah Jonas Katrin Lukas Mia Paul
Becker Brandt Fischer Hoffmann Klein Koch Krause Lehmann Maier Neumann Richter Schulz
FR 15
Alice Antoine Camille Chloé Hugo Inès Julien Léa Louis Manon Mathieu Nathalie
Bernard Bonnet Chevalier Dubois Durand Fontaine Garnier Lambert Laurent Lefèvre Martin Moreau
GB 17
Alfie Amelia Charlotte Daniel Eleanor George Grace Harry Imogen Jack Olivia Oscar
Baker Bennett Carter Clarke Davies Evans Hughes Khan Morgan Palmer Patel Reid
CH 8
Andrin Beat Corinne Daniela Elena Fabio Gian Ladina Luca Marco Nina Reto
Ammann Baumann Bianchi Frei Gerber Huber Keller Meier Moser Rossi Schmid Steiner
SE 7
Alva Anders Astrid Ebba Elias Erik Freja Gustav Ingrid Karin Lars Maja
Andersson Berg Björk Eklund Forsberg Hansson Holm Karlsson Lindqvist Lundgren Nilsson Olsson
PL 7
Adam Agnieszka Barbara Ewa Filip Hanna Jakub Jan Julia Karolina Maciej Magda
Borkowski Dudek Jankowski Kamin Kowalczyk Krawczyk Lis Mazur Nowak Pawlak Sikora Urban
US 8
Aaron Ava Brandon Carlos Emily Ethan Isabella Jasmine Kevin Laura Maria Noah
Adams Brooks Collins Diaz Foster Garcia Hayes Johnson Kim Lopez Miller Nguyen
JP 4
Aiko Akira Daichi Emi Haruto Hina Kenji Mai Naoki Ren Sakura Sota
Fujita Hayashi Ito Kato Kobayashi Matsumoto Mori Nakamura Ogawa Saito Sasaki Sato
"""

MONTH_FACTORS = (0.86, 0.82, 0.92, 0.96, 1.0, 0.94, 0.84, 0.82, 0.98, 1.06, 1.5, 1.75)
WEEKDAY_FACTORS = (1.1, 1.04, 1.0, 1.0, 0.94, 0.84, 1.08)
WEEKDAY_HOURS = (
    3, 1, 1, 1, 1, 2, 6, 12, 16, 18, 20, 22, 26, 22, 18, 18, 20, 24, 30, 38, 44, 40, 24, 10,
)  # fmt: skip
WEEKEND_HOURS = (
    6, 3, 2, 1, 1, 1, 3, 7, 14, 24, 32, 36, 34, 32, 32, 34, 34, 32, 32, 34, 36, 32, 22, 12,
)  # fmt: skip
LOYAL = 0.12  # share of the customers who never leave
EARLIEST_START = -0.3  # the first customers came before the two years, in shares of them


@dataclass(slots=True)
class Person:
    """A customer who orders at a rate from `start` to `end` (shares of the two years)."""

    customer: Customer
    start: float
    end: float
    rate: float
    staple: DemoProduct | None

    @property
    def weight(self) -> float:
        return self.rate * max(0.0, self.end - self.start)


class Calendar:
    """The two years up to last midnight, with busy and quiet days and hours.

    A moment is a number of seconds since the first midnight.
    """

    def __init__(self, today: date, rng: Random):
        self.rng, self.first = rng, today - timedelta(DAYS)
        self.days = [self.first + timedelta(n) for n in range(DAYS)]
        # Demand grows by a quarter over the two years.
        demand = [demand_factor(day) * (1 + 0.25 * n / DAYS) for n, day in enumerate(self.days)]
        self.cumulative = [sum_ / sum(demand) for sum_ in accumulate(demand)]
        self.zone = timezone.get_current_timezone()
        self.midnight = datetime.combine(self.first, time())

    def random_moment(self, share: float) -> int:
        """Some moment of the day by which this share of all orders was placed."""
        # A sum of floats may end just below 1, and a share may lie above it.
        day = min(bisect(self.cumulative, share), DAYS - 1)
        hours = WEEKEND_HOURS if self.days[day].weekday() > 4 else WEEKDAY_HOURS
        hour = self.rng.choices(range(24), hours)[0]
        return (day * 24 + hour) * 3600 + self.rng.randrange(3600)

    def datetime_of(self, moment: int) -> datetime:
        local = self.midnight + timedelta(seconds=moment)
        return local.replace(tzinfo=self.zone).astimezone(UTC)

    def date_of(self, moment: int) -> date:
        return self.days[moment // (24 * 3600)]


def demand_factor(day: date) -> float:
    """The season: a peak from late November on, quiet once parcels no longer arrive in time."""
    season = MONTH_FACTORS[day.month - 1] * WEEKDAY_FACTORS[day.weekday()]
    if day.month == 11 and day.day >= 23:
        season *= 1.5
    return season * (0.45 if day.month == 12 and day.day >= 22 else 1)


class Population:
    """Random names and countries, by the shares of the countries."""

    def __init__(self, rng: Random):
        lines = [line.split() for line in COUNTRIES.strip().splitlines()]
        self.rng = rng
        self.names = list(zip(lines[1::3], lines[2::3], strict=True))
        self.shares = [int(share) for _, share in lines[::3]]
        self.countries = [Country.objects.get(code=code) for code, _ in lines[::3]]

    def random_name(self) -> tuple[str, Country]:
        country, (first, last) = self.rng.choices(
            list(zip(self.countries, self.names, strict=True)), self.shares
        )[0]
        return f"{self.rng.choice(first)} {self.rng.choice(last)}", country

    def random_country(self) -> Country:
        return self.rng.choices(self.countries, self.shares)[0]


def generate_people(
    count: int, calendar: Calendar, population: Population, refills: list[DemoProduct]
) -> Iterator[Person]:
    """Rates differ from person to person (gamma), and most leave some day (exponential)."""
    rng, popularity = calendar.rng, [one.popularity for one in refills]
    for number in range(1, count + 1):
        # An exponent below 1 makes late starts more frequent: the shop grows.
        start = EARLIEST_START + (1 - EARLIEST_START) * rng.random() ** 0.8
        # The others stay for 10 months on average (1 / 2.4 of two years).
        stays = 1 - EARLIEST_START if rng.random() < LOYAL else rng.expovariate(2.4)
        name, country = population.random_name()
        customer = Customer(
            code=f"C{number:06}",
            name=name,
            email=f"{email_name(name)}.{number}@example.com",
            country=country,
            registered_at=calendar.datetime_of(registration_moment(start, calendar)),
        )
        staple = rng.choices(refills, popularity)[0] if rng.random() < 0.7 else None
        # A shape below 1: many who order seldom, a few who order often.
        rate = rng.gammavariate(0.8, 1)
        yield Person(customer, max(start, 0.0), min(start + stays, 1.0), rate, staple)


def registration_moment(start: float, calendar: Calendar) -> int:
    """A new customer registers at the midnight before the first order."""
    if start < 0:
        return int(start * SECONDS)
    return min(bisect(calendar.cumulative, start), DAYS - 1) * 24 * 3600


def email_name(name: str) -> str:
    ascii_name = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return ascii_name.replace(" ", ".")


def generate_visits(
    count: int, people: list[Person], calendar: Calendar
) -> list[tuple[int, Person | None]]:
    """Exactly `count` pairs of a moment and a person, None for a guest, in order of time.

    New customers place their first order when they come. The others are shared out by rate and time
    stayed: given their number, the visits of a Poisson process are spread evenly over the stay.
    """
    rng = calendar.rng
    shares = [(person.start, i) for i, person in enumerate(people) if person.start > 0][:count]
    guests = min(round(count * GUESTS), count - len(shares))
    # As for customers, more of them come later.
    shares += [(rng.random() ** 0.85, -1) for _ in range(guests)]
    weights = list(accumulate(person.weight for person in people))
    for i in rng.choices(range(len(people)), cum_weights=weights, k=count - len(shares)):
        shares.append((rng.uniform(people[i].start, people[i].end), i))
    moments = sorted((calendar.random_moment(share), i) for share, i in shares)
    return [(moment, people[i] if i >= 0 else None) for moment, i in moments]
