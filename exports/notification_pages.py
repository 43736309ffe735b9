"""The pages of schedules and of alerts.

Both are notifications that somebody set up, with the same pages but for the form: each function
here is a page of both, and `edit(SCHEDULES)` is that of schedules.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import for_roles
from analytics.semantics.filters import Refused
from core.tables import requested_page
from exports import access
from exports.descriptions import describe_alert, describe_schedule
from exports.forms import AlertForm, ScheduleForm, WatchForm, initial_from, initial_values
from exports.models import Alert, Schedule
from exports.scheduler import send_test

PAGE_SIZE = 25
HISTORY_LENGTH = 20  # deliveries shown on the page of a notification


@dataclass(frozen=True)
class Kind:
    """In what schedules and alerts differ."""

    name: str
    model: type[Schedule | Alert]
    form_class: type[ScheduleForm | AlertForm]
    describe: Callable[[Schedule | Alert], str]
    delete_warning: str

    @property
    def resource(self) -> str:
        return f"{self.name}s"

    @property
    def section(self) -> str:
        """The entry of the menu that it belongs to."""
        return "alerts" if self.model is Alert else "exports"

    @property
    def page_name(self) -> str:
        return f"exports-{self.name}"

    @property
    def list_name(self) -> str:
        return f"exports-{self.resource}"

    def get_or_404(self, request: HttpRequest, pk: int) -> Schedule | Alert:
        return get_object_or_404(self.model.objects.for_user(request.user), pk=pk)


SCHEDULES = Kind(
    "schedule",
    Schedule,
    ScheduleForm,
    describe_schedule,
    "Deletes the schedule and its history. Its recipients get no more files.",
)
ALERTS = Kind(
    "alert",
    Alert,
    AlertForm,
    describe_alert,
    "Deletes the alert and its history. Its recipients get no more emails.",
)


def notification_page(action: str, allow_methods: Callable = lambda page: page) -> Callable:
    """For a page of both kinds: it becomes a function of a kind, for roles that may do `action`."""

    def decorate(page: Callable) -> Callable:
        def page_of(kind: Kind) -> Callable:
            guarded = for_roles(kind.resource, action)(partial(page, kind=kind))
            return never_cache(allow_methods(guarded))

        return page_of

    return decorate


@never_cache
@for_roles("schedules")
def schedules(request: HttpRequest) -> HttpResponse:
    """The form of a new one. The address may fill it in, as that of exports does."""
    return list_page(request, SCHEDULES, initial_from(request.GET, ScheduleForm))


@never_cache
@for_roles("alerts")
def alerts(request: HttpRequest) -> HttpResponse:
    """The form of a new alert has two steps: what to watch, and then its fields."""
    watch = WatchForm(request.GET if "watch" in request.GET else None, user=request.user)
    initial = None
    if watch.is_valid():
        initial = initial_from(request.GET, AlertForm) | watch.alert_initial()
    return list_page(request, ALERTS, initial, watch=watch)


def list_page(request: HttpRequest, kind: Kind, initial: dict | None, **context) -> HttpResponse:
    """All of a kind, with the form of a new one where its `initial` values are known."""
    # for_roles() has checked only that the role may list: the same address also creates.
    may_create = request.user.may(kind.resource, "create")
    is_submitted = request.method == "POST" and may_create
    form = None
    if is_submitted or (may_create and initial is not None):
        data = request.POST if is_submitted else None
        form = kind.form_class(data, request=request, initial=initial)
    if is_submitted and form.is_valid():
        with transaction.atomic():
            # With its recipients, or not at all: an alert without them would reach nobody.
            created = form.checked.save()
        messages.success(request, f"{created.name} was created.")
        return redirect(kind.list_name)
    rows = kind.model.objects.for_user(request.user).select_related("user")
    page = requested_page(request, rows.prefetch_related("recipients"), PAGE_SIZE)
    # Of this page only: each description asks the database for names of countries.
    for row in page:
        row.description = kind.describe(row)
    context |= {"section": kind.section, "form": form, "page": page}
    template = f"exports/{kind.resource}.html"
    return render(request, template, context, status=400 if is_submitted else 200)


@notification_page("retrieve", require_safe)
def detail(request: HttpRequest, pk: int, kind: Kind) -> HttpResponse:
    row = kind.get_or_404(request, pk)
    history = list(row.sendings.prefetch_related("emails__user")[:HISTORY_LENGTH])
    for sending in history:
        sending.words = access.text_for(sending, request.user)
    context = {
        "section": kind.section,
        "kind": kind,
        "row": row,
        "description": kind.describe(row),
        "history": history,
        "may_edit": request.user.may(kind.resource, "update"),
    }
    if isinstance(row, Alert):
        context["active_issues"] = access.active_issues_for(row, request.user)
    return render(request, "exports/notification.html", context)


@notification_page("update")
def edit(request: HttpRequest, pk: int, kind: Kind) -> HttpResponse:
    """The form of a new one, filled in with what it is now. Its history stays."""
    row = kind.get_or_404(request, pk)
    is_submitted = request.method == "POST"
    form = kind.form_class(
        request.POST if is_submitted else None,
        request=request,
        instance=row,
        initial=initial_values(row, kind.form_class),
    )
    if is_submitted and form.is_valid():
        with transaction.atomic():
            form.checked.save()
        messages.success(request, "Your changes were saved.")
        return redirect(kind.page_name, pk)
    context = {"section": kind.section, "kind": kind, "form": form, "row": row}
    status = 400 if is_submitted else 200
    return render(request, "exports/edit_form.html", context, status=status)


@notification_page("update", require_POST)
def pause(request: HttpRequest, pk: int, kind: Kind) -> HttpResponse:
    """Pause or resume it: whichever the button that was pressed says."""
    row = kind.get_or_404(request, pk)
    # Not a toggle: a button that is pressed twice must not undo itself.
    row.is_active = request.POST.get("active") == "1"
    # Not update(): save() moves a resumed schedule to its next time, past those it missed.
    row.save()
    messages.success(request, f"{row.name} was {'resumed' if row.is_active else 'paused'}.")
    return redirect(kind.page_name, pk)


@notification_page("test", require_POST)
def test(request: HttpRequest, pk: int, kind: Kind) -> HttpResponse:
    send_test_and_report(request, kind.get_or_404(request, pk))
    return redirect(kind.page_name, pk)


def send_test_and_report(request: HttpRequest, row: Schedule | Alert) -> None:
    """Queues a test email; a message says so, or why there is none. The admin does the same."""
    try:
        send_test(row)
    except Refused as refused:
        messages.error(request, f"{row.name}: {refused}")
    else:
        messages.success(request, f"{row.name}: a test email to {row.user.email} is on its way.")


@notification_page("destroy", require_POST)
def delete(request: HttpRequest, pk: int, kind: Kind) -> HttpResponse:
    row = kind.get_or_404(request, pk)
    row.delete()
    messages.success(request, f"{row.name} was deleted.")
    return redirect(kind.list_name)
