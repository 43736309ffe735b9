from datetime import date
from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from catalog.models import Product
from core.fields import KeyField, MoneyField
from core.scope import ByCountry
from core.tracking import TrackedModel, TrackedQuerySet
from customers.models import CURRENCY_CODE, Country, Customer
from orders.rates import PERCENT, ExchangeRate, TaxRate

__all__ = [  # with all that Django has to know
    "ExchangeRate", "IdempotencyKey", "Order", "OrderItem", "OrderQuerySet", "StatusChange",
    "TaxRate",
]  # fmt: skip


class OrderQuerySet(ByCountry, TrackedQuerySet):
    def sales(self) -> Self:
        return self.filter(kind=Order.Kind.SALE)

    def counting(self) -> Self:
        """Sales and returns that count in figures: everything that is not canceled."""
        return self.exclude(status=Order.Status.CANCELED)

    def in_period(self, start: date | None = None, end: date | None = None) -> Self:
        """Placed from `start` to `end`, both included, in the shop's time zone."""
        days = {"placed_on__gte": start, "placed_on__lte": end}
        return self.filter(**{key: day for key, day in days.items() if day})

    def with_items(self) -> Self:
        """With items and their products in one query.

        A second prefetch would name every product in an IN condition, and SQLite refuses a
        statement with too many parameters.
        """
        items = OrderItem.objects.select_related("product")
        return self.prefetch_related(models.Prefetch("items", items))


class Order(TrackedModel):
    """A sale, or a return with its own date. Prices and rates are frozen on the order."""

    ledger_parts = ("orders", "lines")
    ledger_day = "placed_on"
    ledger_row = "id"

    class Kind(models.TextChoices):
        SALE = "sale"
        RETURN = "return"

    class Status(models.TextChoices):
        PENDING = "pending"
        PAID = "paid"
        SHIPPED = "shipped"
        DELIVERED = "delivered"
        CANCELED = "canceled"
        REFUNDED = "refunded"  # the only status of a return

    # Unique per source: two systems whose orders are imported may use the same numbers.
    number = KeyField(max_length=100)
    source = KeyField(max_length=50, default="shop", editable=False)
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.SALE)
    returns = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="returned_by"
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="orders"
    )
    country = models.ForeignKey(Country, models.PROTECT, related_name="orders")
    status = models.CharField(max_length=9, choices=Status, default=Status.PENDING)
    placed_at = models.DateTimeField(default=timezone.now)
    # The day of `placed_at` in the shop's time zone. Stored, so that it has an index and so that
    # MariaDB needs no time zone tables.
    placed_on: date = models.DateField(editable=False)
    currency = models.CharField(max_length=3, validators=[CURRENCY_CODE])
    exchange_rate: Decimal = models.DecimalField(max_digits=15, decimal_places=10, default=1)
    # Frozen like the prices: the setting PRICES_INCLUDE_TAX may change.
    tax_included = models.BooleanField(default=False)
    subtotal: Decimal = MoneyField(default=0)
    discount: Decimal = MoneyField(default=0)
    voucher_value: Decimal = MoneyField(
        default=0, help_text="Value of the vouchers, including the part that the order did not use."
    )
    voucher_amount: Decimal = MoneyField(
        default=0, help_text="Part of the discount that was paid with vouchers."
    )
    shipping: Decimal = MoneyField(default=0, help_text="Includes tax if prices include tax.")
    shipping_tax: Decimal = MoneyField(default=0, help_text="Part of the tax that is on shipping.")
    tax: Decimal = MoneyField(default=0)
    total: Decimal = MoneyField(default=0)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ("-placed_at", "-id")
        indexes = (
            # With the id, in which every order of a list ends (core/ordering.py).
            models.Index(fields=["placed_at", "id"], name="order_time"),
            models.Index(fields=["placed_on"], name="order_day"),
            models.Index(fields=["country", "placed_at"], name="order_country_time"),
            models.Index(fields=["customer", "placed_at"], name="order_customer_time"),
            models.Index(fields=["status", "placed_at"], name="order_status_time"),
            models.Index(fields=["total", "id"], name="order_total"),
            # Numbers by their beginning, in all sources (core.fields.Prefix).
            models.Index(fields=["number"], name="order_number", opclasses=["varchar_pattern_ops"]),
        )
        constraints = (
            models.UniqueConstraint(fields=["source", "number"], name="order_number_unique"),
            models.CheckConstraint(condition=~Q(number=""), name="order_number_not_empty"),
            models.CheckConstraint(
                # A return may be without its sale: imported ones do not refer to it.
                condition=Q(kind="sale", returns__isnull=True) & ~Q(status="refunded")
                | Q(kind="return", status="refunded"),
                name="order_kind_and_status_agree",
            ),
            models.CheckConstraint(
                condition=Q(
                    # Also of returns: their kind makes them negative in reports, not a sign.
                    subtotal__gte=0,
                    discount__gte=0,
                    shipping__gte=0,
                    tax__gte=0,
                    total__gte=0,
                ),
                name="order_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(voucher_amount__gte=0), name="order_voucher_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(shipping_tax__gte=0, shipping_tax__lte=F("tax")),
                name="order_shipping_tax_within_tax",
            ),
            models.CheckConstraint(
                condition=Q(voucher_value__gte=F("voucher_amount")),
                name="order_voucher_within_its_value",
            ),
            models.CheckConstraint(
                condition=Q(exchange_rate__gt=0), name="order_exchange_rate_positive"
            ),
        )

    def __str__(self):
        return self.number

    def save(self, *args: Any, **kwargs: Any) -> None:
        # Here and not in a generated column, because no database knows the setting TIME_ZONE.
        self.placed_on = timezone.localdate(self.placed_at)
        super().save(*args, **kwargs)


