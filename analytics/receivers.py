"""What changed in the books is noted in the writer's transaction: it is lost or kept with it."""

from django.db.models.signals import post_delete
from django.dispatch import receiver
from django_q.tasks import async_task

from analytics.models import Dirty
from catalog.models import Inventory
from config.tracking import changed, filled


@receiver(changed)
def note(sender, parts, **_):
    Dirty.objects.bulk_create(Dirty(part=part) for part in sorted(parts))


@receiver(post_delete, sender=Inventory)
def note_shelf(sender, **_):
    """A product that is deleted takes its shelf along, past the shelf's own delete."""
    note(sender, Inventory.ledger_parts)


@receiver(filled)
def fit_anew(sender, **_):
    async_task("analytics.fit.fit_models")
