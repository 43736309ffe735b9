from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from catalog.models import Category, Product
from core.fields import KeyField, MoneyField
from core.scope import ByCountry, ForEveryRole
from core.tracking import TrackedModel, TrackedQuerySet
from customers.models import Country, Customer

PERCENT = {"max_digits": 6, "decimal_places": 3}
CURRENCY = RegexValidator("^[A-Z]{3}$", "Three capital letters, as ISO 4217 has them.")


class TaxRateQuerySet(ByCountry, models.QuerySet):
    pass


class TaxRate(models.Model):
    """Percent of tax in a country from a day on; with a category, only for what stands in it."""

    country = models.ForeignKey(Country, models.CASCADE, related_name="tax_rates")
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True)
    rate = models.DecimalField(
        **PERCENT,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="Percent, for example 19 or 9.975.",
    )
    valid_from = models.DateField()
    # NULLs are never equal in a UNIQUE, so "no category" gets a number that can be.
    category_key = models.GeneratedField(
        expression=models.functions.Coalesce(F("category"), 0),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )

    objects = TaxRateQuerySet.as_manager()

    class Meta:
        ordering = ("country__name", "category__name", "-valid_from", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["country", "category_key", "valid_from"],
                name="tax_rate_once_a_day",
            ),
            models.CheckConstraint(
                condition=Q(rate__gte=0, rate__lte=100), name="tax_rate_is_a_percent"
            ),
        )

    def __str__(self):
        what = f" on {self.category}" if self.category_id else ""
        return f"{self.rate.normalize():f} %{what} in {self.country} from {self.valid_from}"


class ExchangeRateQuerySet(ForEveryRole, models.QuerySet):
    pass


class ExchangeRate(models.Model):
    """What one unit of a currency was worth in the base currency on a day."""

    currency = models.CharField(max_length=3, validators=[CURRENCY])
    date = models.DateField()
    rate = models.DecimalField(max_digits=15, decimal_places=10)

    objects = ExchangeRateQuerySet.as_manager()

    class Meta:
        ordering = ("-date", "currency")
        constraints = (
            models.UniqueConstraint(fields=["currency", "date"], name="exchange_rate_once_a_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchange_rate_positive"),
        )

    def __str__(self):
        return f"1 {self.currency} = {self.rate} on {self.date}"


class OrderQuerySet(ByCountry, TrackedQuerySet):
    def sales(self):
        return self.filter(kind=Order.Kind.SALE)

    def counting(self):
        """What counts as sold or given back: everything that is not canceled."""
        return self.exclude(status=Order.Status.CANCELED)

    def in_period(self, start=None, end=None):
        """Dated from `start` to `end`, both included, by the shop's own calendar."""
        days = {"placed_on__gte": start, "placed_on__lte": end}
        return self.filter(**{key: day for key, day in days.items() if day})

    def with_items(self):
        """And their products, by one query: fetched apart they would each be a condition, and of
        more than a thousand SQLite takes none."""
        items = OrderItem.objects.select_related("product")
        return self.prefetch_related(models.Prefetch("items", items))


class Order(TrackedModel):
    """A sale, or a return with a date of its own. What could change later is frozen on it."""

    ledger_parts = ("orders", "lines")
    ledger_day = "placed_on"

    class Kind(models.TextChoices):
        SALE = "sale"
        RETURN = "return"

    class Status(models.TextChoices):
        PENDING = "pending"
        PAID = "paid"
        SHIPPED = "shipped"
        DELIVERED = "delivered"
        CANCELED = "canceled"
        REFUNDED = "refunded"  # the one state of a return

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
    placed_on = models.DateField(editable=False)
    currency = models.CharField(max_length=3, validators=[CURRENCY])
    exchange_rate = models.DecimalField(max_digits=15, decimal_places=10, default=1)
    tax_included = models.BooleanField(default=False)
    subtotal = MoneyField(default=0)
    discount = MoneyField(default=0)
    voucher_value = MoneyField(
        default=0, help_text="What the vouchers are worth; what the order cannot use stays on them."
    )
    voucher_amount = MoneyField(default=0, help_text="The part of the discount that vouchers paid.")
    shipping = MoneyField(default=0, help_text="As priced: with tax where prices include it.")
    shipping_tax = MoneyField(default=0, help_text="The part of the tax that is on the shipping.")
    tax = MoneyField(default=0)
    total = MoneyField(default=0)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ("-placed_at", "-id")
        indexes = (
            models.Index(fields=["placed_at", "id"], name="order_time"),
            models.Index(fields=["placed_on"], name="order_day"),
            models.Index(fields=["country", "placed_at"], name="order_country_time"),
            models.Index(fields=["customer", "placed_at"], name="order_customer_time"),
            models.Index(fields=["status", "placed_at"], name="order_status_time"),
            models.Index(fields=["total", "id"], name="order_total"),
        )
        constraints = (
            models.UniqueConstraint(fields=["source", "number"], name="order_number_unique"),
            models.CheckConstraint(condition=~Q(number=""), name="order_number_not_empty"),
            models.CheckConstraint(
                condition=Q(kind="sale", returns__isnull=True) & ~Q(status="refunded")
                | Q(kind="return", status="refunded"),
                name="order_kind_and_status_agree",
            ),
            models.CheckConstraint(
                condition=Q(
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

    def save(self, *args, **kwargs):
        self.placed_on = timezone.localdate(self.placed_at)
        super().save(*args, **kwargs)


class ItemQuerySet(ByCountry, TrackedQuerySet):
    country_path = "order__country"


class OrderItem(TrackedModel):
    """A line of a document. `discount` holds the line's own and its share of the voucher."""

    class RateSource(models.TextChoices):
        COUNTRY = "country", "the country's rate"
        FILE = "file", "declared by the file"
        COMPUTED = "computed", "computed from tax and net amount"

    ledger_parts = ("orders", "lines")
    ledger_day = "order__placed_on"

    order = models.ForeignKey(Order, models.CASCADE, related_name="items")
    product = models.ForeignKey(Product, models.PROTECT, related_name="order_items")
    quantity = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    unit_price = MoneyField()
    unit_cost = MoneyField(null=True, blank=True)
    discount = MoneyField(default=0)
    voucher_share = MoneyField(default=0)
    tax_rate = models.DecimalField(**PERCENT, default=0)
    tax_rate_source = models.CharField(
        max_length=8, choices=RateSource, blank=True, default="", help_text="Empty: not known."
    )
    tax = MoneyField(default=0)
    returns = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="returned_by"
    )
    returned = models.PositiveIntegerField(default=0, help_text="How many of them came back.")

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
    def gross(self):
        return self.unit_price * self.quantity

    @property
    def amount(self):
        """What the customer sees for the line: with tax where prices include it."""
        return self.gross - self.discount

    @property
    def net(self):
        return self.amount - self.tax if self.order.tax_included else self.amount


class IdempotencyKey(models.Model):
    """A request that was answered, so that its repetition gets the same answer and does nothing."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = KeyField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once"),
        )
