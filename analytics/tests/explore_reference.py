"""Questions of Explore once more, as plain SQL over the files of the ledger.

One wide table has a line a row, another a document, each with every value it may be grouped by
(explore_reference.sql); a level of an answer is one SELECT from one of them. Nothing is taken from
the semantics: measures, dimensions and conditions are spelled here a second time.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from catalog.models import Category, Product
from ledger.models import Snapshot
from ledger.sources import table_files

SQL = Path(__file__).with_suffix(".sql").read_text()
MONEY, SHARE, COUNT = pa.decimal128(38, 4), pa.decimal128(38, 6), pa.int64()

SALE, RETURN = "kind = 'sale'", "kind = 'return'"
FIRST = f"{SALE} and of_first_order"


def total(column: str) -> str:
    return f"coalesce(sum({column}), 0)"


def distinct(column: str, condition: str) -> str:
    return f"count(distinct if({condition}, {column}, null))"


def ratio(part: str, whole: str) -> str:
    return f"({part})::double / nullif(({whole})::double, 0)"


ORDERS, CUSTOMERS = distinct("order_id", SALE), distinct("customer_id", SALE)
SOLD = f"{total('gross')} - {total('discount')}"
COSTED = "costed <> 0 or cost <> 0"
MEASURES = {
    "gross": (MONEY, total("gross")),
    "discounts": (MONEY, total("discount")),
    "returns": (MONEY, total("returned")),
    "revenue": (MONEY, total("revenue")),
    "tax": (MONEY, total("tax")),
    "shipping": (MONEY, total("shipping")),
    "total_sales": (MONEY, f"{total('revenue')} + {total('tax')} + {total('shipping')}"),
    "orders": (COUNT, ORDERS),
    "customers": (COUNT, CUSTOMERS),
    "guests": (COUNT, distinct("order_id", f"{SALE} and customer_id is null")),
    "units": (COUNT, total("units")),
    "returned_units": (COUNT, total("returned_units")),
    "net_units": (COUNT, f"{total('units')} - {total('returned_units')}"),
    "refunds": (COUNT, distinct("order_id", RETURN)),
    "aov": (MONEY, ratio(SOLD, ORDERS)),
    "items_per_order": (SHARE, ratio(total("units"), ORDERS)),
    "revenue_per_customer": (
        MONEY, ratio("sum(revenue) filter (customer_id is not null)", CUSTOMERS)),
    "orders_per_customer": (
        SHARE, ratio(distinct("order_id", f"{SALE} and customer_id is not null"), CUSTOMERS)),
    "return_rate": (SHARE, ratio(total("returned"), SOLD)),
    "discount_rate": (SHARE, ratio(total("discount"), total("gross"))),
    "effective_tax_rate": (SHARE, ratio(total("tax"), total("revenue"))),
    "margin": (MONEY, f"sum(costed - cost) filter ({COSTED})"),
    "margin_rate": (SHARE, ratio(f"{total('costed')} - {total('cost')}", total("costed"))),
    "uncosted": (SHARE, ratio(f"{total('revenue')} - {total('costed')}", total("revenue"))),
    "new_customers": (COUNT, distinct("customer_id", FIRST)),
    "returning_customers": (COUNT, distinct("customer_id", f"{SALE} and not of_first_order")),
    "new_customer_revenue": (MONEY, "coalesce(sum(revenue) filter (of_first_order), 0)"),
}  # fmt: skip
OF_DOCUMENTS_ONLY = ("shipping", "total_sales")  # no value where rows are lines
OF_DAYS = ("days_in_period", "revenue_per_day")
SUMS = (  # the others are no sums, so no part of a total either
    "gross", "discounts", "returns", "revenue", "tax", "shipping", "total_sales", "units",
    "returned_units", "net_units", "margin", "new_customer_revenue",
)  # fmt: skip
OF_GOODS = ("category", "category_1", "category_2", "category_3", "product", "sku", "tag")
BANDS = {
    "order_value": ("value_of_order", (20, 50, 100, 200, 500)),
    "order_units": ("units_of_order", (2, 3, 5, 10)),
    "days_since_previous": ("days_between", (7, 30, 90, 180, 365)),
}


def band(column: str, limits: Iterable[int]) -> str:
    """How many of the limits it reaches: 0 is less than the first."""
    reached = " + ".join(f"({column} >= {limit})::int" for limit in limits)
    return f"if({column} is null, null, {reached})"


# What the rows of a group have in common: things with an id have that, not their name.
KEYS = {
    **{name: name for name in (
        "date_hour", "day", "week", "month", "quarter", "year", "weekday", "hour", "day_of_month",
        "month_of_year", "category", "category_1", "category_2", "category_3", "tag",
        "new_or_returning", "cohort", "rfm_group", "buyer", "source", "kind", "status",
    )},
    "country": "country_id", "product": "product_id", "sku": "product_id",
    "customer": "customer_id", "voucher": "voucher_used",
    **{name: band(column, limits) for name, (column, limits) in BANDS.items()},
}  # fmt: skip
RANGES = ("between", "at_least", "at_most")
# What a text is looked for in.
NAMES = {name: name for name in ("country", "product", "sku", "customer")}
SCORES = """(
    select customer_id, percent_rank() over (order by last_day) as recent,
        percent_rank() over (order by orders) as often, percent_rank() over (order by spent) as much
    from (select customer_id, max(day) filter (kind = 'sale') as last_day,
            count(*) filter (kind = 'sale') as orders, sum(revenue) as spent
        from wide_orders where customer_id is not null and {days} group by all)
    where last_day is not null
)"""
GROUPS = f"""(
    select customer_id, case
        when r = 5 then if(fm <= 4, 'New', if(fm <= 7, 'Active', 'Champions'))
        when r = 4 then if(fm <= 4, 'Promising', if(fm <= 7, 'Active', 'Loyal'))
        when r = 3 then if(fm <= 7, 'Needs attention', 'Loyal')
        when fm > 7 then 'Previously loyal' when fm > 4 then 'At risk'
        when r = 2 then 'Almost lost' else 'Dormant' end as rfm_group
    from (select customer_id, 1 + least(4, floor(recent * 5)) as r,
            2 + least(4, floor(often * 5)) + least(4, floor(much * 5)) as fm
        from {SCORES})
)"""


@dataclass(frozen=True)
class Condition:
    dimension: str
    operator: str
    values: tuple[Any, ...]

    @property
    def sql(self) -> str:
        if self.dimension == "tag":
            none, tags = self.values == (None,), self._of("tag")
            any_of = f"from tags where {'true' if none else tags}"
            wanted = none == (self.operator == "is_not")
            return f"product_id {'' if wanted else 'not '}in (select product_id {any_of})"
        test = self._of(self.column)
        return f"({test}) is not true" if self.operator == "is_not" else f"({test})"

    @property
    def column(self) -> str:
        """What is compared: mostly the key, but the name of a thing, the amount of a band."""
        if self.operator == "contains" and self.dimension in NAMES:
            return self.dimension
        if self.operator in RANGES and self.dimension in BANDS:
            return BANDS[self.dimension][0]
        return KEYS[self.dimension]

    def allows(self, day: date) -> bool:
        """Whether the whole day is not left out."""
        if self.dimension not in ON_DAY:
            return True
        at = ON_DAY[self.dimension](day)
        if self.operator == "between":
            return self.values[0] <= at <= self.values[1]
        if self.operator in RANGES:
            return at >= self.values[0] if self.operator == "at_least" else at <= self.values[0]
        return (at in self.values) == (self.operator != "is_not")

    def _of(self, value: str) -> str:
        first, *_ = texts = [literal(value) for value in self.values]
        if self.values == (None,):
            name = "'Uncategorised'" if self.dimension in ("category", "category_1") else "null"
            return f"{value} is not distinct from {name}"
        return {
            "is": f"{value} = {first}",
            "is_not": f"{value} = {first}",
            "one_of": f"{value} in ({', '.join(texts)})",
            "contains": f"contains(lower({value}), lower({first}))",
            "between": f"{value} between {first} and {texts[-1]}",
            "at_least": f"{value} >= {first}",
            "at_most": f"{value} <= {first}",
        }[self.operator]


def literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, int | Decimal):
        return str(value)
    kind = {datetime: "timestamp ", date: "date "}.get(type(value), "")
    return kind + "'" + str(value).replace("'", "''") + "'"


@dataclass(frozen=True)
class Rows:
    """Which rows are counted: those of a period that pass all conditions."""

    start: date | None  # none where nothing was ever sold: then nothing is counted
    end: date | None
    conditions: tuple[Condition, ...] = ()
    countries: tuple[int, ...] = ()  # none: all
    categories: tuple[int, ...] = ()
    by_goods: bool = False  # grouped by something of products
    hours: int = 24  # of the last day

    @property
    def are_lines(self) -> bool:
        """Of orders that were chosen by their goods only those goods count."""
        chosen = any(condition.dimension in OF_GOODS for condition in self.conditions)
        return chosen or self.by_goods or bool(self.categories)

    @property
    def days(self) -> str:
        days = f"day between {literal(self.start)} and {literal(self.end)}"
        return days + f" and not (day = {literal(self.end)} and hour >= {self.hours})"

    @property
    def where(self) -> str:
        tests = [self.days, *(condition.sql for condition in self.conditions)]
        for column, ids in (("country_id", self.countries), ("category_id", self.categories)):
            tests += [f"{column} in ({', '.join(map(str, ids))})"] * bool(ids)
        return " and ".join(tests)


ON_DAY: dict[str, Callable[[date], Any]] = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(day.weekday()),
    "month": lambda day: day.replace(day=1),
    "quarter": lambda day: date(day.year, (day.month - 1) // 3 * 3 + 1, 1),
    "year": lambda day: date(day.year, 1, 1),
    "weekday": lambda day: day.isoweekday(),
    "day_of_month": lambda day: day.day,
    "month_of_year": lambda day: day.month,
}
WITH_DAYS = ON_DAY | {"date_hour": ON_DAY["day"]}


def days_of(rows: Rows, names: Sequence[str]) -> Counter:
    """How many days of the period are in each place of the calendar."""
    if rows.start is None or rows.end is None:
        return Counter()
    days = (rows.start + timedelta(n) for n in range((rows.end - rows.start).days + 1))
    wanted = (day for day in days if all(c.allows(day) for c in rows.conditions))
    return Counter(tuple(WITH_DAYS[name](day) for name in names) for day in wanted)


def paths() -> pa.Table:
    """Products with the categories that they are in, each depth a column, from the books."""
    parents = dict(Category.objects.values_list("pk", "parent"))
    names = dict(Category.objects.values_list("pk", "name"))
    rows = []
    for pk, sku, name, category in Product.objects.values_list("pk", "sku", "name", "category"):
        path = [category] if category else []
        while path and parents[path[0]]:
            path.insert(0, parents[path[0]])
        steps = [names[step] for step in path] or ["Uncategorised"]
        depths = {f"category_{n + 1}": step for n, step in enumerate((steps + [None] * 3)[:3])}
        of_product = {"product_id": pk, "sku": sku, "product": name, "category_id": category or 0}
        rows.append(of_product | depths | {"category": steps[-1]})
    return pa.Table.from_pylist(rows)


def tags() -> pa.Table:
    pairs = Product.objects.filter(tags__isnull=False).values_list("pk", "tags__name")
    return pa.Table.from_pylist([{"product_id": pk, "tag": name} for pk, name in pairs])


class Reference:
    """The wide tables of one reader, with returns on their own day or on that of the sale."""

    def __init__(self, snapshot: Snapshot, scope: tuple[int, ...] | None, returns_on: str):
        self.con = duckdb.connect()
        for table in ("orders", "lines"):
            files = table_files(snapshot)[table]
            self.con.execute(f"create view all_{table} as from read_parquet({files})")
        for table in ("customers", "countries"):
            files = table_files(snapshot)[table]
            self.con.execute(f"create view {table} as from read_parquet({files})")
        for name, table in (("goods", paths()), ("tags", tags())):
            self.con.register(f"{name}_of_books", table)
            self.con.execute(f"create table {name} as from {name}_of_books")
        ids = None if scope is None else list(scope)
        self.con.execute("set variable scope = cast(? as bigint[])", [ids])
        self.con.execute("set variable returns_on = ?", [returns_on])
        self.con.execute("set variable week_start = ?", [1])
        self.con.execute(SQL)

    def days(self) -> tuple[date | None, date | None]:
        """The first and the last one on which anything happened, returns on their own day."""
        return self.con.execute("select min(own_day), max(own_day) from wide_orders").fetchone()

    def level(
        self, rows: Rows, names: Sequence[str], measures: Sequence[str], more: str = "true"
    ) -> "Level":
        """Each group of the rows with the same values of these dimensions."""
        table = table_of(rows, names)
        keys = "".join(f", {KEYS[name]}" for name in names)
        source = table
        if "rfm_group" in (*names, *(c.dimension for c in rows.conditions)):
            source += f" left join {GROUPS.format(days=rows.days)} using (customer_id)"
        where = f"{rows.where} and ({more})"
        measures = [*dict.fromkeys(("revenue", *measures))]
        wanted = picked(measures, rows.are_lines)
        sql = f"select {wanted} {keys} from {source} where {where} group by all"
        empty = self.con.execute(f"select {wanted} from {table} where false").to_arrow_table()
        found = self.con.execute(sql).to_arrow_table()
        keys_found = zip(*(c.to_pylist() for c in found.columns[len(measures) :]), strict=True)
        groups = zip(keys_found if names else [()], typed(found).to_pylist(), strict=False)
        return Level(rows, tuple(names), dict(groups), typed(empty).to_pylist()[0])


def table_of(rows: Rows, names: Iterable[str]) -> str:
    if "tag" in names:
        return "wide_tags"
    return "wide_lines" if rows.are_lines else "wide_orders"


def picked(measures: Iterable[str], are_lines: bool) -> str:
    blank = OF_DOCUMENTS_ONLY if are_lines else ()
    return ", ".join(f"{'null' if m in blank else MEASURES[m][1]} as {m}" for m in measures)


def typed(table: pa.Table) -> pa.Table:
    """With the places that the faces show."""
    measures = [name for name in table.column_names if name in MEASURES]
    return pa.table({name: table[name].cast(MEASURES[name][0]) for name in measures})


def quotient(part: Any, whole: Any, kind: pa.DataType) -> Decimal | None:
    if part is None or not whole:
        return None
    return pa.scalar(float(part) / float(whole)).cast(kind).as_py()


@dataclass(frozen=True)
class Level:
    rows: Rows
    names: tuple[str, ...]
    groups: dict[tuple, dict[str, Any]]
    empty: dict[str, Any]

    @cached_property
    def days(self) -> Counter:
        return days_of(self.rows, [name for name in self.names if name in WITH_DAYS])

    def place(self, key: tuple) -> tuple:
        """Where it is in the calendar; an hour is of its day."""
        return tuple(
            value.date() if name == "date_hour" and value else value
            for name, value in zip(self.names, key, strict=True)
            if name in WITH_DAYS
        )

    def __getitem__(self, key: tuple) -> dict[str, Any]:
        """The measures of a group, also of one that has no rows."""
        found = self.groups.get(key, self.empty)
        days = self.days[self.place(key)]
        daily = quotient(found["revenue"], days, MONEY)
        return found | {"days_in_period": days, "revenue_per_day": daily}
