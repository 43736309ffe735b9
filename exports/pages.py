"""The pages of exported files, and the one behind the unsubscribe link of emails."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HTMX_STOP_POLLING

from accounts.access import for_roles
from core.tables import requested_page
from exports import access, unsubscribing
from exports.forms import ExportForm, initial_from
from exports.models import Export

PAGE_SIZE = 25


@never_cache
@for_roles("exports")
def export_list(request: HttpRequest) -> HttpResponse:
    """The form of a new file and the list of files. The address may fill the form in: a report's
    page leads here that way."""
    may_create = request.user.may("exports", "create")
    is_submitted = request.method == "POST" and may_create
    form = None
    if may_create:
        data = request.POST if is_submitted else None
        initial = initial_from(request.GET, ExportForm)
        form = ExportForm(data, request=request, initial=initial)
    if is_submitted and form.is_valid():
        return redirect("exports-one", form.checked.save().pk)
    rows = Export.objects.for_user(request.user).select_related("user")
    page = requested_page(request, rows, PAGE_SIZE)
    context = {"section": "exports", "form": form, "page": page, "days": settings.EXPORT_KEEP_DAYS}
    status = 400 if is_submitted else 200
    return render(request, "exports/list.html", context, status=status)


def export_or_404(request: HttpRequest, pk: int) -> Export:
    return get_object_or_404(Export.objects.for_user(request.user), pk=pk)


@never_cache
@require_safe
@for_roles("exports", "retrieve")
def export_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """While the worker makes the file, the page polls and shows the progress."""
    export = export_or_404(request, pk)
    is_working = export.state in (Export.State.WAITING, Export.State.MAKING)
    context = {
        "section": "exports",
        "export": export,
        "is_working": is_working,
        "progress": {"done": export.done, "total": export.total} if export.done else {},
        "may_fetch": access.may_fetch(export, request.user),
    }
    response = render(request, "exports/detail.html", context)
    if "HX-Request" in request.headers and not is_working:
        response.status_code = HTMX_STOP_POLLING
        response["HX-Refresh"] = "true"
    return response


@require_POST
@for_roles("exports", "destroy")
def export_delete(request: HttpRequest, pk: int) -> HttpResponse:
    access.delete_export(export_or_404(request, pk))
    messages.success(request, "The file was deleted.")
    return redirect("exports")


@csrf_exempt  # mail programs post to it by themselves; the token is signed
@never_cache
def unsubscribe(request: HttpRequest, ticket: str) -> HttpResponse:
    """A GET changes nothing: mail programs open links to check them."""
    subscription = unsubscribing.read_unsubscribe_token(ticket)
    if subscription is None:
        return render(request, "exports/unsubscribe.html", {"state": "invalid"}, status=404)
    row = subscription.notification
    is_confirmed = request.method == "POST"
    if is_confirmed and row:
        row.recipients.remove(subscription.user_id)
    # One that was deleted sends nothing any more: there is nothing left to confirm.
    state = "unsubscribed" if is_confirmed or row is None else "asking"
    return render(request, "exports/unsubscribe.html", {"state": state, "row": row})
