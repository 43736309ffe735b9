"""Change tracking: every kind of write sends `changed` in its own transaction.

Django's `post_save` is silent on `update`, `bulk_create`, `bulk_update` and queryset deletes, so
models that the ledger copies inherit from here. `parts` names what must be copied again: see
`core.parts`. Where few rows changed, `rows` has their ids, so that only they need to be read.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from django.db import models, router, transaction
from django.dispatch import Signal

from core.parts import Part

# sender: the model; parts: a frozenset of text; rows: a frozenset of ids in the ledger, or None
changed = Signal()
filled = Signal()  # an import was committed: many rows came at once
# An import was undone whose rows existed `since` then; sent in the same transaction.
undone = Signal()
MOST_ROWS = 100  # more are not named one by one


class Changes(NamedTuple):
    """Changed parts, and the ids of the only rows in them that changed; None stands for any row."""

    parts: set[str]
    rows: set[int] | None


def merged(changes: Iterable[Changes]) -> Changes:
    parts, rows = zip(*changes, strict=True)
    return Changes(set().union(*parts), None if None in rows else set().union(*rows))


def announce(
    model: type[models.Model], parts: Iterable[str], rows: Iterable[int] | None = None
) -> None:
    """Send that rows of `model` in these parts changed. Code that writes raw SQL calls it."""
    if parts:
        ids = frozenset(rows or ())
        named = ids if 0 < len(ids) <= MOST_ROWS else None
        changed.send(sender=model, parts=frozenset(parts), rows=named)


def parts_of(names: Iterable[str], day: date | None) -> set[str]:
    return {str(Part(name, f"{day:%Y-%m}" if day else "")) for name in names}


# bulk_update() needs no method here: Django's goes through update().
class TrackedQuerySet(models.QuerySet):
    def changes(self) -> Changes:
        """What a write to these rows changes; where parts go by month, they stay locked until the
        commit."""
        return self._changes_and_count()[0]

    def _changes_and_count(self) -> tuple[Changes, int | None]:
        names, path, row = self.model.ledger_parts, self.model.ledger_day, self.model.ledger_row
        if not path:
            return Changes(set(names), None), None
        # Locked, so that nobody moves a row to a month that is not announced.
        found = list(self.order_by().select_for_update().values_list(path, row))
        parts = {part for day in {day for day, _ in found} for part in parts_of(names, day)}
        return Changes(parts, {row for _, row in found}), len(found)

    def update(self, **values) -> int:
        # Rows that get another date leave one month and enter another: both are copied again. The
        # same holds for lines that get another order.
        moves = not values.keys().isdisjoint(self.model.fields_that_move())
        with transaction.atomic(using=self.db, savepoint=False):
            # By id: after the update the conditions of this queryset may match other rows.
            moved = list(self.values_list("pk", flat=True)) if moves else []
            changes, expected = self._changes_and_count()
            rows = super().update(**values)
            everything = self.model._default_manager.using(self.db)
            if moves:
                changes = merged([changes, everything.filter(pk__in=moved).changes()])
            # Other rows matched between the query and the update.
            if expected not in (None, rows):
                changes = merged([changes, everything.all().changes()._replace(rows=None)])
            if rows:
                announce(self.model, *changes)
            return rows

    update.alters_data = True  # type: ignore[attr-defined] # as Django marks it

    def bulk_create(self, objs: Iterable[models.Model], *args, **kwargs) -> list:
        objs = list(objs)
        with transaction.atomic(using=self.db, savepoint=False):
            created = super().bulk_create(objs, *args, **kwargs)
            if objs:
                announce(self.model, *merged(row.changes() for row in objs))
            return created

    bulk_create.alters_data = True  # type: ignore[attr-defined] # as Django marks it

    def delete(self) -> tuple[int, dict[str, int]]:
        with transaction.atomic(using=self.db, savepoint=False):
            changes, expected = self._changes_and_count()
            deleted = super().delete()
            # Other rows matched between the query and the delete.
            if expected not in (None, deleted[1].get(self.model._meta.label, 0)):
                changes = changes._replace(rows=None)
            if deleted[0]:
                announce(self.model, *changes)
            return deleted

    delete.alters_data = True  # type: ignore[attr-defined] # as Django marks it
    delete.queryset_only = True  # type: ignore[attr-defined]


class TrackedModel(models.Model):
    """A row that the ledger copies."""

    ledger_parts: tuple[str, ...] = ()
    ledger_day = ""  # path to the date whose month holds the row, where parts go by month
    ledger_row = ""  # field with the id of the row in the ledger; empty where others depend on it

    objects = TrackedQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def fields_that_move(cls) -> set[str]:
        """Fields whose new value puts the row into another part or another row of the ledger."""
        return {cls.ledger_day.split("__")[0], cls.ledger_row}

    def changes(self) -> Changes:
        day = None
        if self.ledger_day:
            day = self
            for step in self.ledger_day.split("__"):
                day = getattr(day, step)
        # MySQL, unlike MariaDB, does not return the keys of a bulk_create.
        row = getattr(self, self.ledger_row) if self.ledger_row else None
        return Changes(parts_of(self.ledger_parts, day), None if row is None else {row})

    def _stored(self, using: str | None) -> TrackedQuerySet:
        return type(self)._default_manager.using(using).filter(pk=self.pk)

    def _stored_changes(self, using: str | None) -> Changes:
        """From the database: the instance may hold a new date already."""
        return self._stored(using).changes() if self.ledger_day else self.changes()

    def save(self, *args, **kwargs) -> None:
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using, savepoint=False):
            before = [] if self._state.adding else [self._stored_changes(using)]
            super().save(*args, **kwargs)
            announce(type(self), *merged([*before, self.changes()]))

    def delete(self, *args, **kwargs) -> tuple[int, dict[str, int]]:
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using, savepoint=False):
            changes = self._stored_changes(using)
            deleted = super().delete(*args, **kwargs)
            announce(type(self), *changes)
            return deleted
