"""From figures about customers who are new to the shop to the orders behind them."""

from datetime import date

from analytics.pages.drilldown import GUESTS, KNOWN_BUYERS, SALES, OrderLinks
from analytics.query.level_rows import Row
from analytics.semantics.comparison import months_before
from analytics.semantics.periods import last_of, month_of

FILTERS = ("country", "category", "product", "where")


def month_of_age(row: Row) -> date | None:
    """The month in which the cohort of this row has its age; None for a row of no cohort."""
    return months_before(row["cohort"], -row["age"]) if {"cohort", "age"} <= row.keys() else None


def cohort_address(links: OrderLinks, row: Row, month: date, name: str) -> str:
    """The orders of the customers that a figure counts; empty where no filter selects them."""
    own = {"cohort": row["cohort"]}
    if is_cut(links, row["cohort"]):
        return ""
    if name == "size":
        # All who bought in the period: with filters, their first order need not pass them.
        return links.address(own, "customers")
    if name == "value":
        if any(text.startswith("rfm_group:") for text in links.conditions):
            return ""  # on other days, other groups
        since = f"day:at_least:{row['cohort']}"
        return links.address(own, name, [since], until=last_of(month))
    return links.address(own | {"month": month}, "customers")


def new_customers_address(links: OrderLinks, month: date | None) -> str:
    """Of those whose first order is in the period, or in a month of it."""
    if not any(links.answer.filters.get(name) for name in FILTERS):
        return links.address({"month": month} if month else {}, "new_customers")
    # With filters they are new to the shop, and bought in the period what passes the filters:
    # their first order need not.
    first = month or links.answer.period.start
    if first is None or is_cut(links, month_of(first)):
        return ""
    if month:
        return links.address({"cohort": month, "month": month}, "customers")
    return links.address({}, "customers", [f"cohort:at_least:{first:%Y-%m}"])


def new_or_returning_address(links: OrderLinks, month: date, name: str) -> str:
    """Of customers who are new in this month, of others, or of guests."""
    own = {"month": month}
    if name == "guest_revenue":
        return links.address(own, more=[GUESTS])
    if is_cut(links, month):
        return ""
    others = [KNOWN_BUYERS, f"cohort:is_not:{month:%Y-%m}"]
    if name == "returning_customers":
        return links.address(own, more=[SALES, *others])
    # With filters, who only gave something back is in neither group.
    if any(links.answer.filters.get(each) for each in FILTERS):
        return ""
    if name == "returning_revenue":
        return links.address(own, more=others)
    return links.address(own | {"cohort": month}, more=[SALES] * (name == "new_customers"))


def is_cut(links: OrderLinks, month: date) -> bool:
    """Whether only those count whose first order is in the part of the month that is in the
    period; the first month of all has no other part."""
    answer = links.answer
    has_start = "start" in answer.filters or answer.filters.get("period") == "last_sales"
    start = answer.period.start if has_start else None
    return start is not None and month < start
