"""What a customer was worth so far."""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, Max, Min

from orders.models import Order, OrderItem, OrderQuerySet
from orders.money import ZERO, rounded

IN_BASE = Decimal("0.0001")  # the places of an amount that was exchanged


class HistoricValue(NamedTuple):
    customer: int
    currency: str
    historic: Decimal
    orders: int
    first_order: date | None
    last_order: date | None


def historic_value(customer, orders: OrderQuerySet) -> HistoricValue:
    """A customer's net sales to date in the base currency, out of these orders."""
    orders = orders.counting().filter(customer=customer)
    lines = OrderItem.objects.filter(order__in=orders).select_related("order")
    buys = orders.sales().aggregate(
        orders=Count("pk"), first_order=Min("placed_on"), last_order=Max("placed_on")
    )
    currency = settings.BASE_CURRENCY
    return HistoricValue(customer.pk, currency, rounded(net_sales(lines), currency), **buys)


def net_sales(lines: Iterable[OrderItem]) -> Decimal:
    """Summed here, not in the database: SQLite keeps decimals as floats and adds them as such. Each
    line is rounded in the base currency, as in the ledger, so that both come to the same."""
    total = ZERO
    for line in lines:
        amount = (line.net * line.order.exchange_rate).quantize(IN_BASE, ROUND_HALF_UP)
        total += -amount if line.order.kind == Order.Kind.RETURN else amount
    return total
