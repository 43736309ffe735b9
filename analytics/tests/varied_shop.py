"""A shop in which all happens that may divide orders and lines, written past the services.

Categories in four depths, tags, guests, customers who order from two countries or twice in one
moment, returns that are partial, late or of no sale that is known, vouchers, foreign currencies,
prices with tax, sources, states, free lines, orders without lines, names that two products share.
"""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

from catalog.models import Category, Product, Tag
from customers.models import Country, Customer
from orders.models import Order, OrderItem

FIRST, LAST = date(2024, 11, 1), date(2026, 2, 20)
TIMES = ("00:00:00", "00:00:00", "07:30:00", "11:59:59", "12:00:00", "19:05:07", "23:59:59")
SOURCES = ("shop", "amazon", "file, “old”")
STATES = ("pending", "paid", "shipped", "delivered", "delivered", "canceled")
TREE = {  # each with the one that it is inside
    "Drinks": None, "Tea": "Drinks", "Green tea": "Tea", "Sencha": "Green tea", "Coffee": "Drinks",
    "Cups": None, "Mugs": "Cups", "Books, used": None,
}  # fmt: skip
SHELVES = (*TREE, None, "Tea", "Mugs")
TAGS = ("gift", "new", "5 % off", "eco, fair", "nobody’s")
COUNTRIES = {  # name: code, currency, rate, whether prices include tax
    "Germany": ("DE", "EUR", "1", True),
    "France": ("FR", "EUR", "1", False),
    "United States": ("US", "USD", "0.9173", False),
    "Channel Islands": ("", "GBP", "1.17", True),
}


def fill(seed: object = 1, orders: int = 420) -> None:
    chance = random.Random(str(seed))
    products = make_products(chance)
    people = make_customers(chance)
    sales = Order.objects.bulk_create(make_sales(chance, people, orders))
    lines = OrderItem.objects.bulk_create(make_lines(chance, sales, products))
    returns = Order.objects.bulk_create(make_returns(chance, sales, people))
    OrderItem.objects.bulk_create(make_returned(chance, returns, lines, products))


def make_products(chance: random.Random) -> list[Product]:
    categories: dict[str | None, Category | None] = {None: None}
    for name, parent in TREE.items():
        categories[name] = Category.objects.create(name=name, parent=categories[parent])
    tags = [Tag.objects.create(name=name) for name in TAGS]
    products = [
        Product.objects.create(
            sku=f"{'sku' if n % 2 else 'SKU'}-{n // 2}",  # some differ in nothing but the case
            name=("Cup", "Pot", "Tin: no. 5")[n % 3] if n % 4 == 0 else f"Product {n}",
            price=D(chance.randint(0, 4000)) / 100,
            category=categories[SHELVES[n % len(SHELVES)]],
        )
        for n in range(26)
    ]
    for product in products:
        product.tags.set(chance.sample(tags[:-1], chance.choice((0, 0, 1, 2, 3))))
    return products


def make_customers(chance: random.Random) -> list[Customer]:
    countries = [
        Country.objects.get_or_create(name=name, defaults={"code": code, "currency": currency})[0]
        for name, (code, currency, _, _) in COUNTRIES.items()
    ]
    return Customer.objects.bulk_create(
        Customer(
            code=f"c{n:02}",
            name=("Kim Lee", "Ana: B.", "")[n % 3] if n % 5 == 0 else f"Customer {n}",
            country=chance.choice(countries),
        )
        for n in range(48)
    )


def make_sales(chance: random.Random, people: list[Customer], orders: int) -> list[Order]:
    countries = list(Country.objects.filter(name__in=COUNTRIES).order_by("pk"))
    sales: list[Order] = []
    for n in range(orders):
        # The lower their number, the more often they order; some never do.
        person = people[int(len(people) * 0.9 * chance.random() ** 2)]
        person = None if chance.random() < 0.2 else person
        moved = person is None or chance.random() < 0.2
        placed = moment(chance)
        before = sales[-1] if sales else None
        if before is not None and before.customer and chance.random() < 0.08:
            person, placed = before.customer, before.placed_at
        country = chance.choice(countries) if moved or person is None else person.country
        sales.append(document(f"s{n}", placed, country, person, chance.choice(STATES), chance))
    return sales


