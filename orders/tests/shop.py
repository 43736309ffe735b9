"""A small shop for tests: products, customers and orders in one line each."""

from datetime import UTC, datetime
from decimal import Decimal as D

from catalog.models import Category, Product
from catalog.services import correct_stock
from customers.models import Country, Customer
from orders.models import TaxRate
from orders.pricing import Line
from orders.services import pay, place_order, return_items


def at(text: str) -> datetime:
    """A moment in UTC: "2026-03-05" (noon) or "2026-03-05 23:30"."""
    return datetime.fromisoformat(text if " " in text else f"{text} 12:00").replace(tzinfo=UTC)


class Shop:
    def __init__(self):
        self.germany = self.country("Germany", "DE", "EUR", "19")
        self.anna = self.customer("anna")

    def country(self, name, code="", currency="EUR", rate=None) -> Country:
        fields = {"code": code, "currency": currency, "taxes_shipping": rate is not None}
        country, _ = Country.objects.update_or_create(name=name, defaults=fields)
        if rate is not None:
            TaxRate.objects.filter(country=country).delete()
            TaxRate.objects.create(country=country, rate=D(rate), valid_from="2007-01-01")
        return country

    def customer(self, code, country=None) -> Customer:
        return Customer.objects.create(
            code=code,
            name=code.title(),
            email=f"{code}@example.com",
            country=country or self.germany,
        )

    def product(self, sku, price="10.00", stock=100, cost=None, category=None, **fields) -> Product:
        if category:
            category, _ = Category.objects.get_or_create(name=category)
        product = Product.objects.create(
            sku=sku,
            name=sku.title(),
            price=D(price),
            cost=cost and D(cost),
            category=category,
            **fields,
        )
        if stock is not None:
            correct_stock(product, stock)
        return product

    def sell(self, *lines, on="2026-03-05", customer=..., **more):
        """Place an order of (product, quantity) pairs; `customer=None` is a guest in Germany."""
        buyer = self.anna if customer is ... else customer
        country = more.pop("country", None) or (None if buyer else self.germany)
        return place_order(
            [Line(*line) for line in lines],
            customer=buyer,
            country=country,
            at=at(on),
            **more,
        )

    def give_back(self, sale, quantity, on):
        """Return units of the first line of a sale."""
        line = pay(sale).items.order_by("pk").first()
        return return_items(sale, {line: quantity}, at=at(on))
