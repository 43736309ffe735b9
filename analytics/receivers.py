"""What changed in the books is noted in the writer's transaction: it is lost or kept with it."""

from django.db.models.signals import post_delete
from django.dispatch import receiver

from analytics.fit_requests import request_fits, withdraw
from analytics.models import Dirty
from catalog.models import Inventory
from config.tracking import changed, filled, undone


@receiver(changed)
def note(sender, parts, **_):
    Dirty.objects.bulk_create(Dirty(part=part) for part in sorted(parts))


@receiver(post_delete, sender=Inventory)
def note_shelf(sender, **_):
    """A product that is deleted takes its shelf along, past the shelf's own delete."""
    note(sender, Inventory.ledger_parts)


@receiver(filled)
def fit_anew(sender, **_):
    request_fits()


@receiver(undone)
def withdraw_fits(sender, since, **_):
    """What was predicted of rows that are gone is not used any more."""
    withdraw(since)
    request_fits()
