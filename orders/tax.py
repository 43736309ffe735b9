"""Which tax rate applies to a sale, and how much tax is in an amount."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from orders.models import TaxRate
from orders.money import ZERO, rounded

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


def by_rate(items: Iterable) -> list[dict]:
    """The lines of an order added up by tax rate, highest first."""
    sums: dict[Decimal, list[Decimal]] = {}
    for item in items:
        base, tax = sums.setdefault(item.tax_rate, [ZERO, ZERO])
        sums[item.tax_rate] = [base + item.net, tax + item.tax]
    return [
        {"rate": rate, "net": net, "tax": tax}
        for rate, (net, tax) in sorted(sums.items(), reverse=True)
    ]
