"""Notes changed parts in the transaction of the write: both are committed or rolled back."""

from collections.abc import Iterable

from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, pre_delete
from django.dispatch import receiver

from catalog.models import Inventory, Product, Tag
from core.tracking import announce, changed, parts_of
from customers.models import Customer
from ledger.models import Dirty
from shop_settings.services import settings_saved


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


@receiver(m2m_changed, sender=Product.tags.through)
def note_changed_tags(
    sender: type[Model],
    instance: Model,
    action: str,
    reverse: bool,
    pk_set: set[int] | None,
    **_: object,
) -> None:
    """Tags of a product; where it is `reverse`, products of a tag, of which `clear` names none."""
    if action == "pre_clear" or (pk_set and action in ("post_add", "post_remove")):
        announce(sender, Tag.ledger_parts, pk_set if reverse else {instance.pk})


@receiver(pre_delete, sender=Product)
def note_deleted_tags(sender: type[Product], instance: Product, **_: object) -> None:
    """The rows of a deleted product's tags go without any signal."""
    if instance.tags.exists():
        announce(sender, Tag.ledger_parts, {instance.pk})


@receiver(settings_saved)
def note_other_time_zone(names: list[str], **_: object) -> None:
    """There are no orders yet, but customers may be registered on another day now."""
    if "TIME_ZONE" in names:
        announce(Customer, parts_of(Customer.ledger_parts, None))
