"""Monthly reports that take too long to be written while somebody waits: the worker makes them."""

from datetime import timedelta

from django.utils import timezone

from analytics.semantics.periods import last_of
from exports import access, jobs
from exports.export_spec import ExportSpec
from exports.models import MONTHLY, Export
from exports.monthly import MonthlyReport
from orders.models import Order as Document
from orders.models import OrderItem

AT_ONCE = 50_000  # lines of orders: 5 to 6 seconds on one core
FRESH = timedelta(minutes=5)  # so long a file is handed out though more was sold since
LOOKED_AT = 20  # exports of the same month


def is_large(month: MonthlyReport, user) -> bool:
    documents = Document.objects.for_user(user).in_period(month.first, last_of(month.first))
    lines = OrderItem.objects.filter(order__in=documents)
    return lines.order_by()[AT_ONCE : AT_ONCE + 1].exists()


def find_or_create_export(month: MonthlyReport, user, parameters) -> Export:
    """The one that is made already, or a new one. It is asked for again and again until it is
    there, and each time must not begin another."""
    wanted = {"month": [f"{month.first:%Y-%m}"], **dict(parameters.lists())}
    mine = Export.objects.filter(user=user, name=month.file_name, format=Export.Format.XLSX)
    for export in mine.exclude(state=Export.State.FAILED)[:LOOKED_AT]:
        same = export.reports == [MONTHLY] and export.parameters == wanted
        if same and (export.state != Export.State.DONE or is_fresh(export, month, user)):
            return export
    return jobs.enqueue(ExportSpec.validated(user, [MONTHLY], wanted, Export.Format.XLSX))


def is_fresh(export: Export, month: MonthlyReport, user) -> bool:
    is_current = export.snapshot == month.snapshot.number
    if not is_current and export.finished_at < timezone.now() - FRESH:
        return False
    return access.may_fetch(export, user) and access.file_exists(export)
