"""Notes changed parts in the transaction of the write: both are committed or rolled back."""

from collections.abc import Iterable

from django.db.models import Model
from django.db.models.signals import post_delete
from django.dispatch import receiver

from catalog.models import Inventory
from core.tracking import changed
from ledger.models import Dirty


@receiver(changed)
def note_changed_parts(sender: type[Model], parts: Iterable[str], **_: object) -> None:
    Dirty.objects.bulk_create(Dirty(part=part) for part in sorted(parts))


@receiver(post_delete, sender=Inventory)
def note_deleted_stock(sender: type[Inventory], **_: object) -> None:
    """Deleting a product deletes its inventory row too, without calling the row's own `delete`."""
    note_changed_parts(sender, Inventory.ledger_parts)
