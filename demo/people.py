"""Who buys in the demo shop: loyal and fickle people of eight countries, and when they come."""

import unicodedata
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random

from django.utils import timezone

from customers.models import Country, Customer
from demo.goods import Ware

DAYS = 730
SECONDS = DAYS * 24 * 3600
GUESTS = 0.12

# Code, share of the customers in percent; first names; last names.
PLACES = """
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

MONTHS = (0.86, 0.82, 0.92, 0.96, 1.0, 0.94, 0.84, 0.82, 0.98, 1.06, 1.5, 1.75)
WEEKDAYS = (1.1, 1.04, 1.0, 1.0, 0.94, 0.84, 1.08)
OFFICE_HOURS = (
    3,
    1,
    1,
    1,
    1,
    2,
    6,
    12,
    16,
    18,
    20,
    22,
    26,
    22,
    18,
    18,
    20,
    24,
    30,
    38,
    44,
    40,
    24,
    10,
)
FREE_HOURS = (
    6,
    3,
    2,
    1,
    1,
    1,
    3,
    7,
    14,
    24,
    32,
    36,
    34,
    32,
    32,
    34,
    34,
    32,
    32,
    34,
    36,
    32,
    22,
    12,
)
LOYAL = 0.12  # of the customers never leave
SINCE = -0.3  # the first of them came before the books begin, counted in spans of the books


@dataclass(slots=True)
class Person:
    """Somebody who comes at their own rate, from `start` to `end` (shares of the two years)."""

    customer: Customer
    start: float
    end: float
    rate: float
    staple: Ware | None

    @property
    def weight(self) -> float:
        return self.rate * max(0.0, self.end - self.start)


class Calendar:
    """The two years up to last midnight, with busy and quiet days and hours."""

    def __init__(self, today: date, rng: Random):
        self.rng, self.first = rng, today - timedelta(DAYS)
        self.days = [self.first + timedelta(n) for n in range(DAYS)]
        busy = [busyness(day) * (1 + 0.25 * n / DAYS) for n, day in enumerate(self.days)]
        self.upto = [sum_ / sum(busy) for sum_ in accumulate(busy)]
        self.zone = timezone.get_current_timezone()
        self.midnight = datetime.combine(self.first, time())

    def moment(self, share: float) -> int:
        """Seconds from the beginning to some time on the day by which this share was sold."""
        day = min(bisect(self.upto, share), DAYS - 1)
        hours = FREE_HOURS if self.days[day].weekday() > 4 else OFFICE_HOURS
        hour = self.rng.choices(range(24), hours)[0]
        return (day * 24 + hour) * 3600 + self.rng.randrange(3600)

    def at(self, moment: int) -> datetime:
        local = self.midnight + timedelta(seconds=moment)
        return local.replace(tzinfo=self.zone).astimezone(UTC)

    def day(self, moment: int) -> date:
        return self.days[moment // (24 * 3600)]


def busyness(day: date) -> float:
    """The season: a peak from late November on, and calm once no parcel arrives in time."""
    season = MONTHS[day.month - 1] * WEEKDAYS[day.weekday()]
    if day.month == 11 and day.day >= 23:
        season *= 1.5
    return season * (0.45 if day.month == 12 and day.day >= 22 else 1)


class Places:
    """The eight countries with the names people have there."""

    def __init__(self, rng: Random):
        words = [line.split() for line in PLACES.strip().splitlines()]
        self.rng = rng
        self.names = list(zip(words[1::3], words[2::3], strict=True))
        self.shares = [int(share) for _, share in words[::3]]
        self.countries = [Country.objects.get(code=code) for code, _ in words[::3]]

    def somebody(self) -> tuple[str, Country]:
        country, (first, last) = self.rng.choices(
            list(zip(self.countries, self.names, strict=True)), self.shares
        )[0]
        return f"{self.rng.choice(first)} {self.rng.choice(last)}", country

    def somewhere(self) -> Country:
        return self.rng.choices(self.countries, self.shares)[0]


def people(count: int, calendar: Calendar, places: Places, refills: list[Ware]) -> Iterator[Person]:
    """Rates differ from person to person (gamma), and most leave some day (exponential)."""
    rng, popularity = calendar.rng, [ware.popularity for ware in refills]
    for number in range(1, count + 1):
        start = SINCE + (1 - SINCE) * rng.random() ** 0.8
        stays = 1 - SINCE if rng.random() < LOYAL else rng.expovariate(2.4)
        name, country = places.somebody()
        customer = Customer(
            code=f"C{number:06}",
            name=name,
            email=f"{plain(name)}.{number}@example.com",
            country=country,
            registered_at=calendar.at(registered(start, calendar)),
        )
        staple = rng.choices(refills, popularity)[0] if rng.random() < 0.7 else None
        rate = rng.gammavariate(0.8, 1)
        yield Person(customer, max(start, 0.0), min(start + stays, 1.0), rate, staple)


def registered(start: float, calendar: Calendar) -> int:
    """A new customer registers in the night before the first order: nobody orders before that."""
    if start < 0:
        return int(start * SECONDS)
    return min(bisect(calendar.upto, start), DAYS - 1) * 24 * 3600


def plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return letters.replace(" ", ".")


def visits(count: int, crowd: list[Person], calendar: Calendar) -> list[tuple[int, int]]:
    """(moment, index in the crowd, or -1 for a guest) of exactly `count` orders, in order of time.

    Newcomers place their first order when they come. The others are shared out by rate and time
    stayed: given their number, the visits of a Poisson process are spread evenly over the stay.
    """
    rng = calendar.rng
    shares = [(p.start, i) for i, p in enumerate(crowd) if p.start > 0][:count]
    guests = min(round(count * GUESTS), count - len(shares))
    shares += [(rng.random() ** 0.85, -1) for _ in range(guests)]
    upto = list(accumulate(person.weight for person in crowd))
    for i in rng.choices(range(len(crowd)), cum_weights=upto, k=count - len(shares)):
        shares.append((rng.uniform(crowd[i].start, crowd[i].end), i))
    return sorted((calendar.moment(share), who) for share, who in shares)