class ItemQuerySet(ByCountry, TrackedQuerySet):
    country_path = "order__country"


class OrderItem(TrackedModel):
    """A line of an order. `discount` includes the line's share of the voucher."""

    class RateSource(models.TextChoices):
        COUNTRY = "country", "rate of the country"
        FILE = "file", "given in the imported file"
        COMPUTED = "computed", "calculated from tax and net amount"

    ledger_parts = ("orders", "lines")
    ledger_day = "order__placed_on"
    ledger_row = "order_id"

    order = models.ForeignKey(Order, models.CASCADE, related_name="items")
    product = models.ForeignKey(Product, models.PROTECT, related_name="order_items")
    quantity = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    unit_price: Decimal = MoneyField()
    unit_cost: Decimal | None = MoneyField(null=True, blank=True)
    discount: Decimal = MoneyField(default=0)
    voucher_share: Decimal = MoneyField(default=0)
    tax_rate: Decimal = models.DecimalField(**PERCENT, default=0)
    tax_rate_source = models.CharField(
        max_length=8, choices=RateSource, blank=True, default="", help_text="Empty if unknown."
    )
    tax: Decimal = MoneyField(default=0)
    returns = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="returned_by"
    )
    # Not summed from the returns: a conditional UPDATE needs a counter to refuse too many.
    returned = models.PositiveIntegerField(default=0, help_text="Units returned so far.")

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ("order", "id")
        constraints = (
            models.CheckConstraint(condition=Q(quantity__gt=0), name="item_quantity_positive"),
            models.CheckConstraint(
                condition=Q(returned__gte=0, returned__lte=F("quantity")),
                name="item_returned_within_bought",
            ),
            models.CheckConstraint(
                condition=Q(unit_price__gte=0, discount__gte=0, voucher_share__gte=0, tax__gte=0),
                name="item_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(tax_rate__gte=0, tax_rate__lte=100),
                name="item_tax_rate_is_a_percent",
            ),
        )

    def __str__(self):
        return f"{self.quantity} × {self.product}"

    @property
    def gross(self) -> Decimal:
        return self.unit_price * self.quantity

    @property
    def amount(self) -> Decimal:
        """The price of the line after discounts; includes tax if prices include tax."""
        return self.gross - self.discount

    @property
    def net(self) -> Decimal:
        return self.amount - self.tax if self.order.tax_included else self.amount


class StatusChange(models.Model):
    """When an order got a status here, and who gave it. Imported orders arrive with theirs."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="status_changes")
    status = models.CharField(max_length=9, choices=Order.Status)
    changed_at = models.DateTimeField(default=timezone.now)
    # Null for programs, and for people whose account was deleted.
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("changed_at", "id")

    def __str__(self):
        return f"{self.order}: {self.status}"


class IdempotencyKey(models.Model):
    """A request and its response: a repeated request gets the same response and changes nothing."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    # Chosen by clients, so it is unique per user only: others may choose the same.
    key = KeyField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    answer = models.JSONField(null=True)  # null only inside the transaction of its request
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once"),
        )
