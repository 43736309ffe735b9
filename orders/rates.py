"""Rates that change from day to day: of tax by country, of exchange by currency."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from catalog.models import Category
from core.scope import ByCountry, ForEveryRole
from customers.models import CURRENCY_CODE, Country

PERCENT = {"max_digits": 6, "decimal_places": 3}  # up to 100.000; Quebec charges 9.975


class TaxRateQuerySet(ByCountry, models.QuerySet):
    pass


class TaxRate(models.Model):
    """The tax rate of a country from a day on; with a category, only for products in it."""

    country = models.ForeignKey(Country, models.CASCADE, related_name="tax_rates")
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True)
    rate = models.DecimalField(
        **PERCENT,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="In percent, like 19 or 9.975.",
    )
    valid_from = models.DateField()
    # NULLs are never equal in a UNIQUE constraint, so "no category" is 0 here.
    category_key = models.GeneratedField(
        expression=models.functions.Coalesce(F("category"), 0),
        output_field=models.BigIntegerField(),
        db_persist=True,  # PostgreSQL before 18 has no virtual columns
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
        goods = f" on {self.category}" if self.category_id else ""
        return f"{self.rate.normalize():f} %{goods} in {self.country} from {self.valid_from}"


class ExchangeRateQuerySet(ForEveryRole, models.QuerySet):
    pass


class ExchangeRate(models.Model):
    """The price of one unit of a currency in the base currency on a day."""

    currency = models.CharField(max_length=3, validators=[CURRENCY_CODE])
    date = models.DateField()
    rate: Decimal = models.DecimalField(max_digits=15, decimal_places=10)

    objects = ExchangeRateQuerySet.as_manager()

    class Meta:
        ordering = ("-date", "currency")
        constraints = (
            models.UniqueConstraint(fields=["currency", "date"], name="exchange_rate_once_a_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchange_rate_positive"),
        )

    def __str__(self):
        return f"1 {self.currency} = {self.rate} on {self.date}"
