"""What a document costs: lines merged, prices and rates frozen, vouchers spread, tax per line."""

import secrets
from collections import namedtuple
from datetime import date
from decimal import ROUND_FLOOR, Decimal

from django.conf import settings
from django.utils import timezone

from orders import exchange_rates
from orders.models import ExchangeRate, Order, OrderItem
from orders.money import ZERO, rounded, spread, unit
from orders.tax import RatesOfDay, share_of_tax, tax_of

Line = namedtuple("Line", "product quantity discount", defaults=(ZERO,))

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without the letters that look like digits
LARGEST_QUANTITY = 1_000_000
LARGEST_AMOUNT = Decimal(10**10)


class OrderRefused(ValueError):
    """The order makes no sense as asked; `field` says which part of it."""

    field = ""

    def __init__(self, reason, field=None):
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


def merged_lines(lines) -> list[Line]:
    """One line a product, in product order; nothing inactive, empty or beyond counting."""
    merged: dict[int, Line] = {}
    for line in lines:
        line = Line(*line)
        check_quantity(line.quantity)
        if not line.product.is_active:
            raise MissingProduct(f"{line.product.sku} is not sold any more.")
        if (seen := merged.get(line.product.pk)) is not None:
            line = Line(
                line.product,
                seen.quantity + line.quantity,
                seen.discount + line.discount,
            )
            check_quantity(line.quantity)
        merged[line.product.pk] = line
    if not merged:
        raise EmptyOrder("An order needs at least one line.")
    return [merged[pk] for pk in sorted(merged)]


def check_quantity(quantity):
    if not 0 < quantity <= LARGEST_QUANTITY:
        raise BadQuantity(f"A quantity is from 1 to {LARGEST_QUANTITY:,}, not {quantity}.")


def blank_order(customer, country, at) -> Order:
    if country is None:
        raise UnknownCountry("A guest's order needs a country.")
    currency = country.currency or settings.BASE_CURRENCY
    day = timezone.localdate(at)
    return Order(
        number=f"{day:%y%m%d}-" + "".join(secrets.choice(ALPHABET) for _ in range(8)),
        customer=customer,
        country=country,
        placed_at=at,
        placed_on=day,
        currency=currency,
        exchange_rate=rate_on(currency, day),
        tax_included=settings.PRICES_INCLUDE_TAX,
    )


def checked_amount(amount, order, field) -> Decimal:
    if amount < 0:
        raise BadAmount("An amount cannot be negative.", field)
    return rounded(amount, order.currency)


def priced_line(line: Line, order: Order, rates: RatesOfDay) -> OrderItem:
    """The line at today's price and cost, in the currency of the order."""
    product = line.product
    item = OrderItem(
        order=order,
        product=product,
        quantity=line.quantity,
        unit_price=in_currency(product.price, order),
        unit_cost=None if product.cost is None else in_currency(product.cost, order),
        discount=checked_amount(line.discount, order, "discount"),
        tax_rate=rates.percent(product.category),
        tax_rate_source=OrderItem.RateSource.COUNTRY,
    )
    if item.discount > item.gross:
        raise BadAmount("A discount cannot be more than the line.", "discount")
    return item


def in_currency(amount: Decimal, order: Order) -> Decimal:
    if order.exchange_rate == 1:
        return amount
    return rounded(amount / order.exchange_rate, order.currency)


def reprice(order: Order, items: list[OrderItem]) -> None:
    """Spread the voucher, tax every line, add everything up.

    The voucher's whole value is kept beside the part that the order uses: lines that are added
    later get the rest of it.
    """
    own = [own_discount(item) for item in items]
    left = [item.gross - discount for item, discount in zip(items, own, strict=True)]
    coin = unit(order.currency)
    used = min(order.voucher_value, sum(left, ZERO).quantize(coin, ROUND_FLOOR))
    shares = spread(used, left, order.currency)
    for item, discount, share in zip(items, own, shares, strict=True):
        item.voucher_share, item.discount = share, discount + share
        item.tax = tax_of(item.amount, item.tax_rate, order.currency, order.tax_included)
    order.shipping_tax = tax_on_shipping(order, items)
    add_up(order, items)


def tax_on_shipping(order: Order, items: list[OrderItem]) -> Decimal:
    """At the rates of the goods, in proportion to what they cost, where the country taxes it."""
    if not (order.shipping and order.country.taxes_shipping):
        return ZERO
    weights = [item.amount for item in items]
    if not any(weights):  # a voucher paid for everything
        weights = [item.gross for item in items]
    if not any(weights):
        weights = [Decimal(item.quantity) for item in items]
    shares = zip(weights, items, strict=True)
    part = sum(w * share_of_tax(item.tax_rate, order.tax_included) for w, item in shares)
    return rounded(order.shipping * part / sum(weights), order.currency)


def add_up(order: Order, items: list[OrderItem]) -> None:
    for name, of in (("subtotal", "gross"), ("discount", "discount"), ("tax", "tax")):
        setattr(order, name, sum((getattr(item, of) for item in items), ZERO))
    order.tax += order.shipping_tax
    order.voucher_amount = sum((item.voucher_share for item in items), ZERO)
    added_tax = ZERO if order.tax_included else order.tax
    order.total = order.subtotal - order.discount + added_tax + order.shipping
    if max(order.subtotal, order.total) > LARGEST_AMOUNT:
        raise BadAmount(f"An order of more than {LARGEST_AMOUNT:,} cannot be kept.", "items")


def given_back(item: OrderItem, quantity: int, currency: str) -> OrderItem:
    """A return's line: the last `quantity` of the pieces counted as returned, with their share.

    Shares are differences of running totals, so that all parts of a line together give back
    exactly what was paid for it.
    """

    def share(amount: Decimal) -> Decimal:
        return upto(item.returned, amount) - upto(item.returned - quantity, amount)

    def upto(pieces: int, amount: Decimal) -> Decimal:
        whole = pieces == item.quantity
        return amount if whole else rounded(amount * pieces / item.quantity, currency)

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
    """One unit of the currency in the base currency: the last rate known on that day."""
    if currency == settings.BASE_CURRENCY:
        return Decimal(1)
    rates = ExchangeRate.objects.filter(currency=currency, date__lte=day).order_by("-date")
    rates = rates.values_list("rate", flat=True)
    if (rate := rates.first()) is None and exchange_rates.load_around(day, currency):
        rate = rates.first()
    if rate is None:
        raise UnknownRate(
            f"No exchange rate of {currency} on or before {day} is known. Run `manage.py "
            "load_exchange_rates`, or add the rate under Exchange rates in the admin."
        )
    return rate


def own_discount(item: OrderItem) -> Decimal:
    """The discount of the line itself, without its share of the order's voucher."""
    return item.discount - item.voucher_share
