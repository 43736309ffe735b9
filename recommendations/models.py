from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.fields import MoneyField
from core.scope import ByCountry
from customers.models import Country, Customer


class VoucherQuerySet(ByCountry, models.QuerySet):
    pass


class Voucher(models.Model):
    """A voucher for a customer; with `held_out` it was not sent, to measure the effect."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="vouchers")
    country = models.ForeignKey(Country, models.PROTECT, related_name="+")
    segment_name = models.CharField(max_length=20)
    # As text: the bounds of segments are settings, and a voucher keeps those of its day.
    segment = models.CharField(max_length=20)
    amount = MoneyField(help_text="What the segment gets; who is held out did not get it.")
    held_out = models.BooleanField()
    issued_on = models.DateField(default=timezone.localdate)

    objects = VoucherQuerySet.as_manager()

    class Meta:
        ordering = ("-issued_on", "-id")
        indexes = (models.Index(fields=["issued_on", "id"], name="voucher_issued"),)
        constraints = (
            models.UniqueConstraint(
                fields=["customer", "issued_on"], name="voucher_once_a_day_each"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="voucher_amount_positive"),
        )

    def __str__(self):
        return f"{self.amount} for {self.customer}" + (" (held out)" if self.held_out else "")
