from django.db import models
from django.utils import timezone

from core.scope import ForEveryRole
from ledger.models import Snapshot


class FitQuerySet(ForEveryRole, models.QuerySet):
    def in_snapshot(self, name: str, snapshot: Snapshot) -> "Fit | None":
        """The fit of this name whose tables the snapshot has."""
        return self.filter(name=name, used_from__lte=snapshot.number).order_by("-used_from").first()


class Fit(models.Model):
    """One run of a model: its parameters and backtest, or what data it lacked. Never changes."""

    name = models.CharField(max_length=50)
    used_from = models.PositiveBigIntegerField(help_text="The first snapshot that has its tables.")
    # Numbers, no foreign keys: snapshots are thinned out, and a fit outlives the one that it read.
    read_from = models.PositiveBigIntegerField(help_text="The snapshot that it was made of.")
    # Numbers repeat when the books are restored from a copy; the token does not.
    read_from_token = models.UUIDField()
    made_at = models.DateTimeField(default=timezone.now)
    seconds = models.FloatField()
    is_refusal = models.BooleanField(help_text="There was too little to fit.")
    is_withdrawal = models.BooleanField(
        default=False, help_text="The fit before it was made of an import that was undone."
    )
    tables = models.JSONField(default=list, help_text="Those of the ledger that it wrote.")
    words = models.TextField(help_text="Said with every answer that is made of it.")
    parameters = models.JSONField(default=dict)
    backtest = models.JSONField(default=dict, help_text="How it did where the outcome is known.")

    objects = FitQuerySet.as_manager()

    class Meta:
        ordering = ("-used_from",)
        constraints = [
            models.UniqueConstraint(fields=("name", "used_from"), name="one_fit_a_snapshot"),
        ]

    def __str__(self):
        return f"{self.name} of snapshot {self.read_from}"


class FitRequest(models.Model):
    """A request to fit all models.

    There is at most one row: all requests before the work begins count as one.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    requested_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    # How often running fits were stopped in a row because the books had changed.
    restarts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="one_request_for_fits"),
        ]


class Withdrawal(models.Model):
    """An import was undone: fits that have read an earlier snapshot are not put to use."""

    number = models.PositiveBigIntegerField(
        primary_key=True, help_text="The snapshot that was made in the transaction of the undo."
    )

    def __str__(self):
        return f"Fits of snapshots before {self.number}"
