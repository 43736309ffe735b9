"""Work that the worker does again and again."""

from datetime import datetime, time, timedelta

from django.apps import AppConfig
from django.apps import apps as installed
from django.db.models.signals import post_migrate
from django.utils import timezone

NIGHT = time(3, 30)  # by the shop's clock


def every(minutes: int, func: str, *, app: AppConfig, cluster: str | None = None) -> None:
    """Have the worker call `func` so often; that of a cluster of its own, where one is named."""
    timing = {"schedule_type": "I", "minutes": minutes, "cluster": cluster}
    put_after_migrate(func, app, timing)


def every_night(func: str, *, app: AppConfig, cluster: str | None = None) -> None:
    """Have the worker call `func` when the shop sleeps."""
    put_after_migrate(func, app, {"schedule_type": "D", "cluster": cluster}, next_night)


def next_night() -> dict:
    tomorrow = timezone.localdate() + timedelta(days=1)
    return {"next_run": timezone.make_aware(datetime.combine(tomorrow, NIGHT))}


def put_after_migrate(func: str, app: AppConfig, timing: dict, first=dict) -> None:
    """Its row is put there after each `migrate`; when it runs first is told only once."""

    def put(using, apps=installed, **_):
        try:
            Schedule = apps.get_model("django_q", "Schedule")
        except LookupError:  # only some apps were migrated
            return
        values = {"func": func, **timing}
        Schedule.objects.using(using).update_or_create(
            name=func, defaults=values, create_defaults=values | first()
        )

    post_migrate.connect(put, sender=app, weak=False, dispatch_uid=func)
