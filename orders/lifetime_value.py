"""The historic lifetime value of a customer: net sales to date."""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, Max, Min

from customers.models import Customer
from orders.models import Order, OrderItem, OrderQuerySet
from orders.money import ZERO, rounded

BASE_DECIMALS = Decimal("0.0001")  # the decimals of an amount in the base currency


class HistoricValue(NamedTuple):
    customer: int
    currency: str
    historic: Decimal
    orders: int
    first_order: date | None
    last_order: date | None


def historic_value(customer: Customer, orders: OrderQuerySet) -> HistoricValue:
    """A customer's net sales in these orders, in the base currency."""
    orders = orders.counting().filter(customer=customer)
    lines = OrderItem.objects.filter(order__in=orders).select_related("order")
    # A return is no order: it lowers the value, but counts neither in number nor in dates.
    sales = orders.sales().aggregate(
        orders=Count("pk"), first_order=Min("placed_on"), last_order=Max("placed_on")
    )
    currency = settings.BASE_CURRENCY
    return HistoricValue(customer.pk, currency, rounded(net_sales(lines), currency), **sales)


def net_sales(lines: Iterable[OrderItem]) -> Decimal:
    """Sales less returns, in the base currency.

    Summed in Python, because SQLite would add decimals as floats. Each line is rounded in the base
    currency as in the ledger, so that both give the same total.
    """
    total = ZERO
    for line in lines:
        amount = (line.net * line.order.exchange_rate).quantize(BASE_DECIMALS, ROUND_HALF_UP)
        # Amounts of returns are stored as positive numbers.
        total += -amount if line.order.kind == Order.Kind.RETURN else amount
    return total
