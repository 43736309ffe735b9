"""The dimensions: what orders and lines can be grouped and filtered by, each defined once.

A dimension is an expression over rows of orders or of lines, to which its facts were joined.
"""

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import ibis
from django.conf import settings
from ibis import Value, _
from ibis.common.deferred import Deferred, deferrable

from analytics.semantics.measures import labelled
from analytics.semantics.order_facts import is_first
from analytics.semantics.rfm import RFM_GROUPS

DAILY, ANY_DAY, HOURLY = "daily", "any day", "hourly"  # the calendar that has each of its values


@dataclass(frozen=True)
class Dimension:
    name: str
    group: str
    kind: str
    value: Deferred
    definition: str
    label: str
    facts: tuple[str, ...] = ()  # that are joined to the rows first (order_facts.py)
    id: str = ""  # rows are grouped by this id, and the value is its name …
    names: str = ""  # … in this table of the ledger
    of_goods: bool = False  # about products, so rows are lines
    calendar: str = ""
    places: tuple[str, ...] = ()  # the value is the place of one of these texts
    limits: tuple[Decimal, ...] = ()  # the value is an amount, grouped in bands between these


DIMENSIONS: dict[str, Dimension] = {}
OTHER_NAMES = {"hour_of_day": "hour"}


def dimension(
    name: str,
    group: str,
    kind: str,
    value: Deferred,
    definition: str,
    label: str = "",
    facts: tuple[str, ...] = (),
    **more,
) -> None:
    DIMENSIONS[name] = Dimension(
        name, group, kind, value, definition, label or labelled(name), facts, **more
    )


def goods(name: str, definition: str, label: str = "", **more) -> None:
    dimension(name, "Product", "text", _[name], definition, label, of_goods=True, **more)


def band(name: str, value: Deferred, limits: tuple, definition: str, label: str, fact: str) -> None:
    bounds = tuple(map(Decimal, limits))
    dimension(name, "Order", "text", value, definition, label, (fact,), limits=bounds)


@deferrable  # so that a question asks for the setting, and not the start of the program
def first_of_week(day: Value) -> Value:
    """truncate() knows weeks from Monday on; others are moved there and back."""
    later = ibis.interval(days=settings.WEEK_START - 1)
    if settings.WEEK_START == 1:
        return day.truncate("W")
    # Without the casts the day becomes a timestamp.
    return ((day - later).cast("date").truncate("W") + later).cast("date")


def place_among(value: Deferred, texts: tuple[str, ...]) -> Deferred:
    return value.cases(*((text, place) for place, text in enumerate(texts)))


FIRST_ORDER = ("documents", "first_order")
BUYERS = ("new", "returning", "guest")
buyer = ibis.cases(
    (_.customer_id.isnull(), BUYERS.index("guest")),
    (is_first, BUYERS.index("new")),
    else_=BUYERS.index("returning"),
)
when, who, how = "Time", "Customer", "Order"

