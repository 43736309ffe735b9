"""The tax rate of a sale, the tax of an amount, and the tax of an order by rate."""

from datetime import date
from decimal import Decimal

from catalog.models import Category
from customers.models import Country
from orders.models import Order, OrderItem, TaxRate
from orders.money import ZERO, apportion, rounded

HUNDRED = Decimal(100)


class RatesOfDay:
    """The tax rates of one country on one day, for lines of any category."""

    def __init__(self, country: Country, day: date):
        # All categories at once: one query, however many lines the order has.
        rates = TaxRate.objects.filter(country=country, valid_from__lte=day)
        # In order of date: a later rate replaces an earlier one.
        self._by_category = dict(rates.order_by("valid_from", "id").values_list("category", "rate"))

    def percent(self, category: Category | None) -> Decimal:
        """The rate of the category, else of the nearest category around it, else of the country.

        Without any rate the shop does not collect tax in the country: 0.
        """
        categories = [category, *category.ancestors()] if category else []
        for key in [*(nearest.pk for nearest in categories), None]:
            if key in self._by_category:
                return self._by_category[key]
        return ZERO


def tax_of(amount: Decimal, percent: Decimal, currency: str, included: bool) -> Decimal:
    """The tax on an amount, or in it where prices include tax; half a cent rounds up."""
    return rounded(amount * share_of_tax(percent, included), currency)


def share_of_tax(percent: Decimal, included: bool) -> Decimal:
    """Tax ÷ amount: the part of the amount that is tax, or that is added to it."""
    return percent / (HUNDRED + percent if included else HUNDRED)


def order_tax_by_rate(order: Order, items: list[OrderItem]) -> list[dict]:
    """Net amount and tax of an order by rate, the highest first. Taxed shipping is divided among
    the rates of the goods, as in the report `revenue/tax`."""
    rates = sorted({item.tax_rate for item in items}, reverse=True)
    shipping = shipping_by_rate(order, items, rates)
    return [
        {
            "rate": rate,
            "net": net + sum(item.net for item in items if item.tax_rate == rate),
            "tax": tax + sum(item.tax for item in items if item.tax_rate == rate),
        }
        for rate, net, tax in zip(rates, *shipping, strict=True)
    ]


def shipping_by_rate(
    order: Order, items: list[OrderItem], rates: list[Decimal]
) -> tuple[list[Decimal], list[Decimal]]:
    """The net amount of taxed shipping at each rate, and its tax."""
    if not order.shipping_tax:
        return [ZERO] * len(rates), [ZERO] * len(rates)
    weights = list(zip(items, shipping_weights(order, items), strict=True))
    goods = [sum((w for item, w in weights if item.tax_rate == rate), ZERO) for rate in rates]
    net = order.shipping - (order.shipping_tax if order.tax_included else ZERO)
    # The goods' net amounts × rates: the proportions in which `tax_on_shipping` taxed it.
    taxes = [weight * rate for weight, rate in zip(goods, rates, strict=True)]
    return (
        apportion(net, goods, order.currency),
        apportion(order.shipping_tax, taxes, order.currency),
    )


def shipping_weights(order: Order, items: list[OrderItem]) -> list[Decimal]:
    """How shipping is divided among the goods: by net amount; where vouchers paid for everything,
    by price without tax; where the goods are free, by units."""
    # The same three steps as in `tax_on_shipping` and the report `revenue/tax`.
    if any(item.net for item in items):
        return [item.net for item in items]
    if any(item.gross for item in items):
        return [
            item.gross / (HUNDRED + item.tax_rate if order.tax_included else HUNDRED)
            for item in items
        ]
    return [Decimal(item.quantity) for item in items]
