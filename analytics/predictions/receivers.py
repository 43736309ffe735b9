"""New predictions after an import; when one is undone, its predictions are withdrawn."""

from datetime import datetime

from django.db.models import Model
from django.dispatch import receiver

from analytics.predictions.fit_requests import request_fits, withdraw
from analytics.predictions.models import Fit, Withdrawal
from core.tracking import filled, undone
from ledger.build import in_batches
from ledger.models import Snapshot
from ledger.thinning import any_between, thinned


@receiver(filled)
def fit_after_import(sender: type[Model], **_: object) -> None:
    request_fits()


@receiver(undone)
def withdraw_fits(sender: type[Model], since: datetime | None, **_: object) -> None:
    """Predictions made from deleted rows must not be used any longer."""
    withdraw(since)
    request_fits()


@receiver(thinned)
def remove_old_fits(sender: type[Snapshot], kept: list[int], **_: object) -> None:
    """Delete fits that no kept snapshot has: a newer fit of the same name replaced them before."""
    following: dict[str, int] = {}
    unwanted = []
    # Newest first: the newest of each name has no successor and always stays.
    rows = Fit.objects.order_by("-used_from").values_list("pk", "name", "used_from")
    for pk, name, used_from in rows:
        # A fit's tables are in the snapshots up to the one before its successor's.
        if name in following and not any_between(kept, used_from, following[name] - 1):
            unwanted.append(pk)
        following[name] = used_from
    for pks in in_batches(unwanted):
        Fit.objects.filter(pk__in=pks).delete()
    # No running fit has read a snapshot from before all that are kept.
    Withdrawal.objects.filter(number__lte=min(kept, default=0)).delete()
