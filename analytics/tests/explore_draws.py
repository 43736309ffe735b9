"""Random questions of Explore, each as the parameters of its address."""

import csv
import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from analytics.tests.explore_reference import (
    BANDS,
    KEYS,
    MEASURES,
    OF_DAYS,
    RANGES,
    SUMS,
    Condition,
    Reference,
)
from analytics.tests.varied_shop import FIRST, LAST, TREE

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
Scope = tuple[str, ...] | None  # names of countries; None: all of them
ORDERED = (
    "date_hour", "day", "week", "month", "quarter", "year", "weekday", "hour", "day_of_month",
    "month_of_year", "cohort",
)  # fmt: skip
TEXTS = (
    "country", "category", "category_1", "category_2", "category_3", "product", "sku", "tag",
    "customer", "source",
)  # fmt: skip
# As the JSON face writes the values, or in another way that is accepted.
SPELLED: dict[str, tuple[Callable[[Any], str], ...]] = {
    "date_hour": (lambda moment: f"{moment:%Y-%m-%dT%H}",),
    "month": (lambda day: f"{day:%Y-%m}",),
    "cohort": (lambda day: f"{day:%Y-%m}",),
    "quarter": (lambda day: f"{day.year}-Q{(day.month + 2) // 3}",),
    "year": (lambda day: f"{day.year}",),
    "weekday": (str, lambda number: WEEKDAYS[number - 1]),
    "month_of_year": (str, lambda number: MONTHS[number - 1]),
}
# Limits of conditions on what is grouped in bands.
AMOUNTS = [(amount, (str(amount),)) for amount in (1, 2, 7, 20, Decimal("49.95"), 100)]
PERIODS = {
    "all": {}, "month": {"start": date(2025, 3, 1), "end": date(2025, 3, 31)},
    "quarter": {"start": date(2025, 10, 1), "end": date(2025, 12, 31)},
    "year": {"start": date(2025, 1, 1), "end": date(2025, 12, 31)},
    "week": {"start": date(2025, 6, 9), "end": date(2025, 6, 15)},
}  # fmt: skip


@dataclass(frozen=True)
class Draw:
    """A question, and the countries of the reader who asks it."""

    measures: tuple[str, ...]
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    where: tuple[tuple[Condition, str], ...] = ()
    having: tuple[tuple[str, str, int], ...] = ()
    sort: str = ""
    sort_at: tuple[Any, ...] = ()  # the column that it sorts by; none: the total
    sort_text: str = ""  # that column as in the address
    top: int | None = None
    other: bool = True
    start: date | None = None
    end: date | None = None
    countries: tuple[str, ...] = ()
    category: str = ""
    returns_on: str = "return"
    compare: str = ""
    scope: Scope = None

    @property
    def parameters(self) -> dict[str, list[str]]:
        lists = {
            "measures": [",".join(self.measures)],
            "rows": [",".join(self.rows)],
            "columns": [",".join(self.columns)],
            "where": [text for _, text in self.where],
            "having": [":".join(map(str, condition)) for condition in self.having],
            "sort": [self.sort + self.sort_text],
            "top": [str(self.top or "")],
            "other": ["" if self.top is None else str(int(self.other))],
            "start": [str(self.start or "")],
            "end": [str(self.end or "")],
            "country": list(self.countries),
            "category": [self.category],
            "returns_on": [self.returns_on],
            "compare": [self.compare],
        }
        return {name: given for name, texts in lists.items() if (given := [*filter(None, texts)])}

    @property
    def chosen_by(self) -> tuple[str, bool]:
        """The measure that says which rows are the top, and whether the lowest are."""
        name = self.sort.removeprefix("-")
        if not name or name in self.rows:
            return self.measures[0], False
        return name, not self.sort.startswith("-")

    def __str__(self) -> str:
        seen = "all countries" if self.scope is None else ", ".join(self.scope) or "no country"
        return f"/explore/?{urlencode(self.parameters, doseq=True)} by a reader of {seen}"


Known = dict[str, list[tuple[Any, tuple[str, ...]]]]  # by dimension: values, and texts for them

# What has an id is named in any of these ways.
NAMED = {
    "country": "select distinct country_id, country, country_code from wide_orders"
    " join countries using (country_id, country) order by 1",
    "customer": "select distinct customer_id, code from wide_orders where code <> '' order by 1",
    "product": "select product_id, sku from goods order by 1",
    "sku": "select product_id, sku from goods order by 1",
}


def known_values(reference: Reference) -> Known:
    """What a reader finds in their part of the shop."""
    groups = ("Champions", "Loyal", "Active", "New", "Promising", "At risk", "Dormant")
    known: Known = {"rfm_group": [(group, (group,)) for group in groups]}
    known |= {name: known_bands(limits) for name, (_, limits) in BANDS.items()}
    for name in KEYS.keys() - known.keys():
        sql = NAMED.get(name) or f"select distinct {KEYS[name]} as key from wide_tags order by 1"
        for key, *texts in reference.con.execute(sql).fetchall():
            texts = texts or [spell(key) for spell in SPELLED.get(name, (str,)) if key is not None]
            if key is not None:
                known.setdefault(name, []).append((key, tuple(filter(None, texts))))
    return dict(sorted(known.items()))


