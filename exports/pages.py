"""The pages of exports: ask for files and fetch them; schedules; alerts; leaving a list."""

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from accounts.access import for_roles
from analytics.semantics.filters import Refused
from core.tables import requested_page
from exports import access, mailer, scheduler
from exports.descriptions import describe_alert, describe_schedule
from exports.forms import AlertForm, ExportForm, ScheduleForm, WatchForm, initial_values
from exports.models import Alert, Export, Schedule

PAGE_SIZE = 25
HISTORY = 20
SEVERAL = ("reports", "country")
WORDS = {Schedule: describe_schedule, Alert: describe_alert}
STOP_ASKING = 286  # what htmx takes for the end of its polling


@never_cache
@for_roles("exports")
def exports(request):
    """Ask for a file; below stand those that were asked for. What the address names is chosen."""
    may = request.user.may("exports", "create")
    sent = request.method == "POST" and may
    named = {
        name: values if name in SEVERAL else values[-1] for name, values in request.GET.lists()
    }
    form = (
        ExportForm(request.POST if sent else None, request=request, initial=named) if may else None
    )
    if sent and form.is_valid():
        return redirect("exports-one", form.checked.save().pk)
    rows = Export.objects.for_user(request.user).select_related("user")
    page = requested_page(request, rows, PAGE_SIZE)
    context = {"section": "exports", "form": form, "page": page, "days": settings.EXPORT_KEEP_DAYS}
    return render(request, "exports/list.html", context, status=400 if sent else 200)


def found(request, model, pk: int):
    return get_object_or_404(model.objects.for_user(request.user), pk=pk)


@never_cache
@require_safe
@for_roles("exports", "retrieve")
def one(request, pk):
    """How far the file is. While a worker is at it, the page asks again every second."""
    export = found(request, Export, pk)
    working = export.state in (Export.State.WAITING, Export.State.MAKING)
    progress = {"done": export.done, "total": export.total} if export.done else {}
    context = {
        "section": "exports",
        "export": export,
        "working": working,
        "progress": progress,
        "may_fetch": access.may_fetch(export, request.user),
    }
    response = render(request, "exports/detail.html", context)
    if "HX-Request" in request.headers and not working:
        response.status_code = STOP_ASKING
        response["HX-Refresh"] = "true"
    return response


@require_POST
@for_roles("exports", "destroy")
def forget(request, pk):
    access.delete_export(found(request, Export, pk))
    messages.success(request, "The file is forgotten.")
    return redirect("exports")


# Schedules and alerts are alike: a list with a form, a page of each, a test, an end


def listed(request, model, form_class, thing: str, **more):
    may = request.user.may(thing, "create")
    sent = request.method == "POST" and may
    initial = more.pop("initial", None)
    form = (
        form_class(request.POST if sent else None, request=request, initial=initial)
        if may and (sent or initial is not None)
        else None
    )
    if sent and form.is_valid():
        with transaction.atomic():
            made = form.checked.save()
        messages.success(request, f"{made.name} was created.")
        return redirect(f"exports-{thing}")
    rows = model.objects.for_user(request.user).select_related("user")
    rows = rows.prefetch_related("recipients")
    page = requested_page(request, rows, PAGE_SIZE)
    for row in page:
        row.words = WORDS[model](row)
    context = {"section": "exports", "form": form, "page": page, **more}
    return render(request, f"exports/{thing}.html", context, status=400 if sent else 200)


def shown(request, model, pk: int, thing: str):
    row = found(request, model, pk)
    history = list(row.sendings.prefetch_related("emails__user")[:HISTORY])
    for sending in history:
        sending.words = access.text_for(sending, request.user)
    context = {
        "section": "exports",
        "row": row,
        "words": WORDS[model](row),
        "history": history,
        "thing": thing,
        "may_edit": request.user.may(f"{thing}s", "update"),
    }
    if isinstance(row, Alert):
        context["active_issues"] = access.active_issues_for(row, request.user)
    return render(request, "exports/delivery_history.html", context)


