import uuid
from datetime import datetime
from functools import cached_property, lru_cache
from typing import NamedTuple

from django.db import models
from django.utils import timezone

from core.parts import Part
from core.scope import ForEveryRole
from ledger.tables import BOOK_TABLES


class StoredFile(NamedTuple):
    """A file of the ledger. Old versions stored only its name."""

    name: str
    size: int | None
    digest: str  # SHA-256, or empty


# One statement, so both are of the same moment. By hand, because every question asks it: the two
# queries took Django longer than all else about a remembered answer.
UP_TO_DATE = """
    SELECT number, token, created_at FROM analytics_snapshot
    WHERE NOT EXISTS (SELECT 1 FROM analytics_dirty) ORDER BY number DESC LIMIT 1
"""


class SnapshotQuerySet(ForEveryRole, models.QuerySet):
    def up_to_date(self) -> "Snapshot | None":
        """The newest, unless the books have changed since."""
        return next(iter(self.raw(UP_TO_DATE)), None)

    def newest(self) -> "Snapshot | None":
        return self.order_by("-number").first()


class Snapshot(models.Model):
    """One state of the ledger: a numbered list of files that never changes.

    Two builders that start from the same state try to insert the same number; only one succeeds.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    # Numbers repeat when the books are restored from a copy; caches use this as their key.
    token = models.UUIDField(default=uuid.uuid4, unique=True)
    # All that was committed before this moment is in it.
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    # Not stored: whole seconds since the first change that it lacks, when it was chosen for a
    # reader; None for one that was asked for by its number.
    behind_s: int | None = 0

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        # From when the ledger was a part of the app analytics, so that no table had to be renamed.
        db_table = "analytics_snapshot"
        ordering = ("-number",)

    def __str__(self):
        return f"Snapshot {self.number}"

    @cached_property
    def parts(self) -> dict[str, StoredFile]:
        """The file of each part."""
        return parts_of_snapshot(self.number, self.token)

    @property
    def tables(self) -> dict[str, dict[str, StoredFile]]:
        """The same by table, months in order."""
        return parts_by_table(self.number, self.token)

    @property
    def files(self) -> dict[str, str]:
        """The name of the file of each part."""
        return {part: file.name for part, file in self.parts.items()}

    def months(self) -> list[str]:
        """The months with sales or returns, like "2011-11"."""
        return sorted(part.month for part in map(Part.parse, self.parts) if part.table == "lines")

    def book_files(self) -> dict[str, StoredFile]:
        """The files of tables copied from the books, without those that fits wrote."""
        return {
            part: file for part, file in self.parts.items() if Part.parse(part).table in BOOK_TABLES
        }


class LedgerFileQuerySet(ForEveryRole, models.QuerySet):
    def in_snapshot(self, number: int) -> "LedgerFileQuerySet":
        is_not_replaced = models.Q(last=None) | models.Q(last__gte=number)
        return self.filter(is_not_replaced, first__lte=number)


class LedgerFile(models.Model):
    """A file of the ledger and the range of snapshots that it belongs to.

    A new snapshot adds a row for each part that changed, however many parts there are.
    """

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
    """Cached by the token, which unlike the number is never used again."""
    rows = LedgerFile.objects.in_snapshot(number).values_list("part", "name", "size", "digest")
    return {part: StoredFile(*file) for part, *file in rows}


@lru_cache(maxsize=64)
def parts_by_table(number: int, token: uuid.UUID) -> dict[str, dict[str, StoredFile]]:
    tables: dict[str, dict[str, StoredFile]] = {}
    for part, file in sorted(parts_of_snapshot(number, token).items()):
        tables.setdefault(Part.parse(part).table, {})[part] = file
    return tables


class DirtyQuerySet(ForEveryRole, models.QuerySet):
    def since(self) -> datetime | None:
        """The time of the first change that the newest snapshot lacks."""
        return self.order_by("pk").values_list("changed_at", flat=True).first()


# Not unique: writers of the same month would have to wait for each other's commit, and a build
# could not tell the changes that it has read from later ones.
class Dirty(models.Model):
    """A part of the ledger that is older than the books, or one of its rows.

    It is written in the same transaction as the change.
    """

    part = models.CharField(max_length=50)
    row_id = models.BigIntegerField(null=True, help_text="Empty if any row may have changed.")
    changed_at = models.DateTimeField(default=timezone.now)

    objects = DirtyQuerySet.as_manager()

    class Meta:
        db_table = "analytics_dirty"
        verbose_name_plural = "dirty"

    def __str__(self):
        return self.part
