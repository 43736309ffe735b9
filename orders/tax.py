"""Which tax rate applies to a sale, and how much tax is in an amount."""

from datetime import date
from decimal import Decimal

from orders.models import Order, OrderItem, TaxRate
from orders.money import ZERO, apportion, rounded

HUNDRED = Decimal(100)


class RatesOfDay:
    """The tax rates of one country on one day, for lines of any category."""

    def __init__(self, country, day: date):
        rates = TaxRate.objects.filter(country=country, valid_from__lte=day)
        # In order of date: a later rate takes the place of an earlier one.
        self._by_category = dict(rates.order_by("valid_from", "id").values_list("category", "rate"))

    def percent(self, category) -> Decimal:
        """The category's own rate, else that of the shelves around it, else the country's.

        A country without any rate is one where the shop does not collect tax: 0.
        """
        shelves = [category, *category.ancestors()] if category else []
        for key in [*(shelf.pk for shelf in shelves), None]:
            if key in self._by_category:
                return self._by_category[key]
        return ZERO


def tax_of(amount: Decimal, percent: Decimal, currency: str, included: bool) -> Decimal:
    """The tax on an amount, or in it where prices include tax; halves of the coin round up."""
    return rounded(amount * share_of_tax(percent, included), currency)


def share_of_tax(percent: Decimal, included: bool) -> Decimal:
    """How much of an amount is tax, or comes on top of it."""
    return percent / (HUNDRED + percent if included else HUNDRED)


def order_tax_by_rate(order: Order, items: list[OrderItem]) -> list[dict]:
    """What an order was taxed on, and its tax, by rate, the highest first. Shipping that was taxed
    is divided among the rates of the goods, as `revenue/tax` divides it."""
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


def shipping_by_rate(order: Order, items: list[OrderItem], rates: list[Decimal]) -> tuple:
    """Of taxed shipping the net amounts at each rate, and their taxes."""
    if not order.shipping_tax:
        return [ZERO] * len(rates), [ZERO] * len(rates)
    weights = list(zip(items, weights_of_goods(order, items), strict=True))
    goods = [sum((w for item, w in weights if item.tax_rate == rate), ZERO) for rate in rates]
    net = order.shipping - (order.shipping_tax if order.tax_included else ZERO)
    taxes = [weight * rate for weight, rate in zip(goods, rates, strict=True)]
    return (
        apportion(net, goods, order.currency),
        apportion(order.shipping_tax, taxes, order.currency),
    )


def weights_of_goods(order: Order, items: list[OrderItem]) -> list[Decimal]:
    """How goods bear the shipping: as they cost, without tax; as they are priced where vouchers
    paid for all of them; where they are free, by pieces."""
    if any(item.net for item in items):
        return [item.net for item in items]
    if any(item.gross for item in items):
        return [
            item.gross / (HUNDRED + item.tax_rate if order.tax_included else HUNDRED)
            for item in items
        ]
    return [Decimal(item.quantity) for item in items]
