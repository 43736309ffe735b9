"""Orders, items, returns and taxes as the API reads and writes them."""

from typing import Any

from rest_framework import serializers

from catalog.models import Product
from core.serializers import Body, BodyList, BookBody, Money, Number, OwnRow
from customers.api import CountryField
from customers.models import Customer
from orders import services
from orders.models import Order, OrderItem, TaxRate
from orders.money import ZERO
from orders.pricing import MAX_QUANTITY, Line

MAX_LINES = 1000
SHIPPING = (
    "In the currency of the order. Includes tax if prices include tax. Where the country taxes "
    "shipping, it is taxed at the rates of the goods."
)


def quantity_field() -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=MAX_QUANTITY)


def amount_field(**kwargs: Any) -> Money:
    return Money(min_value=0, **kwargs)


class ItemBody(BookBody):
    sku = serializers.CharField(source="product.sku", read_only=True)
    name = serializers.CharField(source="product.name", read_only=True)

    class Meta:
        model = OrderItem
        fields = (
            "id", "order", "product", "sku", "name", "quantity", "unit_price", "discount",
            "voucher_share", "tax_rate", "tax_rate_source", "tax", "returns", "returned",
        )  # fmt: skip
        read_only_fields = fields


class OrderBody(BookBody):
    items = ItemBody(many=True, read_only=True)

    class Meta:
        model = Order
        fields = (
            "id", "number", "kind", "status", "returns", "customer", "country", "placed_at",
            "placed_on", "currency", "exchange_rate", "tax_included", "subtotal", "discount",
            "voucher_value", "voucher_amount", "shipping", "shipping_tax", "tax", "total", "items",
        )  # fmt: skip
        read_only_fields = fields


class PlacedOrder(OrderBody):
    """As a later GET returns it, from the items in memory."""

    items = ItemBody(many=True, read_only=True, source="placed_items")


class OrderLine(Body):
    set_by_shop = ItemBody.Meta.fields
    product = OwnRow(queryset=Product.objects.select_related("category"))
    quantity = quantity_field()
    discount = amount_field(default=ZERO, help_text="Discount on the whole line.")

    class Meta:
        list_serializer_class = BodyList


class NewOrder(Body):
    set_by_shop = OrderBody.Meta.fields
    customer = OwnRow(
        queryset=Customer.objects.select_related("country"),
        default=None,
        allow_null=True,
        help_text="Leave empty for a guest order.",
    )
    country = CountryField(
        default=None,
        allow_null=True,
        help_text="Defaults to the customer's country. Required for a guest order.",
    )
    items = OrderLine(many=True, allow_empty=False, max_length=MAX_LINES)
    voucher_amount = amount_field(default=ZERO, help_text="In the currency of the order.")
    shipping = amount_field(default=ZERO, help_text=SHIPPING)

    class Meta:
        swagger_schema_fields = {
            "example": {
                "customer": 1,
                "items": [{"product": 1, "quantity": 2}],
                "voucher_amount": "5.00",
                "shipping": "4.90",
            }
        }

    def create(self, values: dict) -> Order:
        values["lines"] = [Line(**line) for line in values.pop("items")]
        return services.place_order(voucher=values.pop("voucher_amount"), **values)


class Amendment(Body):
    set_by_shop = OrderBody.Meta.fields
    voucher_amount = amount_field(help_text="In the currency of the order.")
    shipping = amount_field(help_text=SHIPPING)

    class Meta:
        swagger_schema_fields = {"example": {"voucher_amount": "5.00", "shipping": "0.00"}}

    def update(self, order: Order, values: dict) -> Order:
        return services.amend(
            order, voucher=values.get("voucher_amount"), shipping=values.get("shipping")
        )


class ReturnedLine(Body):
    item = serializers.IntegerField(min_value=1, max_value=10**18)
    quantity = quantity_field()


