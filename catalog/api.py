"""Products, categories, tags and stock levels."""

from django.db.models import F
from django_filters import rest_framework as filters
from rest_framework import serializers

from catalog.models import Category, Inventory, Product, StockMovement, Tag
from catalog.services import OutOfStock, StockRefused, correct_stock
from core.filters import amount_filter, row, yes_no
from core.problems import Conflict, exception_statuses
from core.resources import ResourceViewSet
from core.serializers import BookBody

MAX_QUANTITY = 1_000_000_000  # PostgreSQL's integer column ends at 2**31 - 1
exception_statuses.update({OutOfStock: 409, StockRefused: 409})


class CategoryBody(BookBody):
    class Meta:
        model = Category
        fields = ("id", "name", "parent")
        swagger_schema_fields = {"example": {"name": "Mugs", "parent": None}}

    def validate_parent(self, parent):
        if parent and self.instance in (parent, *parent.ancestors()):
            raise serializers.ValidationError("A category cannot be inside itself.")
        return parent


class TagBody(BookBody):
    class Meta:
        model = Tag
        fields = ("id", "name")
        swagger_schema_fields = {"example": {"name": "gift"}}


class ProductBody(BookBody):
    stock = serializers.IntegerField(
        source="inventory.quantity",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="Units in stock; null if the stock was never counted.",
    )

    class Meta:
        model = Product
        fields = (
            "id", "sku", "name", "description", "price", "cost", "category", "tags", "is_active",
            "stock", "created_at",
        )  # fmt: skip
        read_only_fields = ("created_at",)
        swagger_schema_fields = {
            "example": {"sku": "MUG-1", "name": "Mug", "price": "12.50", "cost": "5.00"}
        }


class InventoryBody(BookBody):
    sku = serializers.CharField(source="product.sku", read_only=True)
    name = serializers.CharField(source="product.name", read_only=True)
    quantity = serializers.IntegerField(min_value=0, max_value=MAX_QUANTITY)
    low = serializers.BooleanField(source="is_low", read_only=True)

    class Meta:
        model = Inventory
        fields = (
            "id", "product", "sku", "name", "quantity", "reorder_level", "lead_time_days", "low",
            "last_restocked_at",
        )  # fmt: skip
        read_only_fields = ("product", "last_restocked_at")
        extra_kwargs = {
            "reorder_level": {"max_value": MAX_QUANTITY},
            "lead_time_days": {"max_value": 3650},
        }
        swagger_schema_fields = {"example": {"quantity": 90, "reorder_level": 10}}

    def update(self, inventory, values):
        quantity = values.pop("quantity", None)
        if values:
            # Not save(): it would write back a quantity that a sale may have changed meanwhile.
            Inventory.objects.filter(pk=inventory.pk).update(**values)
        if quantity is not None:
            correct_stock(inventory.product, quantity)
        return inventory


class NewInventory(InventoryBody):
    class Meta(InventoryBody.Meta):
        read_only_fields = ("last_restocked_at",)
        swagger_schema_fields = {
            "example": {"product": 1, "quantity": 100, "reorder_level": 10, "lead_time_days": 7}
        }

    def create(self, values):
        quantity = values.pop("quantity")
        # Created empty, so that the first count becomes a movement, too.
        inventory = Inventory.objects.create(**values)
        correct_stock(inventory.product, quantity, kind=StockMovement.Kind.OPENING)
        return inventory


class ProductFilters(filters.FilterSet):
    category_id = row("category", Category.objects, label="Category id")
    tag = row("tags", Tag.objects, label="Tag id")
    is_active = yes_no("is_active", label="Active")
    price_min = amount_filter("price", "gte", label="Lowest price")
    price_max = amount_filter("price", "lte", label="Highest price")
    low_stock = yes_no(method="by_stock", label="At or below the reorder level")

    def by_stock(self, products, name, low):
        return filter_by_stock(products, "inventory__", low)


class InventoryFilters(filters.FilterSet):
    product = row("product", Product.objects, label="Product id")
    category_id = row("product__category", Category.objects, label="Category id")
    low_stock = yes_no(method="by_stock", label="At or below the reorder level")

    def by_stock(self, inventory, name, low):
        return filter_by_stock(inventory, "", low)


def filter_by_stock(rows, path, low):
    lookup = "quantity__lte" if low else "quantity__gt"
    return rows.filter(**{path + lookup: F(path + "reorder_level")})


class CategoryFilters(filters.FilterSet):
    parent = row("parent", Category.objects, label="Id of the parent category")


class CategoryViewSet(ResourceViewSet):
    """Groups of products; a category can be inside another."""

    resource = "categories"
    queryset = Category.objects.all()
    serializer_class = CategoryBody
    filterset_class = CategoryFilters
    search_fields = ("name",)
    ordering_fields = ("name", "id")


class TagViewSet(ResourceViewSet):
    """Labels of products, across categories."""

    resource = "tags"
    queryset = Tag.objects.all()
    serializer_class = TagBody
    search_fields = ("name",)
    ordering_fields = ("name", "id")


class ProductViewSet(ResourceViewSet):
    """What the shop sells. Price and cost are in the base currency."""

    resource = "products"
    queryset = Product.objects.select_related("inventory").prefetch_related("tags")
    serializer_class = ProductBody
    filterset_class = ProductFilters
    search_fields = ("sku", "name")
    ordering_fields = ("name", "sku", "price", "created_at", "id")


class InventoryViewSet(ResourceViewSet):
    """Stock levels of products. A new quantity is recorded as a stock movement."""

    resource = "inventory"
    queryset = Inventory.objects.select_related("product")
    serializer_class = InventoryBody
    bodies = {"create": NewInventory}
    filterset_class = InventoryFilters
    search_fields = ("product__sku", "product__name")
    ordering_fields = ("product__name", "quantity", "reorder_level", "id")

    def remove(self, inventory):
        # Movements stay: without this row their sum has to be 0, or `check_stock` fails.
        if Inventory.objects.select_for_update().get(pk=inventory.pk).quantity:
            raise Conflict("This product is still in stock: set the quantity to 0 first.")
        inventory.delete()
