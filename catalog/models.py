from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core.fields import KeyField, MoneyField
from core.scope import ForEveryRole
from core.tracking import TrackedModel, TrackedQuerySet


class CategoryQuerySet(ForEveryRole, TrackedQuerySet):
    pass


class Category(TrackedModel):
    """A group of products; categories can be nested."""

    ledger_parts = ("products",)

    name = KeyField(max_length=100, unique=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "categories"
        ordering = ("name",)

    def __str__(self):
        return self.name

    def clean(self):
        if self.pk and any(category.pk == self.pk for category in self.ancestors()):
            raise ValidationError({"parent": "A category cannot be inside itself."})

    def ancestors(self):
        """The categories around this one, the nearest first; it ends even on a circle."""
        seen, category = set(), self.parent
        while category and category.pk not in seen:
            yield category
            seen.add(category.pk)
            category = category.parent


class TagQuerySet(ForEveryRole, TrackedQuerySet):
    pass


class Tag(TrackedModel):
    """A label of products, across categories."""

    ledger_parts = ("product_tags",)

    name = KeyField(max_length=50, unique=True)

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self):
        return self.name


class ProductQuerySet(TrackedQuerySet):
    def active(self):
        return self.filter(is_active=True)

    def for_user(self, user):
        """Every role sees active products; inactive ones only those who may change them."""
        if not user.role:
            return self.none()
        return self if user.may("products", "update") else self.active()


class Product(TrackedModel):
    """Something the shop sells. Price and cost are in the base currency."""

    ledger_parts = ("products",)
    ledger_row = "id"

    sku = KeyField("SKU", max_length=100, unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    price = MoneyField(validators=[MinValueValidator(0)])
    # Null where unknown: 0 would count as a margin of 100 %.
    cost = MoneyField(null=True, blank=True, validators=[MinValueValidator(0)])
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="products"
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="products")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        indexes = (
            models.Index(fields=["name", "id"], name="product_name"),
            # By the beginning (core.fields.Prefix): PostgreSQL does not read the first one for it.
            models.Index(
                fields=["name"], name="product_name_prefix", opclasses=["varchar_pattern_ops"]
            ),
            models.Index(fields=["price", "id"], name="product_price"),
            models.Index(fields=["is_active", "name"], name="product_active_name"),
        )
        constraints = (
            models.CheckConstraint(condition=~Q(sku=""), name="product_sku_not_empty"),
            models.CheckConstraint(condition=Q(price__gte=0), name="product_price_not_negative"),
            models.CheckConstraint(
                condition=Q(cost__isnull=True) | Q(cost__gte=0),
                name="product_cost_not_negative",
            ),
        )

    def __str__(self):
        return f"{self.sku} {self.name}"


class InventoryQuerySet(ForEveryRole, TrackedQuerySet):
    def for_user(self, user):
        return super().for_user(user).filter(product__in=Product.objects.for_user(user))

    def low(self):
        """Active products at or below their reorder level."""
        return self.filter(quantity__lte=F("reorder_level"), product__is_active=True)


class Inventory(TrackedModel):
    """How many units are in stock: always the sum of the product's stock movements."""

    ledger_parts = ("inventory",)

    product = models.OneToOneField(Product, models.CASCADE, related_name="inventory")
    quantity = models.PositiveIntegerField(default=0)
    reorder_level = models.PositiveIntegerField(default=0)
    lead_time_days = models.PositiveIntegerField(default=7)
    last_restocked_at = models.DateTimeField(null=True, blank=True)

    objects = InventoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "inventory"
        ordering = ("product__name", "id")
        # No index on quantity: MariaDB may look for "this product, at least n" through it, and then
        # misses the row whose entry another sale is just moving.
        constraints = (
            # MariaDB and PostgreSQL have it from the column's type, SQLite only from here.
            models.CheckConstraint(
                condition=Q(quantity__gte=0), name="inventory_quantity_not_negative"
            ),
        )

    def __str__(self):
        return f"{self.product}: {self.quantity}"

    @property
    def is_low(self):
        return self.quantity <= self.reorder_level


class MovementQuerySet(models.QuerySet):
    # A correction needs a movement of its own, or stock could no longer be explained.
    def update(self, **values):
        raise TypeError("A stock movement cannot be changed: add one that corrects it.")

    def delete(self):
        raise TypeError("A stock movement cannot be deleted: add one that corrects it.")

    def for_user(self, user):
        # A movement has no country, but it shows what was sold in all of them.
        return self if user.role and user.sees_every_country else self.none()


class StockMovement(models.Model):
    """One change of one product's stock. Append-only: `Inventory` is the sum of the movements."""

    class Kind(models.TextChoices):
        OPENING = "opening"
        RESTOCK = "restock"
        SALE = "sale"
        CANCEL = "cancel"
        RETURN = "return"
        CORRECTION = "correction"

    product = models.ForeignKey(Product, models.PROTECT, related_name="movements")
    quantity = models.IntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    # Text and a number, not foreign keys: movements outlive the orders that caused them.
    source = KeyField(max_length=100)
    line = models.PositiveBigIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)
    moved_at = models.DateTimeField(default=timezone.now)

    objects = MovementQuerySet.as_manager()

    class Meta:
        ordering = ("-moved_at", "-id")
        indexes = (models.Index(fields=["product", "moved_at"], name="movement_product_time"),)
        constraints = (
            # Whatever the services do, no order line is sold, canceled or returned to stock twice.
            models.UniqueConstraint(
                fields=["source", "line", "kind"], name="movement_recorded_once"
            ),
            models.CheckConstraint(condition=~Q(quantity=0), name="movement_moves_something"),
        )

    def __str__(self):
        return f"{self.get_kind_display()} {self.quantity:+d} {self.product}"

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise TypeError("A stock movement cannot be changed: add one that corrects it.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("A stock movement cannot be deleted: add one that corrects it.")
