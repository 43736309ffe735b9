import uuid
from functools import cached_property, lru_cache
from typing import NamedTuple

from django.db import models
from django.utils import timezone

from core.parts import Part
from core.scope import ForEveryRole
from ledger.tables import BOOK_TABLES


class StoredFile(NamedTuple):
    """What is known of a file of the ledger. Old versions noted nothing but the name."""

    name: str
    size: int | None
    digest: str  # SHA-256, or nothing


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
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        db_table = "analytics_snapshot"
        ordering = ("-number",)

    def __str__(self):
        return f"Snapshot {self.number}"

    @cached_property
    def parts(self) -> dict[str, StoredFile]:
        """The file of each part."""
        return parts_of_snapshot(self.number, self.token)

    @property
    def files(self) -> dict[str, str]:
        """The name of the file of each part."""
        return {part: file.name for part, file in self.parts.items()}

    def months(self) -> list[str]:
        """Those in which something was sold or came back, like "2011-11"."""
        return sorted(part.month for part in map(Part.parse, self.parts) if part.table == "lines")

    def books(self) -> dict[str, StoredFile]:
        """Those of the files that are copied from the books, without what fits wrote."""
        return {
            part: file for part, file in self.parts.items() if Part.parse(part).table in BOOK_TABLES
        }


class LedgerFileQuerySet(ForEveryRole, models.QuerySet):
    def of(self, number: int):
        """Those of a snapshot."""
        still = models.Q(last=None) | models.Q(last__gte=number)
        return self.filter(still, first__lte=number)


class LedgerFile(models.Model):
    """A file of the ledger, and the snapshots that it belongs to: a new snapshot costs a row for
    each part that changed, however many parts there are."""

    part = models.CharField(max_length=50)
    name = models.CharField(max_length=150)
    size = models.PositiveBigIntegerField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    first = models.PositiveBigIntegerField(help_text="The first snapshot that has it.")
    last = models.PositiveBigIntegerField(
        null=True, db_index=True, help_text="The last one; empty while the newest has it."
    )
    unused_since = models.DateTimeField(null=True, help_text="No snapshot that is kept has it.")

    objects = LedgerFileQuerySet.as_manager()

    class Meta:
        db_table = "analytics_ledgerfile"
        ordering = ("part", "first")
        constraints = [
            models.UniqueConstraint(fields=("part", "first"), name="one_file_a_part"),
            models.CheckConstraint(
                condition=models.Q(last__gte=models.F("first")), name="last_not_before_first"
            ),
        ]

    def __str__(self):
        return self.name


@lru_cache(maxsize=64)
def parts_of_snapshot(number: int, token: uuid.UUID) -> dict[str, StoredFile]:
    """By its token, which never comes again: what a snapshot has never changes."""
    rows = LedgerFile.objects.of(number).values_list("part", "name", "size", "digest")
    return {part: StoredFile(*file) for part, *file in rows}


class Dirty(models.Model):
    """A part of the ledger that is older than the books, written with what changed them."""

    part = models.CharField(max_length=50)

    class Meta:
        db_table = "analytics_dirty"
        verbose_name_plural = "dirty"

    def __str__(self):
        return self.part
