"""Orders, their items, tax rates and the tax of an order. Services make the changes."""

from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef
from django_filters import rest_framework as filters
from drf_yasg.utils import swagger_auto_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Category, Product
from core.filters import amount_filter, day, row
from core.problems import exception_statuses
from core.resources import ResourceViewSet
from core.schema import IDEMPOTENCY_KEY
from customers.api import COUNTRY_LABEL, CountryFilter
from customers.models import Customer
from orders import serializers, services
from orders.idempotency import created_once
from orders.models import Order, OrderItem, OrderQuerySet, TaxRate
from orders.pricing import OrderRefused, UnknownRate
from orders.tax import order_tax_by_rate

exception_statuses.update(
    # UnknownRate first, because the first match counts and it is an OrderRefused. It is a 409: the
    # request is right, and the shop has to load a rate.
    {UnknownRate: 409, OrderRefused: 400, services.WrongState: 409, services.TooManyReturned: 409}
)


class OrderFilters(filters.FilterSet):
    kind = filters.ChoiceFilter(choices=Order.Kind.choices, label="Sale or return")
    status = filters.ChoiceFilter(choices=Order.Status.choices, label="Status")
    country = CountryFilter("country", label=COUNTRY_LABEL)
    customer = row("customer", Customer.objects, label="Customer id")
    product = row("items__product", Product.objects, method="with_product", label="Product id")
    start = day("placed_on", "gte", label="First day")
    end = day("placed_on", "lte", label="Last day")
    total_min = amount_filter("total", "gte", label="Lowest total")
    total_max = amount_filter("total", "lte", label="Highest total")

    def with_product(self, orders: OrderQuerySet, name: str, product: Product) -> OrderQuerySet:
        lines = OrderItem.objects.filter(order=OuterRef("pk"), product=product)
        # Not a join: it would list an order once for each line of the product.
        return orders.filter(Exists(lines))


class OrderItemFilters(filters.FilterSet):
    order = row("order", Order.objects, label="Order id")
    product = row("product", Product.objects, label="Product id")
    country = CountryFilter("order__country", label=COUNTRY_LABEL)
    kind = filters.ChoiceFilter("order__kind", choices=Order.Kind.choices, label="Sale or return")
    start = day("order__placed_on", "gte", label="First day")
    end = day("order__placed_on", "lte", label="Last day")


class TaxRateFilters(filters.FilterSet):
    country = CountryFilter("country", label=COUNTRY_LABEL)
    category_id = row("category", Category.objects, label="Category id")
    start = day("valid_from", "gte", label="Valid from this day or later")
    end = day("valid_from", "lte", label="Valid from this day or earlier")


class OrderViewSet(ResourceViewSet):
    """Sales and returns. The shop sets prices, tax, totals, stock and status, not the client."""

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
    # Built once, because it keeps nothing of a request: building its fields takes a millisecond.
    placed_order = serializers.PlacedOrder()

    @swagger_auto_schema(manual_parameters=[IDEMPOTENCY_KEY])
    def create(self, request: Request) -> Response:
        """Create an order. With an `Idempotency-Key`, a repeated request creates it only once."""
        return created_once(request, partial(self.placed, request))

    def placed(self, request: Request) -> Response:
        # Customer and products are read in the transaction: on SQLite it waits for its turn first,
        # and prices must not be older than that.
        with transaction.atomic():
            order = self.checked(request).save()
        return Response(self.placed_order.to_representation(order), 201)

    def remove(self, order: Order) -> None:
        services.discard(order)

    @action(detail=True, methods=["post"])
    def pay(self, request: Request, pk: str) -> Response:
        """Mark a pending order as paid."""
        return Response(self.shown(services.pay(self.get_object(), request.user)))

    @action(detail=True, methods=["post"])
    def ship(self, request: Request, pk: str) -> Response:
        """Mark a paid order as shipped."""
        return Response(self.shown(services.ship(self.get_object(), request.user)))

    @action(detail=True, methods=["post"])
    def deliver(self, request: Request, pk: str) -> Response:
        """Mark a shipped order as delivered."""
        return Response(self.shown(services.deliver(self.get_object(), request.user)))

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel a pending or paid order and restore its stock."""
        return Response(self.shown(services.cancel(self.get_object(), request.user)))

    @action(detail=True, methods=["post"], url_path="return")
    def return_items(self, request: Request, pk: str) -> Response:
        """Return some or all items: creates a return with its own date."""
        return Response(self.shown(self.checked(request, self.get_object()).save()), 201)


class OrderItemViewSet(ResourceViewSet):
    """Items of orders. They can be changed while the order is pending."""

    resource = "order-items"
    queryset = OrderItem.objects.select_related("product")
    serializer_class = serializers.ItemBody
    bodies = {
        "create": serializers.NewItem,
        "update": serializers.ItemQuantity,
        "partial_update": serializers.ItemQuantity,
    }
    filterset_class = OrderItemFilters
    search_fields = ("product__sku", "product__name", "order__number")
    ordering_fields = ("order", "quantity", "unit_price", "id")

    def remove(self, item: OrderItem) -> None:
        services.remove_line(item)


class TaxRateViewSet(ResourceViewSet):
    """The tax rate of a country from a day on; with a category, only for products in it."""

    resource = "tax-rates"
    queryset = TaxRate.objects.all()
    serializer_class = serializers.TaxRateBody
    filterset_class = TaxRateFilters
    search_fields = ("country__name", "category__name")
    ordering_fields = ("country__name", "rate", "valid_from", "id")


class OrderTaxViewSet(ResourceViewSet):
    """The tax of an order: in total, by line and by rate. Tax on shipping is in the total and in
    the rates, but in no line."""

    resource = "order-tax"
    queryset = Order.objects.with_items()
    serializer_class = serializers.TaxSheet

    def retrieve(self, request: Request, pk: str) -> Response:
        order = self.get_object()
        items = list(order.items.all())
        for item in items:
            item.order = order
        order.rates = order_tax_by_rate(order, items)
        return Response(self.get_serializer(order).data)
