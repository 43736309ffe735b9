"""Orders, their lines and tax. What changes is changed by services."""

from django.db.models import Exists, OuterRef
from django_filters import rest_framework as filters
from drf_yasg.utils import swagger_auto_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from catalog.models import Category, Product
from core.filters import amount, day, row
from core.problems import refusals
from core.resources import ResourceViewSet
from core.schema import IDEMPOTENCY_KEY
from customers.api import CountryFilter
from customers.models import Customer
from orders import serializers, services
from orders.idempotency import fingerprint, key_of, once
from orders.models import Order, OrderItem, TaxRate
from orders.pricing import OrderRefused, UnknownRate
from orders.tax import order_tax_by_rate

refusals.update(
    {UnknownRate: 409, OrderRefused: 400, services.WrongState: 409, services.TooManyReturned: 409}
)
COUNTRY = "Code, name or id; repeat it for several"


class OrderFilters(filters.FilterSet):
    kind = filters.ChoiceFilter(choices=Order.Kind.choices, label="Sale or return")
    status = filters.ChoiceFilter(choices=Order.Status.choices, label="State")
    country = CountryFilter("country", label=COUNTRY)
    customer = row("customer", Customer.objects, label="Id of a customer")
    product = row("items__product", Product.objects, method="with_product", label="Id of a product")
    start = day("placed_on", "gte", label="First day")
    end = day("placed_on", "lte", label="Last day")
    total_min = amount("total", "gte", label="Lowest total")
    total_max = amount("total", "lte", label="Highest total")

    def with_product(self, orders, name, product):
        lines = OrderItem.objects.filter(order=OuterRef("pk"), product=product)
        return orders.filter(Exists(lines))


class ItemFilters(filters.FilterSet):
    order = row("order", Order.objects, label="Id of an order")
    product = row("product", Product.objects, label="Id of a product")
    country = CountryFilter("order__country", label=COUNTRY)
    kind = filters.ChoiceFilter("order__kind", choices=Order.Kind.choices, label="Sale or return")
    start = day("order__placed_on", "gte", label="First day")
    end = day("order__placed_on", "lte", label="Last day")


class TaxRateFilters(filters.FilterSet):
    country = CountryFilter("country", label=COUNTRY)
    category_id = row("category", Category.objects, label="Id of a category")
    start = day("valid_from", "gte", label="First day it may have begun")
    end = day("valid_from", "lte", label="Last day it may have begun")


class OrderViewSet(ResourceViewSet):
    """Sales and returns. Prices, tax, totals, stock and state are never taken from the client."""

    resource = "orders"
    queryset = Order.objects.with_items()
    serializer_class = serializers.OrderBody
    bodies = {
        "create": serializers.NewOrder,
        "update": serializers.Amendment,
        "partial_update": serializers.Amendment,
        "return_items": serializers.Return,
    }
    success_statuses = {"return_items": 201}
    optional_bodies = ("return_items",)
    filterset_class = OrderFilters
    search_fields = ("number",)
    ordering_fields = ("placed_at", "placed_on", "number", "status", "total", "id")

    @swagger_auto_schema(manual_parameters=[IDEMPOTENCY_KEY])
    def create(self, request):
        """Place an order. Sent again with the same `Idempotency-Key`, it is placed only once."""
        if (key := key_of(request)) is None:
            return super().create(request)
        answer, again = once(
            request.user,
            key,
            fingerprint(request),
            lambda: super(OrderViewSet, self).create(request).data,
        )
        return Response(answer, 201, headers={"Idempotency-Replayed": "true"} if again else None)

    def remove(self, order):
        services.discard(order)

    @action(detail=True, methods=["post"])
    def pay(self, request, pk):
        """The customer paid: pending → paid."""
        return Response(self.shown(services.pay(self.get_object())))

    @action(detail=True, methods=["post"])
    def ship(self, request, pk):
        """The goods left the house: paid → shipped."""
        return Response(self.shown(services.ship(self.get_object())))

    @action(detail=True, methods=["post"])
    def deliver(self, request, pk):
        """The goods arrived: shipped → delivered."""
        return Response(self.shown(services.deliver(self.get_object())))

    @action(detail=True, methods=["post"])
    def cancel(self, request, pk):
        """Call off what is pending or paid; its pieces go back on the shelf."""
        return Response(self.shown(services.cancel(self.get_object())))

    @action(detail=True, methods=["post"], url_path="return")
    def return_items(self, request, pk):
        """Take goods back: a new document of its own date, for some or all lines."""
        return Response(self.shown(self.checked(request, self.get_object()).save()), 201)


class OrderItemViewSet(ResourceViewSet):
    """Lines of orders. They change only while the order is pending."""

    resource = "order-items"
    queryset = OrderItem.objects.select_related("product")
    serializer_class = serializers.ItemBody
    bodies = {
        "create": serializers.NewItem,
        "update": serializers.ItemQuantity,
        "partial_update": serializers.ItemQuantity,
    }
    filterset_class = ItemFilters
    search_fields = ("product__sku", "product__name", "order__number")
    ordering_fields = ("order", "quantity", "unit_price", "id")

    def remove(self, item):
        services.remove_line(item)


class TaxRateViewSet(ResourceViewSet):
    """Percent of tax in a country from a day on; with a category, only for what stands in it."""

    resource = "tax-rates"
    queryset = TaxRate.objects.all()
    serializer_class = serializers.TaxRateBody
    filterset_class = TaxRateFilters
    search_fields = ("country__name", "category__name")
    ordering_fields = ("country__name", "rate", "valid_from", "id")


class OrderTaxViewSet(ResourceViewSet):
    """The tax of one order: in total, by line and by rate. Shipping that was taxed is part of the
    total and of the rates, and of no line."""

    resource = "order-tax"
    queryset = Order.objects.with_items()
    serializer_class = serializers.TaxSheet

    def retrieve(self, request, pk):
        order = self.get_object()
        items = list(order.items.all())
        for item in items:
            item.order = order
        order.rates = order_tax_by_rate(order, items)
        return Response(self.get_serializer(order).data)
