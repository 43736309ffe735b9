"""What an order costs: merge lines, freeze prices and rates, spread the voucher, tax each line."""

import secrets
from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from catalog.models import Product
from customers.models import Country, Customer
from orders import exchange_rates
from orders.models import ExchangeRate, Order, OrderItem
from orders.money import ZERO, rounded, spread, unit
from orders.tax import RatesOfDay, share_of_tax, tax_of

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without 0, 1, O and I
MAX_QUANTITY = 1_000_000
MAX_AMOUNT = Decimal(10**10)  # in the order's currency; MoneyField ends below 10**11


class Line(NamedTuple):
    """A line of a new order, before it has a price."""

    product: Product
    quantity: int
    discount: Decimal = ZERO


class OrderRefused(ValueError):
    """The order is not valid; `field` names the part of the request that is wrong."""

    field = ""

    def __init__(self, reason: str, field: str | None = None):
        super().__init__(reason)
        self.field = field or self.field


class EmptyOrder(OrderRefused):
    field = "items"


class BadQuantity(OrderRefused):
    field = "quantity"


class BadAmount(OrderRefused):
    pass


class MissingProduct(OrderRefused):
    field = "product"


class UnknownCountry(OrderRefused):
    field = "country"


class UnknownRate(OrderRefused):
    field = "currency"


def merged_lines(lines: Iterable[Line]) -> list[Line]:
    """One line per product, in product order; refuses inactive products and bad quantities."""
    merged: dict[int, Line] = {}
    for line in lines:
        # Each line before the sum: 3 and -1 would otherwise merge into a valid 2.
        check_quantity(line.quantity)
        if not line.product.is_active:
            raise MissingProduct(f"{line.product.sku} is no longer sold.")
        if (same := merged.get(line.product.pk)) is not None:
            line = Line(line.product, same.quantity + line.quantity, same.discount + line.discount)
            check_quantity(line.quantity)
        merged[line.product.pk] = line
    if not merged:
        raise EmptyOrder("Add at least one item to the order.")
    # Sorted, so that the order of the request does not decide which line gets a voucher's odd cent.
    return [merged[pk] for pk in sorted(merged)]


def check_quantity(quantity: int) -> None:
    if not 0 < quantity <= MAX_QUANTITY:
        raise BadQuantity(f"Enter a quantity from 1 to {MAX_QUANTITY:,}, not {quantity}.")


def blank_order(customer: Customer | None, country: Country | None, at: datetime) -> Order:
    """An unsaved order of that moment without lines, in the currency of the country."""
    if country is None:
        raise UnknownCountry("Enter a country: the order has no customer.")
    currency = country.currency or settings.BASE_CURRENCY
    day = timezone.localdate(at)
    return Order(
        # One of 32**8 numbers a day; order_number_unique refuses a collision (409).
        number=f"{day:%y%m%d}-" + "".join(secrets.choice(ALPHABET) for _ in range(8)),
        customer=customer,
        country=country,
        placed_at=at,
        placed_on=day,
        currency=currency,
        exchange_rate=rate_on(currency, day),
        tax_included=settings.PRICES_INCLUDE_TAX,
    )


def checked_amount(amount: Decimal, order: Order, field: str) -> Decimal:
    if amount < 0:
        raise BadAmount("Enter an amount of 0 or more.", field)
    return rounded(amount, order.currency)


def priced_line(line: Line, order: Order, rates: RatesOfDay) -> OrderItem:
    """The line at the product's current price and cost, in the currency of the order."""
    product = line.product
    item = OrderItem(
        order=order,
        product=product,
        quantity=line.quantity,
        unit_price=in_currency(product.price, order),
        # An unknown cost stays unknown: 0 would count as a margin of 100 % in reports.
        unit_cost=None if product.cost is None else in_currency(product.cost, order),
        discount=checked_amount(line.discount, order, "discount"),
        tax_rate=rates.percent(product.category),
        tax_rate_source=OrderItem.RateSource.COUNTRY,
    )
    if item.discount > item.gross:
        raise BadAmount("The discount is larger than the amount of the line.", "discount")
    return item


def in_currency(amount: Decimal, order: Order) -> Decimal:
    # In the base currency a price keeps its four decimals; only converting needs rounding.
    if order.exchange_rate == 1:
        return amount
    return rounded(amount / order.exchange_rate, order.currency)


