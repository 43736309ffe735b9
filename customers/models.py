from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.fields import KeyField
from core.scope import ByCountry
from core.tracking import TrackedModel, TrackedQuerySet
from customers.country_names import country_code

CURRENCY_CODE = RegexValidator("^[A-Z]{3}$", "Enter a three-letter ISO 4217 code, like EUR.")


class CountryQuerySet(ByCountry, TrackedQuerySet):
    country_path = "pk"

    def named(self, text):
        """The country with this code or name, or with a known other name of it
        (customers/country_names.py); None if there is none. Case does not matter."""
        text = text.strip()
        rows = self.filter(Q(code__iexact=text) | Q(name__iexact=text)).exclude(name="")
        return (
            rows.first() or self._with_name_in_any_case(text) or self._with_code(country_code(text))
        )

    def _with_name_in_any_case(self, text):
        """SQLite ignores the case of ASCII letters only."""
        if text.isascii():
            return None
        return next((c for c in self if c.name.casefold() == text.casefold()), None)

    def _with_code(self, code):
        return self.filter(code=code).first() if code else None


class Country(TrackedModel):
    """Where customers live. `code` is empty for places of imported files without an ISO code."""

    ledger_parts = ("countries",)
    ledger_row = "id"

    name = KeyField(max_length=100, unique=True)
    code = KeyField(
        max_length=2,
        blank=True,
        validators=[RegexValidator("^[A-Z]{2}$", "Enter a two-letter ISO 3166 code, like DE.")],
    )
    # Changing it concerns new orders only: each order keeps its own currency.
    currency = models.CharField(
        max_length=3,
        blank=True,
        validators=[CURRENCY_CODE],
        help_text="Currency of orders from this country. Leave empty for the base currency.",
    )
    taxes_shipping = models.BooleanField(
        default=False,
        help_text="Tax shipping at the rates of the goods, in proportion to their amounts.",
    )

    objects = CountryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "countries"
        ordering = ("name",)
        indexes = (models.Index(fields=["code"], name="country_code"),)
        constraints = (
            models.CheckConstraint(condition=~Q(name=""), name="country_name_not_empty"),
        )

    def __str__(self):
        return self.name


class CustomerQuerySet(ByCountry, TrackedQuerySet):
    pass


class Customer(TrackedModel):
    """A known customer. Guest orders have no customer."""

    ledger_parts = ("customers",)
    ledger_row = "id"

    code = KeyField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    # Null and not empty where unknown: a unique index allows any number of NULLs, but one "".
    email = KeyField(max_length=254, unique=True, null=True, blank=True)
    country = models.ForeignKey(Country, models.PROTECT, related_name="customers")
    registered_at = models.DateTimeField(default=timezone.now)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        indexes = (
            models.Index(fields=["name", "id"], name="customer_name"),
            models.Index(fields=["registered_at", "id"], name="customer_registered"),
            # By the beginning (core.fields.Prefix): PostgreSQL does not read the first one for it.
            models.Index(
                fields=["name"], name="customer_name_prefix", opclasses=["varchar_pattern_ops"]
            ),
        )
        constraints = (
            models.CheckConstraint(condition=~Q(code=""), name="customer_code_not_empty"),
            models.CheckConstraint(condition=~Q(email=""), name="customer_email_null_or_filled"),
        )

    def __str__(self):
        return f"{self.name} ({self.code})"
