import uuid

from django.db import models
from django.utils import timezone

from analytics.ledger.fitted import FITTED
from config.scope import ForEveryRole


class SnapshotQuerySet(ForEveryRole, models.QuerySet):
    def newest(self):
        return self.order_by("-number").first()


class Snapshot(models.Model):
    """One state of the ledger: the files that make it up. It never changes.

    Two builders that start from the same state want the same number, and only one of them gets it.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    # Numbers come again when the books are restored from a copy; what is remembered goes by this.
    token = models.UUIDField(default=uuid.uuid4, unique=True)
    files = models.JSONField(help_text="The name of the file of each part.")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        ordering = ("-number",)

    def __str__(self):
        return f"Snapshot {self.number}"

    def months(self) -> list[str]:
        """Those in which something was sold or came back, like "2011-11"."""
        names = (part.partition("/") for part in self.files)
        return sorted(month for table, _, month in names if table == "lines")

    def books(self) -> dict[str, str]:
        """Those of the files that are copied from the books, without what fits wrote."""
        return {part: file for part, file in self.files.items() if part not in FITTED}


class Dirty(models.Model):
    """A part of the ledger that is older than the books, written with what changed them."""

    part = models.CharField(max_length=50)

    class Meta:
        verbose_name_plural = "dirty"

    def __str__(self):
        return self.part


class FitQuerySet(ForEveryRole, models.QuerySet):
    def of(self, name: str, snapshot: Snapshot) -> "Fit | None":
        """The fit of this name whose tables the snapshot has."""
        return self.filter(name=name, used_from__lte=snapshot.number).order_by("-used_from").first()

    def before(self, snapshot: Snapshot):
        """Those that neither this snapshot nor any later one has."""
        later = self.filter(
            name=models.OuterRef("name"),
            used_from__gt=models.OuterRef("used_from"),
            used_from__lte=snapshot.number,
        )
        return self.filter(pk__in=[f.pk for f in self.filter(models.Exists(later))])


class Fit(models.Model):
    """What a model found in the ledger, how well it did, or what it lacked. It never changes."""

    name = models.CharField(max_length=50)
    used_from = models.PositiveBigIntegerField(help_text="The first snapshot that has its tables.")
    read_from = models.PositiveBigIntegerField(help_text="The snapshot that it was made of.")
    read_from_token = models.UUIDField()
    made_at = models.DateTimeField(default=timezone.now)
    seconds = models.FloatField()
    is_refusal = models.BooleanField(help_text="There was too little to fit.")
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
