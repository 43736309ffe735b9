from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.fields import KeyField
from core.scope import ByCountry
from core.tracking import TrackedModel, TrackedQuerySet
from customers.country_names import code_of


class CountryQuerySet(ByCountry, TrackedQuerySet):
    country_path = "pk"

    def named(self, text):
        """The country with this code or name, in any case, else the one that is known to be called
        so elsewhere (customers/country_names.py); None if there is none."""
        text = text.strip()
        found = self.filter(Q(code__iexact=text) | Q(name__iexact=text)).exclude(name="").first()
        return found or self._spelt_otherwise(text) or self._with_code(code_of(text))

    def _spelt_otherwise(self, text):
        """SQLite knows no capitals but those of ASCII."""
        if text.isascii():
            return None
        return next((row for row in self if row.name.casefold() == text.casefold()), None)

    def _with_code(self, code):
        return self.filter(code=code).first() if code else None


class Country(TrackedModel):
    """Where a customer lives. Places of old files that have no ISO code keep an empty one."""

    ledger_parts = ("countries",)

    name = KeyField(max_length=100, unique=True)
    code = KeyField(
        max_length=2,
        blank=True,
        validators=[RegexValidator("^[A-Z]{2}$", "Two capital letters, as ISO 3166 has them.")],
    )
    currency = models.CharField(
        max_length=3,
        blank=True,
        validators=[RegexValidator("^[A-Z]{3}$", "Three capital letters, as ISO 4217 has them.")],
        help_text="Customers here pay in it; empty means the base currency.",
    )
    taxes_shipping = models.BooleanField(
        default=False,
        help_text="Shipping is taxed at the goods' rates, in proportion to them, as in the EU.",
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
    """Somebody identified who buys. Guests have no row here."""

    ledger_parts = ("customers",)

    code = KeyField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    email = KeyField(max_length=254, unique=True, null=True, blank=True)
    country = models.ForeignKey(Country, models.PROTECT, related_name="customers")
    registered_at = models.DateTimeField(default=timezone.now)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        indexes = (
            models.Index(fields=["name", "id"], name="customer_name"),
            models.Index(fields=["registered_at", "id"], name="customer_registered"),
        )
        constraints = (
            models.CheckConstraint(condition=~Q(code=""), name="customer_code_not_empty"),
            models.CheckConstraint(condition=~Q(email=""), name="customer_email_null_or_filled"),
        )

    def __str__(self):
        return f"{self.name} ({self.code})"
