"""Change tracking: every kind of write sends `changed` in its own transaction.

Django's `post_save` is silent on `update`, `bulk_create`, `bulk_update` and queryset deletes, so
models that the ledger copies inherit from here. `parts` names what must be copied again: see
`core.parts`.
"""

from collections.abc import Iterable
from datetime import date

from django.db import models, router, transaction
from django.dispatch import Signal

from core.parts import Part

changed = Signal()  # sender: the model; parts: a frozenset of text
filled = Signal()  # an import was committed: many rows came at once
# An import was undone whose rows existed `since` then; sent in the same transaction.
undone = Signal()


def announce(model: type[models.Model], parts: Iterable[str]) -> None:
    """Send that rows of `model` in these parts changed. Code that writes raw SQL calls it."""
    if parts:
        changed.send(sender=model, parts=frozenset(parts))


def parts_of(names: Iterable[str], day: date | None) -> set[str]:
    return {str(Part(name, f"{day:%Y-%m}" if day else "")) for name in names}


# bulk_update() needs no method here: Django's goes through update().
class TrackedQuerySet(models.QuerySet):
    def parts(self) -> set[str]:
        """The parts of the ledger that hold these rows, which stay locked until the commit."""
        return self._parts_and_count()[0]

    def _parts_and_count(self) -> tuple[set[str], int | None]:
        names, path = self.model.ledger_parts, self.model.ledger_day
        if not path:
            return set(names), None
        # Locked, so that nobody moves a row to a month that is not announced.
        days = list(self.order_by().select_for_update().values_list(path, flat=True))
        return {part for day in set(days) for part in parts_of(names, day)}, len(days)

    def update(self, **values) -> int:
        # Rows that get another date leave one month and enter another: both are copied again.
        moves = self.model.ledger_day.split("__")[0] in values
        with transaction.atomic(using=self.db, savepoint=False):
            # By id: after the update the conditions of this queryset may match other rows.
            moved = list(self.values_list("pk", flat=True)) if moves else []
            parts, expected = self._parts_and_count()
            rows = super().update(**values)
            everything = self.model._default_manager.using(self.db)
            if moves:
                parts |= everything.filter(pk__in=moved).parts()
            # Other rows matched between the query and the update.
            if expected not in (None, rows):
                parts |= everything.all().parts()
            if rows:
                announce(self.model, parts)
            return rows

    update.alters_data = True  # type: ignore[attr-defined] # as Django marks it

    def bulk_create(self, objs: Iterable[models.Model], *args, **kwargs) -> list:
        objs = list(objs)
        with transaction.atomic(using=self.db, savepoint=False):
            created = super().bulk_create(objs, *args, **kwargs)
            announce(self.model, {part for row in objs for part in row.parts()})
            return created

    bulk_create.alters_data = True  # type: ignore[attr-defined] # as Django marks it

    def delete(self) -> tuple[int, dict[str, int]]:
        with transaction.atomic(using=self.db, savepoint=False):
            parts = self.parts()
            deleted = super().delete()
            if deleted[0]:
                announce(self.model, parts)
            return deleted

    delete.alters_data = True  # type: ignore[attr-defined] # as Django marks it
    delete.queryset_only = True  # type: ignore[attr-defined]


class TrackedModel(models.Model):
    """A row that the ledger copies."""

    ledger_parts: tuple[str, ...] = ()
    ledger_day = ""  # path to the date whose month holds the row, where parts go by month

    objects = TrackedQuerySet.as_manager()

    class Meta:
        abstract = True

    def parts(self) -> set[str]:
        day = None
        if self.ledger_day:
            day = self
            for step in self.ledger_day.split("__"):
                day = getattr(day, step)
        return parts_of(self.ledger_parts, day)

    def _stored(self, using: str | None) -> TrackedQuerySet:
        return type(self)._default_manager.using(using).filter(pk=self.pk)

    def save(self, *args, **kwargs) -> None:
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using, savepoint=False):
            # From the database: the instance may hold a new date already.
            before = set() if self._state.adding else self._stored(using).parts()
            super().save(*args, **kwargs)
            announce(type(self), before | self.parts())

    def delete(self, *args, **kwargs) -> tuple[int, dict[str, int]]:
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using, savepoint=False):
            parts = self._stored(using).parts()
            deleted = super().delete(*args, **kwargs)
            announce(type(self), parts)
            return deleted
