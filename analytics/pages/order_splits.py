"""From a list of orders back to figures: the same orders, split by a dimension."""

from typing import Any
from urllib.parse import urlencode

from analytics.pages.drilldown import OrderLinks
from analytics.query.answer import Answer
from analytics.semantics.dimensions import DIMENSIONS
from analytics.semantics.kinds import WEEKDAYS

SPLITS = ("country", "category", "product", "tag", "month", "weekday", "new_or_returning", "source")
# Filters of the list that are conditions of Explore
CONDITIONS = {
    "kind": "kind", "status": "status", "customer": "customer", "product": "product",
    "shelf": "category", "hour": "hour", "weekday": "weekday",
}  # fmt: skip
UNKNOWN = ("number", "buyer", "total_min", "total_max")  # Explore has no such filter


def split_links(answer: Answer) -> list[tuple[str, str]]:
    """Label and address; none where Explore could not show the same orders."""
    filters = answer.filters
    is_other = any(filters.get(name) for name in UNKNOWN) or filters.get("status") == "canceled"
    if is_other or answer.period.start is None:
        return []
    given = question_of(answer)
    one = {text.partition(":")[0] for text in given["where"] if ":is:" in text}
    names = [name for name in SPLITS if name not in one]
    return [
        (DIMENSIONS[name].label, f"/explore/?{urlencode(given | {'rows': name}, doseq=True)}")
        for name in names
    ]


def question_of(answer: Answer) -> dict[str, Any]:
    """Net sales and orders of the same orders."""
    filters, period = answer.filters, answer.period
    shared = OrderLinks(answer, may_list_orders=True).filters
    own = [f"{CONDITIONS[name]}:is:{text}" for name, text in texts_of(filters).items()]
    return {
        "measures": "revenue,orders",
        "start": period.start,
        "end": period.end,
        **{name: text for name, text in shared.items() if name not in CONDITIONS},
        "where": [*filters.get("where", ()), *own],
    }


def texts_of(filters: dict[str, Any]) -> dict[str, str]:
    """By None and not by truth: hour 0 is midnight."""
    given = {name: filters[name] for name in CONDITIONS if filters.get(name) not in (None, "")}
    if "weekday" in given:
        given["weekday"] = WEEKDAYS[int(given["weekday"]) - 1]
    return {name: str(value) for name, value in given.items()}
