"""Predictions follow imports: they are made anew after one, and withdrawn when one is undone."""

from django.dispatch import receiver

from analytics.predictions.fit_requests import request_fits, withdraw
from analytics.predictions.models import Fit
from core.tracking import filled, undone
from ledger.build import in_batches
from ledger.thinning import any_between, thinned


@receiver(filled)
def fit_after_import(sender, **_):
    request_fits()


@receiver(undone)
def withdraw_fits(sender, since, **_):
    """Predictions made of rows that are gone are not used any more."""
    withdraw(since)
    request_fits()


@receiver(thinned)
def remove_old_fits(sender, kept, **_):
    """Those that no kept snapshot has: the next fit of the same name was there before it."""
    following: dict[str, int] = {}
    unwanted = []
    rows = Fit.objects.order_by("-used_from").values_list("pk", "name", "used_from")
    for pk, name, used_from in rows:
        if name in following and not any_between(kept, used_from, following[name] - 1):
            unwanted.append(pk)
        following[name] = used_from
    for some in in_batches(unwanted):
        Fit.objects.filter(pk__in=some).delete()
