"""`/healthz` for load balancers and monitoring: the state of everything the shop depends on."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from importlib.util import find_spec
from pkgutil import iter_modules

from django.apps import apps
from django.conf import settings
from django.core.cache import cache as django_cache
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.brokers import get_broker
from django_q.models import OrmQ, Schedule
from django_q.signing import SignedPackage

WORKERS = {"worker": settings.Q_CLUSTER["name"], "long_worker": settings.LONG_JOBS}
PATIENCE, LONG_PATIENCE = timedelta(minutes=5), timedelta(hours=1)
FREE_BYTES = 64 * 2**20  # below this a disk counts as full


class QueueUnreachable(Exception):
    """Redis, which holds the queue, does not answer."""


checks: dict[str, Callable[[], str]] = {}


def register_check(name: str, check: Callable[[], str]) -> None:
    """Add the check of an app, which returns "ok" or one word for the problem. It runs if the
    database can be reached; a problem makes the status "degraded", not "failing"."""
    checks[name] = check


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    database = database_state()
    state = {
        "database": database,
        "migrations": migrations_state() if database == "ok" else "unknown",
        "disk": disk_state(),
    }
    # Only these make it 503: a load balancer must not take away a shop that can still sell.
    is_usable = set(state.values()) == {"ok"}
    state["cache"] = cache_state()
    # The other checks query tables that a missing migration may not have created yet.
    known = database == state["migrations"] == "ok"
    for name, check in checks.items():
        state[name] = check() if known else "unknown"
    for name, cluster in WORKERS.items():
        state[name] = worker_state(cluster) if known else "unknown"
    is_complete = all(state[name] == "ok" for name in ("cache", *checks))
    status = "failing" if not is_usable else "ok" if is_complete else "degraded"
    return JsonResponse({"status": status, **state}, status=200 if is_usable else 503)


def database_state() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "failing"
    return "ok"


def migrations_state() -> str:
    applied = MigrationRecorder(connection).applied_migrations()
    return "ok" if all_migrations() <= applied.keys() else "missing"


@cache
def all_migrations() -> frozenset[tuple[str, str]]:
    """App and name of each, by the names of their files: to import them all, as Django's own check
    does, took longer than the rest of the first answer."""
    found = set()
    for app in apps.get_app_configs():
        module, _ = MigrationLoader.migrations_module(app.label)
        spec = find_spec(module) if module else None
        files = iter_modules(spec.submodule_search_locations) if spec else ()
        found |= {(app.label, file.name) for file in files if file.name[0] not in "_~"}
    return frozenset(found)


def disk_state() -> str:
    places = (settings.VAR_DIR, settings.LEDGER_FOLDER, settings.MEDIA_ROOT)
    # The ledger's folder and that of uploads are created when they are first written to.
    there = [place for place in places if place.exists()]
    return "full" if min(shutil.disk_usage(p).free for p in there) < FREE_BYTES else "ok"


def cache_state() -> str:
    """If Redis is gone, each process uses its own cache and pages still work."""
    ping = getattr(django_cache, "is_reachable", None)
    return "ok" if ping is None or ping() else "failing"


def worker_state(cluster: str) -> str:
    """Late if a due job was not started, as no worker is running, or if one has waited in the queue
    for long, as the worker has too much to do."""
    now, long = timezone.now(), cluster == settings.LONG_JOBS
    due = (
        Schedule.objects.filter(cluster=cluster)
        if long
        else Schedule.objects.exclude(cluster=settings.LONG_JOBS)
    )
    # A schedule without repeats left keeps its last `next_run` and is never due.
    if due.filter(next_run__lt=now - PATIENCE).exclude(repeats=0).exists():
        return "late"
    try:
        since = waiting_since(cluster)
    except QueueUnreachable:
        return "failing"
    return "late" if since and since < now - (LONG_PATIENCE if long else PATIENCE) else "ok"


def waiting_since(cluster: str) -> datetime | None:
    """When the oldest job that no worker has taken was queued."""
    if "orm" in settings.Q_CLUSTER:
        # `lock` is when a job was queued; a worker that takes it moves it into the future.
        waiting = OrmQ.objects.filter(key=cluster, lock__lte=timezone.now()).order_by("lock")
        return waiting.values_list("lock", flat=True).first()
    # Imported here: it takes a while, and most shops have no Redis.
    from redis import RedisError

    broker = get_broker(cluster)
    try:
        # Jobs are appended on the right and taken from the left, so the oldest is first.
        oldest = broker.connection.lindex(broker.list_key, 0)
    except RedisError as error:
        raise QueueUnreachable from error
    return SignedPackage.loads(oldest)["started"] if oldest else None
