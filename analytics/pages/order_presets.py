"""The lists of orders that people open most, as links above the list."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Count
from django.http import QueryDict
from django.utils import timezone

from accounts.models import User
from analytics.semantics import periods
from orders.models import Order

Status = Order.Status
TABLE_PARAMETERS = {"sort", "page"}


def order_presets(user: User, given: QueryDict) -> list[dict[str, Any]]:
    """Each with its address, how many orders wait in it, and whether it is shown now."""
    shown = {name: value for name, value in given.items() if value and name not in TABLE_PARAMETERS}
    waiting = orders_waiting(user)
    return [
        {
            "title": title,
            "address": f"/orders/?{urlencode(filters)}" if filters else "/orders/",
            "count": waiting.get(filters.get("status")),
            "is_shown": shown == filters,
        }
        for title, filters in preset_filters().items()
    ]


def preset_filters() -> dict[str, dict[str, str]]:
    week = periods.preset("this_week", timezone.localdate())
    return {
        "All": {},
        "To ship": {"status": Status.PAID},
        "Unpaid": {"status": Status.PENDING},
        "Returns": {"kind": Order.Kind.RETURN},
        "This week": {"start": str(week.start)},
        "Canceled": {"status": Status.CANCELED},
    }


def orders_waiting(user: User) -> dict[str | None, int]:
    """How many are to be paid or shipped: few, and found by the index on the status."""
    orders = Order.objects.for_user(user).filter(status__in=(Status.PENDING, Status.PAID))
    return dict(orders.order_by().values_list("status").annotate(Count("pk")))