dimension(
    "date_hour", when, "date_hour", _.placed_at.truncate("h"), "An hour of a day.", "Date and hour"
)
dimension("day", when, "date", _.day, "Day, in the shop's time zone.", calendar=DAILY)
dimension("week", when, "week", first_of_week(_.day), "Week, by its first day.", calendar=DAILY)
dimension("month", when, "month", _.day.truncate("M"), "Calendar month.", calendar=DAILY)
dimension("quarter", when, "quarter", _.day.truncate("Q"), "Calendar quarter.", calendar=DAILY)
dimension("year", when, "year", _.day.truncate("Y"), "Calendar year.", calendar=DAILY)
# index() is 0 on Monday with every engine; weekday functions of SQL dialects disagree.
dimension(
    "weekday", when, "weekday", _.day.day_of_week.index() + 1, "Day of the week.", calendar=ANY_DAY
)
dimension(
    "hour", when, "hour", _.placed_at.hour(), "Hour of the day, in the shop's time zone.",
    "Hour of the day", calendar=HOURLY,
)  # fmt: skip
dimension("day_of_month", when, "id", _.day.day(), "Day of the month, 1 to 31.", calendar=ANY_DAY)
dimension(
    "month_of_year", when, "month_of_year", _.day.month(), "Month of the year, of all years.",
    calendar=ANY_DAY,
)  # fmt: skip
dimension(
    "country", "Place", "text", _.country, "Country of the order.", id="country_id",
    names="countries",
)  # fmt: skip
goods("category", "The product's own category.", facts=("products",))
goods("category_1", "Category at the top of the tree.", "Top category", facts=("products",))
goods("category_2", "Category below the top one.", "Category, 2nd level", facts=("products",))
goods("category_3", "Category at the third level.", "Category, 3rd level", facts=("products",))
goods("product", "Product, by its name.", id="product_id", names="products")
goods("sku", "Product, by its SKU.", "SKU", id="product_id", names="products")
goods(
    "tag", "Tag of the product; one with two tags counts under both, but once in totals.",
    facts=("tags",),
)  # fmt: skip
dimension(
    "customer", who, "text", _.customer, "Customer; guests have none.", id="customer_id",
    names="customers",
)  # fmt: skip
dimension(
    "new_or_returning", who, "text", buyer,
    "New: the customer's first order ever. Returning: a later one. Guests are neither.",
    "New or returning", FIRST_ORDER, places=BUYERS,
)  # fmt: skip
dimension(
    "cohort", who, "month", _.first_day.truncate("M"), "Month of the customer's first order.",
    facts=("first_order",),
)  # fmt: skip
dimension(
    "rfm_group", who, "text", place_among(_.rfm_group, RFM_GROUPS),
    "Group of the customer by how recently, how often and for how much they bought in the period.",
    "RFM group", ("rfm",), places=RFM_GROUPS,
)  # fmt: skip
dimension(
    "buyer", who, "text", _.customer_id.notnull().ifelse("registered", "guest"),
    "Whether the order has a customer record.", "Registered or guest",
)  # fmt: skip
dimension("source", how, "text", _.source, "Shop or import of the order.", facts=("documents",))
dimension("kind", how, "text", _.kind, "Sale or return.")
dimension("status", how, "text", _.status, "State of the order.")
dimension(
    "voucher", how, "text", _.has_voucher.ifelse("yes", "no"), "Whether a voucher was used.",
    facts=("amounts",),
)  # fmt: skip
band(
    "order_value", _.whole_value, (20, 50, 100, 200, 500),
    "Value of the whole order: gross sales − discounts. Returns have none.",
    "Order value", "amounts",
)  # fmt: skip
band(
    "order_units", _.whole_units, (2, 3, 5, 10),
    "Units of the whole order. Returns have none.", "Units per order", "amounts",
)  # fmt: skip
band(
    "days_since_previous", _.days_since_previous, (7, 30, 90, 180, 365),
    "Days since the customer's previous order; first orders have none.",
    "Days since previous order", "previous_order",
)  # fmt: skip


def band_names(limits: tuple[Decimal, ...]) -> tuple[str, ...]:
    """ "< 20", "20–50", "≥ 50"."""
    texts = [f"{limit:f}" for limit in limits]
    between = (f"{low}–{high}" for low, high in pairwise(texts))
    return (f"< {texts[0]}", *between, f"≥ {texts[-1]}") if texts else ()


def key_of(dimension: Dimension) -> str:
    """The column that a level is grouped by."""
    is_place = dimension.places or dimension.limits
    return dimension.id or (f"{dimension.name}_place" if is_place else dimension.name)


def key_value(dimension: Dimension) -> Value | Deferred:
    if dimension.id:
        return _[dimension.id]
    if not dimension.limits:
        return dimension.value
    bounds = enumerate(dimension.limits)
    last = (dimension.value.notnull(), len(dimension.limits))
    return ibis.cases(*((dimension.value < limit, place) for place, limit in bounds), last)


def place_keys(dimension: Dimension) -> list[str]:
    """The columns that its values are in order of."""
    return [dimension.name] if dimension.id else [key_of(dimension)]
