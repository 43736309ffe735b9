"""Work that the worker does again and again."""

from django.apps import AppConfig
from django.apps import apps as installed
from django.db.models.signals import post_migrate


def every(minutes: int, func: str, *, app: AppConfig) -> None:
    """Have the worker call `func` so often. Its row is put there after each `migrate`."""

    def put(using, apps=installed, **_):
        try:
            Schedule = apps.get_model("django_q", "Schedule")
        except LookupError:  # only some apps were migrated
            return
        timing = {"func": func, "schedule_type": "I", "minutes": minutes}
        Schedule.objects.using(using).update_or_create(name=func, defaults=timing)

    post_migrate.connect(put, sender=app, weak=False, dispatch_uid=func)
