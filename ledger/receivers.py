"""What changed in the books is noted in the writer's transaction: it is lost or kept with it."""

from django.db.models.signals import post_delete
from django.dispatch import receiver

from catalog.models import Inventory
from core.tracking import changed
from ledger.models import Dirty


@receiver(changed)
def note_changed_parts(sender, parts, **_):
    Dirty.objects.bulk_create(Dirty(part=part) for part in sorted(parts))


@receiver(post_delete, sender=Inventory)
def note_deleted_stock(sender, **_):
    """Deleting a product deletes its inventory row in the database, past the row's own delete."""
    note_changed_parts(sender, Inventory.ledger_parts)
