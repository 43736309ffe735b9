"""The orders of the demo shop: what customers buy, and what becomes of the orders."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import accumulate
from random import Random

from django.conf import settings

from customers.models import Country, Customer
from demo.people import DAYS, SECONDS, Calendar, Person, Population
from demo.products import DemoProduct, bought_together
from demo.stock import Warehouse
from orders.models import Order, OrderItem, TaxRate
from orders.money import rounded
from orders.pricing import (
    ALPHABET,
    Line,
    add_up,
    in_currency,
    priced_line,
    rate_on,
    reprice,
    returned_line,
)
from orders.tax import RatesOfDay

Kind, Status = Order.Kind, Order.Status

DAY = 24 * 3600
CANCELED, RETURNED, WITH_VOUCHER = 0.02, 0.045, 0.07  # shares of the orders
# Values and how often they are chosen
SOURCES = ("shop", "marketplace", "till"), (78, 14, 8)
VOUCHER_VALUES = (Decimal(5), Decimal(10), Decimal(20)), (60, 30, 10)
DISCOUNTS = (Decimal("0.10"), Decimal("0.15"), Decimal("0.25")), (60, 30, 10)
MORE_LINES = (0, 1, 2, 3, 5), (40, 29, 18, 9, 4)
REFILL_QUANTITIES = (1, 2, 3, 4, 12), (52, 27, 11, 8, 2)
OTHER_QUANTITIES = (1, 2, 4, 6), (82, 12, 4, 2)

# How many days old an order may be, and its chances to be in each of the states
STATES = (Status.PENDING, Status.PAID, Status.SHIPPED, Status.DELIVERED)
STATE_CHANCES = (
    (1.5, (40, 50, 10, 0)),
    (4, (5, 35, 55, 5)),
    (9, (0, 5, 35, 60)),
    (DAYS, (0, 0, 0, 1)),
)
RETURN_DAYS = (12, 40)  # after the order
SHIPPING, FREE_SHIPPING_FROM = Decimal("4.90"), Decimal(60)


@dataclass(slots=True)
class Sale:
    """An order and its lines; `canceled_at` is a moment."""

    order: Order
    items: list[OrderItem]
    canceled_at: int | None = None


@dataclass(slots=True)
class Return:
    """A return and its lines, and whether the pieces can be sold again."""

    order: Order
    items: list[OrderItem]
    restocked: bool


class Checkout:
    """Turns visits into orders; all random decisions are made here."""

    def __init__(
        self,
        rng: Random,
        demo_products: list[DemoProduct],
        calendar: Calendar,
        population: Population,
        warehouse: Warehouse,
    ):
        self.rng, self.demo_products, self.calendar = rng, demo_products, calendar
        # One of its own: a source that is drawn changes nothing else about the shop.
        self.source_rng = Random("sources")  # noqa: S311
        self.population, self.warehouse = population, warehouse
        self.by_product = {one.product.pk: one for one in demo_products}
        self.popularity = list(accumulate(one.popularity for one in demo_products))
        self.matches = bought_together(demo_products)
        self.tax_rates_since, self.exchange_rate = cache(RatesOfDay), cache(rate_on)
        self.tax_changes = defaultdict(list)
        for country, day in TaxRate.objects.values_list("country", "valid_from"):
            self.tax_changes[country].append(day)

    def sell(self, moment: int, person: Person | None) -> Sale | None:
        """The order of a visit; None if everything in the basket is sold out."""
        lines = [
            Line(self.by_product[pk].product, quantity)
            # As `merged_lines` sorts real orders; the order of a set is not up to the seed.
            for pk in sorted(self.random_basket(moment / SECONDS, person))
            if (quantity := self.warehouse.take_out(pk, self.random_quantity(pk), moment))
        ]
        if not lines:
            return None
        customer = person.customer if person else None
        country = customer.country if customer else self.population.random_country()
        order = self.new_order(moment, customer, country)
        order.source = self.source_rng.choices(*SOURCES)[0]
        rates = self.tax_rates_on(order.country, order.placed_on)
        sale = Sale(order, [priced_line(line, order, rates) for line in lines])
        self.add_discounts_and_shipping(sale)
        self.set_status(sale, moment)
        return sale

    def tax_rates_on(self, country: Country, day: date) -> RatesOfDay:
        """Queried once per change of the rates: once per day would take a tenth of all the time."""
        changes = [change for change in self.tax_changes[country.pk] if change <= day]
        return self.tax_rates_since(country, max(changes, default=day))

    def random_basket(self, share: float, person: Person | None) -> set[int]:
        """Ids of products by popularity; often the staple of the person, or a matching product."""
        rng = self.rng
        if person and person.staple and rng.random() < 0.5:
            first = person.staple
        else:
            first = rng.choices(self.demo_products, cum_weights=self.popularity)[0]
        more = rng.choices(*MORE_LINES)[0]
        chosen = [first, *rng.choices(self.demo_products, cum_weights=self.popularity, k=more)]
        if (matches := self.matches[first.product.pk]) and rng.random() < 0.4:
            chosen.append(rng.choice(matches))
        return {one.product.pk for one in chosen if one.sold_at(share)}

    def random_quantity(self, pk: int) -> int:
        refill = self.by_product[pk].refill
        return self.rng.choices(*(REFILL_QUANTITIES if refill else OTHER_QUANTITIES))[0]

    def new_order(self, moment: int, customer: Customer | None, country: Country) -> Order:
        day = self.calendar.date_of(moment)
        currency = country.currency or settings.BASE_CURRENCY
        return Order(
            number=self.random_number(day),
            customer=customer,
            country=country,
            placed_at=self.calendar.datetime_of(moment),
            placed_on=day,
            currency=currency,
            exchange_rate=self.exchange_rate(currency, day),
            tax_included=settings.PRICES_INCLUDE_TAX,
        )

    def random_number(self, day: date) -> str:
        return f"{day:%y%m%d}-" + "".join(self.rng.choices(ALPHABET, k=8))

    def add_discounts_and_shipping(self, sale: Sale) -> None:
        order, rng = sale.order, self.rng
        winter_sale = order.placed_on.month == 1 and order.placed_on.day >= 8
        for item in sale.items:
            if rng.random() < (0.3 if winter_sale else 0.06):
                item.discount = rounded(item.gross * rng.choices(*DISCOUNTS)[0], order.currency)
        if order.customer and rng.random() < WITH_VOUCHER:
            order.voucher_value = in_currency(rng.choices(*VOUCHER_VALUES)[0], order)
        if sum(item.amount for item in sale.items) < in_currency(FREE_SHIPPING_FROM, order):
            order.shipping = in_currency(SHIPPING, order)
        reprice(order, sale.items)

    def set_status(self, sale: Sale, moment: int) -> None:
        """Recent orders are on their way, old ones are delivered; a few are canceled in a day."""
        rng = self.rng
        age = (SECONDS - moment) / DAY
        if rng.random() < CANCELED:
            sale.order.status = Status.CANCELED
            # Not after last midnight, where the shop ends.
            sale.canceled_at = min(moment + rng.randrange(600, DAY), SECONDS - 1)
            for item in sale.items:
                self.warehouse.put_back(item.product_id, item.quantity, sale.canceled_at)
        else:
            chances = next(chances for days, chances in STATE_CHANCES if age <= days)
            sale.order.status = rng.choices(STATES, chances)[0]

    def return_some(self, sale: Sale, moment: int) -> Return | None:
        """A few orders are returned in whole or in part some weeks later; two thirds of the
        returned pieces can be sold again."""
        rng = self.rng
        later = moment + rng.randrange(RETURN_DAYS[0] * DAY, RETURN_DAYS[1] * DAY)
        if sale.order.status != Status.DELIVERED or later >= SECONDS or rng.random() >= RETURNED:
            return None
        refund = self.new_order(later, sale.order.customer, sale.order.country)
        refund.kind, refund.status, refund.returns = Kind.RETURN, Status.REFUNDED, sale.order
        refund.source = sale.order.source
        # As for real returns: sale and full refund add up to zero in the base currency.
        refund.exchange_rate = sale.order.exchange_rate
        items = rng.sample(sale.items, rng.randint(1, len(sale.items)))
        lines = []
        for item in items:
            # The sale is written afterwards, so its lines are stored with this count.
            item.returned = rng.randint(1, item.quantity)
            lines.append(returned_line(item, item.returned, refund.currency))
            lines[-1].order = refund
        add_up(refund, lines)
        refund.voucher_value = refund.voucher_amount
        restocked = rng.random() < 0.67
        for line in lines if restocked else ():
            self.warehouse.put_back(line.product_id, line.quantity, later)
        return Return(refund, lines, restocked)