class Return(Body):
    items = ReturnedLine(
        many=True,
        required=False,
        allow_empty=False,
        max_length=MAX_LINES,
        help_text="Defaults to everything that was not returned yet.",
    )
    restock = serializers.BooleanField(default=True, help_text="Add the units to stock again.")

    class Meta:
        swagger_schema_fields = {
            "example": {"items": [{"item": 1, "quantity": 1}], "restock": True}
        }

    def update(self, sale: Order, values: dict) -> Order:
        lines = {item.pk: item for item in sale.items.all()}
        return services.return_items(
            sale, self.quantities(lines, values.get("items")), restock=values["restock"]
        )

    def quantities(
        self, lines: dict[int, OrderItem], items: list[dict] | None
    ) -> dict[OrderItem, int]:
        if items is None:
            # Not locked yet: if some of it is returned meanwhile, the service refuses this return.
            returnable = {line: line.quantity - line.returned for line in lines.values()}
            return {line: quantity for line, quantity in returnable.items() if quantity}
        quantities: dict[OrderItem, int] = {}
        for i, item in enumerate(items):
            if (line := lines.get(item["item"])) is None:
                reason = [f"The order has no item {item['item']}."]
                raise serializers.ValidationError({f"items[{i}]": {"item": reason}})
            quantities[line] = quantities.get(line, 0) + item["quantity"]
        return quantities


class NewItem(OrderLine):
    order = OwnRow(queryset=Order.objects.all())

    class Meta:
        swagger_schema_fields = {"example": {"order": 1, "product": 2, "quantity": 1}}

    def create(self, values: dict) -> OrderItem:
        return services.add_line(values.pop("order"), Line(**values))


class ItemQuantity(Body):
    set_by_shop = ItemBody.Meta.fields
    quantity = quantity_field()

    class Meta:
        swagger_schema_fields = {"example": {"quantity": 3}}

    def update(self, item: OrderItem, values: dict) -> OrderItem:
        return services.change_line(item, values["quantity"]) if values else item


class TaxRateBody(BookBody):
    country = CountryField()

    class Meta:
        model = TaxRate
        fields = ("id", "country", "category", "rate", "valid_from")
        swagger_schema_fields = {
            "example": {"country": "DE", "rate": "19", "valid_from": "2026-01-01"}
        }

    def validate(self, values: dict) -> dict:
        key = {
            name: values.get(name, getattr(self.instance, name, None))
            for name in ("country", "category", "valid_from")
        }
        # DRF skips a constraint on a column that is not in the body (category_key): without this
        # check a second rate would be a conflict (409) that names no field.
        others = TaxRate.objects.exclude(pk=self.instance and self.instance.pk)
        if others.filter(
            category_key=key["category"].pk if key["category"] else 0,
            country=key["country"],
            valid_from=key["valid_from"],
        ).exists():
            raise serializers.ValidationError(
                {"valid_from": "There is already a rate from this day."}
            )
        return values


class Taxed(Body):
    rate = Number(max_digits=6, decimal_places=3)
    net = amount_field()
    tax = amount_field()


class RateSum(Taxed):
    net = amount_field(help_text="Goods and taxed shipping, without tax.")
    tax = amount_field(help_text="On goods and shipping. The rates add up to `total_tax`.")


class TaxedLine(Taxed):
    item = serializers.IntegerField(source="pk")
    product = serializers.IntegerField(source="product_id")
    sku = serializers.CharField(source="product.sku")
    quantity = serializers.IntegerField()
    rate = Number(source="tax_rate", max_digits=6, decimal_places=3)


class TaxSheet(Body):
    order = serializers.IntegerField(source="pk")
    number = serializers.CharField()
    currency = serializers.CharField()
    total_tax = amount_field(source="tax")
    tax_included = serializers.BooleanField()
    shipping_tax = amount_field()
    lines = TaxedLine(many=True, source="items.all")
    rates = RateSum(many=True)