def known_bands(limits: tuple[int, ...]) -> list[tuple[Any, tuple[str, ...]]]:
    """Each with its label, and that as one types it."""
    first, last = f"< {limits[0]}", f"≥ {limits[-1]}"
    labels = [first, *(f"{low}–{high}" for low, high in pairwise(limits)), last]
    typed = [label.replace("–", "-").replace("≥", ">=") for label in labels]
    return [*enumerate(zip(labels, typed, strict=True))]


def draw(chance: random.Random, known: dict[Scope, Known]) -> Draw:
    """Each part of a question is there or not by chance."""
    scope = chance.choice((*known, None, None))
    compare = chance.choice(("", "", "", "previous_period", "previous_year"))
    rows = chance.sample(list(KEYS), chance.choice((0, 1, 1, 1, 2, 2, 3)))
    columns = chance.sample(sorted(set(KEYS) - set(rows)), chance.choice((0, 0, 0, 1, 1, 2)))
    measures = drawn_measures(chance, compare)
    return Draw(
        measures=tuple(measures),
        rows=tuple(rows),
        columns=tuple(columns),
        where=tuple(
            condition(chance, known[scope]) for _ in range(chance.choice((0, 0, 0, 1, 1, 2, 3)))
        ),
        returns_on=chance.choice(("return", "return", "order")),
        compare=compare,
        scope=scope,
        **drawn_period(chance),
        **drawn_choice(chance, measures, rows, columns, known[scope]),
    )


def drawn_measures(chance: random.Random, compare: str) -> list[str]:
    words = [*MEASURES, *OF_DAYS]
    measures = chance.sample(words, chance.randint(1, 4))
    if compare and chance.random() < 0.7:
        measures[-1] = chance.choice(words) + chance.choice(("_before", "_change", "_growth"))
    elif chance.random() < 0.3:
        measures[-1] = chance.choice(SUMS) + chance.choice(("_share", "_running"))
    return measures


def drawn_period(chance: random.Random) -> dict[str, Any]:
    name = chance.choice(("all", "all", "days", "days", "from", "until", *PERIODS))
    if name in PERIODS:
        return PERIODS[name]
    days = (FIRST + timedelta(chance.randint(-40, (LAST - FIRST).days + 60)) for _ in range(2))
    start, end = sorted(days)
    whole = {"start": start, "end": end}
    return {"days": whole, "from": {"start": start}, "until": {"end": end}}[name]


def drawn_choice(
    chance: random.Random, measures: list[str], rows: list[str], columns: list[str], known: Known
) -> dict[str, Any]:
    """Filters besides `where`, the order of rows and which of them are there."""
    plain = [name for name in measures if name in MEASURES]
    asked: dict[str, Any] = {}
    if chance.random() < 0.2 and "country" in known:
        asked["countries"] = tuple(
            sorted({texts[-1] for _, texts in chance.choices(known["country"], k=2)})
        )
    if chance.random() < 0.15:
        asked["category"] = chance.choice([*TREE, "Uncategorised"])
    if rows and plain and chance.random() < 0.3:
        asked["sort"] = chance.choice(("", "-")) + chance.choice([*plain, *rows])
    if rows and plain and columns and chance.random() < 0.5:
        asked["sort"] = chance.choice(("", "-")) + chance.choice(plain)
        asked |= drawn_column(chance, columns, known)
    if rows and plain and chance.random() < 0.3:
        asked |= {"top": chance.randint(1, 4), "other": chance.random() < 0.6}
    if rows and plain and chance.random() < 0.2:
        operator = chance.choice(("at_least", "at_most"))
        asked["having"] = ((chance.choice(plain), operator, chance.choice((0, 1, 2, 50))),)
    return asked


def drawn_column(chance: random.Random, columns: list[str], known: Known) -> dict[str, Any]:
    """One of the columns, or that of no value; the answer need not have it."""
    values: list[tuple[Any, tuple[str, ...]]] = [
        chance.choice(known[name] if name in known and chance.random() < 0.9 else [(None, ("",))])
        for name in columns
    ]
    texts = quoted([chance.choice(spellings) for _, spellings in values])
    return {"sort_at": tuple(key for key, _ in values), "sort_text": f"@{texts}"}


def condition(chance: random.Random, known: Known) -> tuple[Condition, str]:
    """As the reference understands it, and its text in the address."""
    name = chance.choice(list(known))
    operator = chance.choice(operators(name))
    if operator in ("is", "is_not") and chance.random() < 0.15:
        return Condition(name, operator, (None,)), f"{name}:{operator}:"
    if operator == "contains":
        part = chance.choice(("a", "E", "un", "-1", "o", ", "))
        return Condition(name, operator, (part,)), f"{name}:{operator}:{part}"
    is_amount = name in BANDS and operator in RANGES
    picked = chance.choices(
        AMOUNTS if is_amount else known[name], k={"between": 2, "one_of": 3}.get(operator, 1)
    )
    if operator == "between":
        picked.sort()
    texts = [chance.choice(spellings) for _, spellings in picked]
    keys = tuple(key for key, _ in picked)
    text = quoted(texts) if operator in ("between", "one_of") else texts[0]
    return Condition(name, operator, keys), f"{name}:{operator}:{text}"


def operators(name: str) -> list[str]:
    return (
        ["is", "is_not"]
        + ["one_of"] * (name not in BANDS)
        + [*RANGES] * (name in ORDERED or name in BANDS)
        + ["contains"] * (name in TEXTS)
    )


def quoted(texts: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(texts)
    return line.getvalue()