def moment(chance: random.Random) -> datetime:
    day = FIRST + timedelta(chance.randint(0, (LAST - FIRST).days))
    return datetime.fromisoformat(f"{day} {chance.choice(TIMES)}").replace(tzinfo=UTC)


def document(number, placed, country, customer, status, chance, **more) -> Order:
    _, currency, rate, taxed = COUNTRIES[country.name]
    shipping = D(chance.choice((0, 0, 490, 1299))) / 100
    tax = (shipping * chance.choice((0, 19)) / 119).quantize(D("0.01"))
    voucher = D(chance.choice((0, 0, 0, 500))) / 100
    return Order(
        number=number, source=chance.choice(SOURCES), placed_at=placed, placed_on=placed.date(),
        customer=customer, country=country, status=status, currency=currency,
        exchange_rate=D(rate), tax_included=taxed, shipping=shipping, shipping_tax=tax, tax=tax,
        voucher_value=voucher, voucher_amount=voucher, **more,
    )  # fmt: skip


def make_lines(chance, sales: list[Order], products: list[Product]) -> list[OrderItem]:
    lines = []
    for sale in sales:
        for _ in range(chance.choice((0, 1, 1, 2, 2, 3, 5))):
            lines.append(line(chance, sale, chance.choice(products), chance.choice((1, 1, 2, 7))))
    return lines


def line(chance: random.Random, order: Order, product: Product, quantity: int, **more) -> OrderItem:
    price = D(0) if chance.random() < 0.1 else product.price
    amount = price * quantity
    discount = (amount * chance.choice((0, 0, 0, 10, 33)) / 100).quantize(D("0.01"))
    rate = D(chance.choice((0, 7, 19)))
    part = rate / (100 + rate) if order.tax_included else rate / 100
    tax = ((amount - discount) * part).quantize(D("0.01"))
    # About a third of the products have no cost, and one costs more than it brings.
    cost = None if product.pk % 3 == 0 else (price * chance.choice((4, 6, 11)) / 10)
    return OrderItem(
        order=order, product=product, quantity=quantity, unit_price=price, discount=discount,
        tax_rate=rate, tax=tax, unit_cost=cost and cost.quantize(D("0.01")), **more,
    )  # fmt: skip


def make_returns(chance, sales: list[Order], people: list[Customer]) -> list[Order]:
    returns = []
    for n, sale in enumerate(sales):
        if sale.status == "canceled" or chance.random() > 0.2:
            continue
        placed = sale.placed_at + timedelta(days=chance.choice((0, 1, 9, 40, 200)), hours=1)
        back = document(f"r{n}", placed, sale.country, sale.customer, "refunded", chance)
        back.kind, back.returns, back.source = "return", sale, sale.source
        back.exchange_rate, back.voucher_amount = sale.exchange_rate, D(0)
        if chance.random() < 0.1:  # as imported files have them: nobody knows what is returned
            back.returns, back.customer = None, chance.choice((None, sale.customer, people[-1]))
        returns.append(back)
    return returns


def make_returned(chance, returns, lines, products) -> list[OrderItem]:
    by_order: dict[int | None, list[OrderItem]] = {}
    for sold in lines:
        by_order.setdefault(sold.order_id, []).append(sold)
    returned = []
    for back in returns:
        for sold in by_order.get(back.returns_id, [])[:2]:
            pieces = chance.randint(1, sold.quantity)
            returned.append(line(chance, back, sold.product, pieces, returns=sold))
        if back.returns_id is None:
            returned.append(line(chance, back, chance.choice(products), 1))
    return returned
