"""Notes changed parts in the transaction of the write: both are committed or rolled back."""

from collections.abc import Iterable

from django.db.models import Model
from django.db.models.signals import post_delete
from django.dispatch import receiver

from catalog.models import Inventory
from core.tracking import changed
from ledger.models import Dirty


@receiver(changed)
def note_changed_parts(
    sender: type[Model], parts: Iterable[str], rows: Iterable[int] | None = None, **_: object
) -> None:
    ids = sorted(rows) if rows else [None]
    Dirty.objects.bulk_create(Dirty(part=part, row_id=row) for part in sorted(parts) for row in ids)


@receiver(post_delete, sender=Inventory)
def note_deleted_stock(sender: type[Inventory], instance: Inventory, **_: object) -> None:
    """Deleting a product deletes its inventory row too, without calling the row's own `delete`."""
    note_changed_parts(sender, Inventory.ledger_parts, {instance.product_id})