def reprice(order: Order, items: list[OrderItem]) -> None:
    """Spread the voucher over the lines, tax every line and add up the order.

    The order keeps the voucher's full value next to the amount used: lines that are added later
    use the rest.
    """
    # Without the shares of the last time: an order is repriced after each change of its lines.
    # A voucher is a discount here, not a means of payment, so it lowers the amount that is taxed.
    discounts = [own_discount(item) for item in items]
    amounts = [item.gross - discount for item, discount in zip(items, discounts, strict=True)]
    coin = unit(order.currency)
    # Rounded down, because a voucher pays whole cents and amounts may have fractions of one.
    used = min(order.voucher_value, sum(amounts, ZERO).quantize(coin, ROUND_FLOOR))
    shares = spread(used, amounts, order.currency)
    for item, discount, share in zip(items, discounts, shares, strict=True):
        item.voucher_share, item.discount = share, discount + share
        item.tax = tax_of(item.amount, item.tax_rate, order.currency, order.tax_included)
    order.shipping_tax = tax_on_shipping(order, items)
    add_up(order, items)


def tax_on_shipping(order: Order, items: list[OrderItem]) -> Decimal:
    """At the rates of the goods, in proportion to their amounts, where the country taxes it."""
    # In EU VAT, transport belongs to the taxable amount of the goods (2006/112/EC, Article 78).
    if not (order.shipping and order.country.taxes_shipping):
        return ZERO
    weights = [item.amount for item in items]
    if not any(weights):  # vouchers paid for everything
        weights = [item.gross for item in items]
    if not any(weights):
        weights = [Decimal(item.quantity) for item in items]
    shares = zip(weights, items, strict=True)
    taxes = (w * share_of_tax(item.tax_rate, order.tax_included) for w, item in shares)
    # Summed before it is rounded, because it is stored once per order and not per line.
    tax = order.shipping * sum(taxes, ZERO) / sum(weights, ZERO)
    return rounded(tax, order.currency)


def add_up(order: Order, items: list[OrderItem]) -> None:
    """Set the totals of the order from its lines."""
    order.subtotal = sum((item.gross for item in items), ZERO)
    order.discount = sum((item.discount for item in items), ZERO)
    # The sum of rounded taxes, not the rounded tax of the sum: lines and rates add up to it.
    order.tax = sum((item.tax for item in items), order.shipping_tax)
    # From the shares: `spread` may leave a little of what it was given.
    order.voucher_amount = sum((item.voucher_share for item in items), ZERO)
    added_tax = ZERO if order.tax_included else order.tax
    order.total = order.subtotal - order.discount + added_tax + order.shipping
    # Discount, tax and shipping are never larger than the larger of these.
    if max(order.subtotal, order.total) > MAX_AMOUNT:
        raise BadAmount(f"The order is larger than the maximum of {MAX_AMOUNT:,}.", "items")


def returned_line(item: OrderItem, quantity: int, currency: str) -> OrderItem:
    """The line of a return: the last `quantity` of the units counted as returned.

    Discount and tax are differences of running totals, so that the returns of a line add up to
    exactly what was paid for it.
    """

    def share(amount: Decimal) -> Decimal:
        return total_of(item.returned, amount) - total_of(item.returned - quantity, amount)

    def total_of(units: int, amount: Decimal) -> Decimal:
        # Not rounded, so that the last return takes back fractions of a cent, too.
        if units == item.quantity:
            return amount
        return rounded(amount * units / item.quantity, currency)

    return OrderItem(
        product=item.product,
        quantity=quantity,
        unit_price=item.unit_price,
        unit_cost=item.unit_cost,
        discount=share(item.discount),
        voucher_share=share(item.voucher_share),
        tax_rate=item.tax_rate,
        tax_rate_source=item.tax_rate_source,
        tax=share(item.tax),
        returns=item,
    )


def rate_on(currency: str, day: date) -> Decimal:
    """The price of one unit of the currency in the base currency: the last rate up to that day."""
    if currency == settings.BASE_CURRENCY:
        return Decimal(1)
    rates = ExchangeRate.objects.filter(currency=currency, date__lte=day).order_by("-date")
    rates = rates.values_list("rate", flat=True)
    if (rate := rates.first()) is None and exchange_rates.load_around(day, currency):
        rate = rates.first()
    if rate is None:
        raise UnknownRate(
            f"No exchange rate of {currency} on or before {day}. Run `manage.py "
            "load_exchange_rates` or add the rate in the admin under Exchange rates."
        )
    return rate


def own_discount(item: OrderItem) -> Decimal:
    """The discount of the line without its share of the voucher."""
    return item.discount - item.voucher_share
