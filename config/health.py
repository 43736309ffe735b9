"""What a load balancer and a watchman ask: is everything that the shop stands on there?"""

import shutil
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.models import Schedule

PATIENCE = timedelta(minutes=5)
FREE_BYTES = 64 * 2**20  # less than this on a disk that is written to is as good as nothing


@require_safe
@never_cache
def health(request) -> JsonResponse:
    database = database_state()
    state = {
        "database": database,
        "migrations": migrations_state() if database == "ok" else "unknown",
        "disk": disk_state(),
    }
    fine = set(state.values()) == {"ok"}
    state["cache"] = cache_state()
    state["worker"] = worker_state() if database == state["migrations"] == "ok" else "unknown"
    status = "failing" if not fine else "ok" if state["cache"] == "ok" else "degraded"
    return JsonResponse({"status": status, **state}, status=200 if fine else 503)


def database_state() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "failing"
    return "ok"


def migrations_state() -> str:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "missing" if missing else "ok"


def disk_state() -> str:
    places = (settings.VAR_DIR, settings.LEDGER_FOLDER, settings.MEDIA_ROOT)
    there = [place for place in places if place.exists()]
    return "full" if min(shutil.disk_usage(p).free for p in there) < FREE_BYTES else "ok"


def cache_state() -> str:
    """Without Redis each process goes on with a cache of its own: pages are served all the same."""
    ping = getattr(cache, "is_reachable", None)
    return "ok" if ping is None or ping() else "failing"


def worker_state() -> str:
    """A due job that nobody took up means that no worker is running."""
    overdue = Schedule.objects.filter(next_run__lt=timezone.now() - PATIENCE)
    return "late" if overdue.exclude(repeats=0).exists() else "ok"
