"""Monthly sales reports that take too long for one request: the worker creates them."""

from datetime import timedelta

from django.utils import timezone

from analytics.semantics.periods import last_of
from exports import access, jobs
from exports.export_spec import ExportSpec
from exports.models import MONTHLY, Export
from exports.monthly import MonthlyReport
from orders.models import Order as Document
from orders.models import OrderItem

MAX_LINES = 50_000  # lines of orders in one request: 5 to 6 seconds on one core
FRESH_FOR = timedelta(minutes=5)  # a file is reused that long, though there may be new orders
MAX_CANDIDATES = 20  # earlier exports of the same month that are compared


def is_large(month: MonthlyReport, user) -> bool:
    documents = Document.objects.for_user(user).in_period(month.first, last_of(month.first))
    lines = OrderItem.objects.filter(order__in=documents)
    # Not a count: the database stops reading at the limit.
    return lines.order_by()[MAX_LINES : MAX_LINES + 1].exists()


def find_or_create_export(month: MonthlyReport, user, parameters) -> Export:
    """A client repeats the request until the file is ready: each must find the same export."""
    merged = {"month": [f"{month.first:%Y-%m}"], **dict(parameters.lists())}
    mine = Export.objects.filter(user=user, name=month.file_name, format=Export.Format.XLSX)
    # A failed one is skipped, so that a repeated request starts anew.
    for export in mine.exclude(state=Export.State.FAILED)[:MAX_CANDIDATES]:
        same = export.reports == [MONTHLY] and export.parameters == merged
        if same and (export.state != Export.State.DONE or is_fresh(export, month, user)):
            return export
    return jobs.enqueue(ExportSpec.validated(user, [MONTHLY], merged, Export.Format.XLSX))


def is_fresh(export: Export, month: MonthlyReport, user) -> bool:
    # Of the same snapshot the file would come out the same, however old it is.
    is_current = export.snapshot == month.snapshot.number
    if not is_current and export.finished_at < timezone.now() - FRESH_FOR:
        return False
    return access.may_fetch(export, user) and access.file_exists(export)
