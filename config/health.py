"""What a load balancer and a watchman ask: is everything that the shop stands on there?"""

from datetime import timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.models import Schedule

PATIENCE = timedelta(minutes=5)


@require_safe
@never_cache
def health(request) -> JsonResponse:
    database = database_state()
    state = {
        "database": database,
        "migrations": migrations_state() if database == "ok" else "unknown",
    }
    fine = set(state.values()) == {"ok"}
    state["worker"] = worker_state() if fine else "unknown"
    return JsonResponse(
        {"status": "ok" if fine else "failing", **state}, status=200 if fine else 503
    )


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


def worker_state() -> str:
    """A due job that nobody took up means that no worker is running."""
    overdue = Schedule.objects.filter(next_run__lt=timezone.now() - PATIENCE)
    return "late" if overdue.exclude(repeats=0).exists() else "ok"