def edited(request, model, pk: int, form_class, thing: str):
    """The same form as for a new one, with what it is now. Its history stays."""
    row = found(request, model, pk)
    sent = request.POST if request.method == "POST" else None
    form = form_class(sent, request=request, instance=row, initial=initial_values(row, form_class))
    if sent is not None and form.is_valid():
        with transaction.atomic():
            form.checked.save()
        messages.success(request, "Your changes were saved.")
        return redirect(f"exports-{thing}", pk)
    context = {"section": "exports", "form": form, "row": row, "thing": thing}
    status = 200 if sent is None else 400
    return render(request, "exports/edit_form.html", context, status=status)


def paused(request, model, pk: int, thing: str):
    """Pause it, or let it go on: what the button says that was pressed."""
    row = found(request, model, pk)
    row.is_active = request.POST.get("active") == "1"
    row.save()
    messages.success(request, f"{row.name} {'goes on' if row.is_active else 'is paused'}.")
    return redirect(f"exports-{thing}", pk)


def tested(request, model, pk: int, thing: str):
    row = found(request, model, pk)
    try:
        scheduler.send_test(row)
        messages.success(request, f"A test goes to {row.user.email} in a moment.")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(f"exports-{thing}", pk)


def ended(request, model, pk: int, thing: str):
    row = found(request, model, pk)
    row.delete()
    messages.success(request, f"{row.name} is gone.")
    return redirect(f"exports-{thing}")


@never_cache
@for_roles("schedules")
def schedules(request):
    return listed(request, Schedule, ScheduleForm, "schedules", initial={})


@never_cache
@require_safe
@for_roles("schedules", "retrieve")
def schedule(request, pk):
    return shown(request, Schedule, pk, "schedule")


@never_cache
@for_roles("schedules", "update")
def edit_schedule(request, pk):
    return edited(request, Schedule, pk, ScheduleForm, "schedule")


@require_POST
@for_roles("schedules", "update")
def pause_schedule(request, pk):
    return paused(request, Schedule, pk, "schedule")


@require_POST
@for_roles("schedules", "test")
def test_schedule(request, pk):
    return tested(request, Schedule, pk, "schedule")


@require_POST
@for_roles("schedules", "destroy")
def end_schedule(request, pk):
    return ended(request, Schedule, pk, "schedules")


@never_cache
@for_roles("alerts")
def alerts(request):
    watch = WatchForm(request.GET if "watch" in request.GET else None, user=request.user)
    initial = watch.alert_initial() if watch.is_valid() else None
    return listed(request, Alert, AlertForm, "alerts", initial=initial, watch=watch)


@never_cache
@require_safe
@for_roles("alerts", "retrieve")
def alert(request, pk):
    return shown(request, Alert, pk, "alert")


@never_cache
@for_roles("alerts", "update")
def edit_alert(request, pk):
    return edited(request, Alert, pk, AlertForm, "alert")


@require_POST
@for_roles("alerts", "update")
def pause_alert(request, pk):
    return paused(request, Alert, pk, "alert")


@require_POST
@for_roles("alerts", "test")
def test_alert(request, pk):
    return tested(request, Alert, pk, "alert")


@require_POST
@for_roles("alerts", "destroy")
def end_alert(request, pk):
    return ended(request, Alert, pk, "alerts")


@csrf_exempt  # mail programs post it by themselves; the ticket is signed
@never_cache
def leave(request, ticket):
    """Want no more of these emails. To look at the page changes nothing: programs open links."""
    read = mailer.read_unsubscribe_token(ticket)
    if read is None:
        return render(request, "exports/unsubscribe.html", {"left": "unknown"}, status=404)
    kind, thing, user = read
    model = Alert if kind == "alert" else Schedule  # "mailing" in e-mails of earlier versions
    row = model.objects.filter(pk=thing).first()
    if request.method == "POST" and row:
        row.recipients.remove(user)
    state = "left" if request.method == "POST" or row is None else "asked"
    return render(request, "exports/unsubscribe.html", {"left": state, "row": row})
