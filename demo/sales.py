"""How the demo shop sells: what people put into their baskets, and what becomes of the orders."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import accumulate
from random import Random

from django.conf import settings

from customers.models import Country
from demo.goods import Ware, companions
from demo.people import DAYS, SECONDS, Calendar, Person, Places
from demo.stock import Stockroom
from orders.models import Order, OrderItem, TaxRate
from orders.money import rounded
from orders.pricing import (
    ALPHABET,
    Line,
    add_up,
    given_back,
    in_currency,
    priced_line,
    rate_on,
    reprice,
)
from orders.tax import RatesOfDay

Kind, Status = Order.Kind, Order.Status

DAY = 24 * 3600
CANCELED, RETURNED, VOUCHERS = 0.02, 0.045, 0.07
VOUCHER_VALUES = (Decimal(5), Decimal(10), Decimal(20)), (60, 30, 10)
DISCOUNTS = (Decimal("0.10"), Decimal("0.15"), Decimal("0.25")), (60, 30, 10)
SHIPPING, FREE_SHIPPING_FROM = Decimal("4.90"), Decimal(60)
MORE_LINES = (0, 1, 2, 3, 5), (40, 29, 18, 9, 4)
PIECES_OF_REFILLS = (1, 2, 3, 4, 12), (52, 27, 11, 8, 2)
PIECES_OF_OTHERS = (1, 2, 4, 6), (82, 12, 4, 2)

# Up to so many days after the order: the chances that it is pending, paid, shipped, delivered.
STATES = (Status.PENDING, Status.PAID, Status.SHIPPED, Status.DELIVERED)
PROGRESS = ((1.5, (40, 50, 10, 0)), (4, (5, 35, 55, 5)), (9, (0, 5, 35, 60)), (DAYS, (0, 0, 0, 1)))
RETURN_DAYS = (12, 40)  # after the order


@dataclass(slots=True)
class Sale:
    """An order and, where there is one, the moment at which it was called off."""

    order: Order
    items: list[OrderItem]
    canceled_at: int | None = None


@dataclass(slots=True)
class Return:
    """A return document, its lines, and whether the goods went back on the shelf."""

    order: Order
    items: list[OrderItem]
    restocked: bool


class Till:
    def __init__(self, rng: Random, wares: list[Ware], calendar: Calendar, places: Places):
        self.rng, self.wares, self.calendar, self.places = rng, wares, calendar, places
        self.by_product = {ware.product.pk: ware for ware in wares}
        self.popularity = list(accumulate(ware.popularity for ware in wares))
        self.matches = companions(wares)
        self.rates_since, self.rate_on = cache(RatesOfDay), cache(rate_on)
        self.changes = defaultdict(list)
        for country, day in TaxRate.objects.values_list("country", "valid_from"):
            self.changes[country].append(day)

    def sell(self, moment: int, person: Person | None, room: Stockroom) -> Sale | None:
        """A visit; None when all that somebody wanted is sold out."""
        lines = [
            Line(self.by_product[pk].product, pieces)
            for pk in sorted(self.basket(moment / SECONDS, person))
            if (pieces := room.take(pk, self.pieces(pk), moment))
        ]
        if not lines:
            return None
        customer = person and person.customer
        order = self.document(
            moment, customer, customer.country if customer else self.places.somewhere()
        )
        rates = self.rates_of(order.country, order.placed_on)
        sale = Sale(order, [priced_line(line, order, rates) for line in lines])
        self.settle(sale)
        self.progress(sale, moment, room)
        return sale

    def rates_of(self, country: Country, day: date) -> RatesOfDay:
        """Read anew only after a change of tax: once a day would be a tenth of all the time."""
        since = max((change for change in self.changes[country.pk] if change <= day), default=day)
        return self.rates_since(country, since)

    def basket(self, share: float, person: Person | None) -> set[int]:
        """Products by popularity, what goes with them, and first what this person runs out of."""
        rng = self.rng
        if person and person.staple and rng.random() < 0.5:
            first = person.staple
        else:
            first = rng.choices(self.wares, cum_weights=self.popularity)[0]
        more = rng.choices(*MORE_LINES)[0]
        chosen = [first, *rng.choices(self.wares, cum_weights=self.popularity, k=more)]
        if (matches := self.matches[first.product.pk]) and rng.random() < 0.4:
            chosen.append(rng.choice(matches))
        return {ware.product.pk for ware in chosen if ware.start <= share < ware.end}

    def pieces(self, pk: int) -> int:
        refill = self.by_product[pk].refill
        return self.rng.choices(*(PIECES_OF_REFILLS if refill else PIECES_OF_OTHERS))[0]

    def document(self, moment: int, customer, country) -> Order:
        day = self.calendar.day(moment)
        currency = country.currency or settings.BASE_CURRENCY
        return Order(
            number=self.number(day),
            customer=customer,
            country=country,
            placed_at=self.calendar.at(moment),
            placed_on=day,
            currency=currency,
            exchange_rate=self.rate_on(currency, day),
            tax_included=settings.PRICES_INCLUDE_TAX,
        )

    def number(self, day: date) -> str:
        return f"{day:%y%m%d}-" + "".join(self.rng.choices(ALPHABET, k=8))

    def settle(self, sale: Sale) -> None:
        order, rng = sale.order, self.rng
        winter_sale = order.placed_on.month == 1 and order.placed_on.day >= 8
        for item in sale.items:
            if rng.random() < (0.3 if winter_sale else 0.06):
                item.discount = rounded(item.gross * rng.choices(*DISCOUNTS)[0], order.currency)
        if order.customer and rng.random() < VOUCHERS:
            order.voucher_value = in_currency(rng.choices(*VOUCHER_VALUES)[0], order)
        if sum(item.amount for item in sale.items) < in_currency(FREE_SHIPPING_FROM, order):
            order.shipping = in_currency(SHIPPING, order)
        reprice(order, sale.items)

    def progress(self, sale: Sale, moment: int, room: Stockroom) -> None:
        """Young orders are on their way, old ones arrived; a few were called off within a day."""
        rng = self.rng
        age = (SECONDS - moment) / DAY
        if rng.random() < CANCELED:
            sale.order.status = Status.CANCELED
            sale.canceled_at = min(moment + rng.randrange(600, DAY), SECONDS - 1)
            for item in sale.items:
                room.bring_back(item.product_id, item.quantity, sale.canceled_at)
        else:
            chances = next(chances for days, chances in PROGRESS if age <= days)
            sale.order.status = rng.choices(STATES, chances)[0]

    def take_back(self, sale: Sale, moment: int, room: Stockroom) -> Return | None:
        """Some come back, whole or in part, a few weeks later; two of three can be sold again."""
        rng = self.rng
        later = moment + rng.randrange(RETURN_DAYS[0] * DAY, RETURN_DAYS[1] * DAY)
        if sale.order.status != Status.DELIVERED or later >= SECONDS or rng.random() >= RETURNED:
            return None
        back = self.document(later, sale.order.customer, sale.order.country)
        back.kind, back.status, back.returns = Kind.RETURN, Status.REFUNDED, sale.order
        back.exchange_rate = sale.order.exchange_rate
        items = rng.sample(sale.items, rng.randint(1, len(sale.items)))
        lines = []
        for item in items:
            item.returned = rng.randint(1, item.quantity)
            lines.append(given_back(item, item.returned, back.currency))
            lines[-1].order = back
        add_up(back, lines)
        back.voucher_value = back.voucher_amount
        restocked = rng.random() < 0.67
        for line in lines if restocked else ():
            room.bring_back(line.product_id, line.quantity, later)
        return Return(back, lines, restocked)
