"""Recurring jobs of the worker."""

import logging
from collections.abc import Callable
from datetime import datetime, time, timedelta
from threading import Event, Thread

from django.apps import AppConfig
from django.apps import apps as installed
from django.apps.registry import Apps
from django.conf import settings
from django.db import DatabaseError, connections
from django.db.models.signals import post_migrate
from django.utils import timezone

log = logging.getLogger("ledgerlight.schedules")
WATCH_EVERY = 60  # seconds
NIGHT = time(3, 30)  # by the shop's clock
ROOT = str(settings.BASE_DIR)
registered: set[str] = set()


def every(minutes: int, func: str, *, app: AppConfig, cluster: str | None = None) -> None:
    """Have the worker, or that of `cluster`, call `func` every so many minutes."""
    timing = {"schedule_type": "I", "minutes": minutes, "cluster": cluster}
    create_after_migrate(func, app, timing)


def every_night(func: str, *, app: AppConfig, cluster: str | None = None) -> None:
    """Have the worker call `func` once each night."""
    create_after_migrate(func, app, {"schedule_type": "D", "cluster": cluster}, next_night)


def next_night() -> dict:
    tomorrow = timezone.localdate() + timedelta(days=1)
    return {"next_run": timezone.make_aware(datetime.combine(tomorrow, NIGHT))}


def correct_far_future_runs() -> int:
    """Make jobs due now whose next run is further away than their interval, set by a clock that was
    ahead. Returns how many there were."""
    Schedule = installed.get_model("django_q", "Schedule")
    now, found = timezone.now(), 0
    for job in Schedule.objects.filter(next_run__gt=now):
        interval = timedelta(minutes=job.minutes) if job.schedule_type == "I" else timedelta(days=1)
        if job.schedule_type in "ID" and job.next_run > now + 2 * interval:
            # With the old value as condition: the worker may have set the next run meanwhile.
            found += Schedule.objects.filter(pk=job.pk, next_run=job.next_run).update(next_run=now)
    return found


# A schedule could not do this: its own next run would be too far away as well.
def watch_the_clock(**_) -> None:
    """Start a thread that corrects far-future runs; it waits by the monotonic clock."""

    def watch() -> None:
        while not stopped.wait(WATCH_EVERY):
            try:
                correct_far_future_runs()
            except DatabaseError:
                log.warning("the next runs of jobs could not be checked", exc_info=True)
            finally:
                # No request ends in this thread, so Django would never close its connection.
                connections.close_all()

    stopped = Event()
    Thread(target=watch, daemon=True).start()


def create_after_migrate(
    func: str, app: AppConfig, timing: dict, first: Callable[[], dict] = dict
) -> None:
    """Create or update its row after each `migrate`; the first run is set only on creation."""

    def put(using: str, apps: Apps = installed, **_) -> None:
        try:
            Schedule = apps.get_model("django_q", "Schedule")
        except LookupError:  # only some apps were migrated
            return
        values = {"func": func, **timing}
        Schedule.objects.using(using).update_or_create(
            name=func, defaults=values, create_defaults=values | first()
        )

    registered.add(func)
    # Not weak: nothing else refers to `put`, and it would be collected at once.
    post_migrate.connect(put, sender=app, weak=False, dispatch_uid=func)
    post_migrate.connect(
        delete_unknown_schedules, sender=app, dispatch_uid=f"{app.label}: unknown jobs"
    )


def delete_unknown_schedules(using: str, apps: Apps = installed, **_) -> None:
    """Delete jobs of older versions: their functions no longer exist, so each run would fail."""
    try:
        Schedule = apps.get_model("django_q", "Schedule")
    except LookupError:
        return
    ours = {app.name for app in installed.get_app_configs() if app.path.startswith(ROOT)}
    for name, func in Schedule.objects.using(using).values_list("name", "func"):
        # Only jobs created above are named after their function; an admin's own jobs stay.
        if name == func and func not in registered and func.partition(".")[0] in ours:
            Schedule.objects.using(using).filter(name=name).delete()
