"""The pages of the imports: bring a file, see what it is, have it written, take it back."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from accounts.access import for_roles
from core.parsers import TooLarge
from imports import services, undo, uploads
from imports.api import ENVELOPE, refuse_large
from imports.formats import formats
from imports.forms import ChoicesForm, MappingForm, UploadForm
from imports.models import Import
from imports.presenters import list_counts, page_context, undo_table
from imports.undo import NotUndone

PAGE = 25
STOP_ASKING = 286  # what htmx takes for the end of its polling


# Bring a file


@never_cache
@require_safe
@for_roles("imports")
def imports(request):
    """Every import, the newest first; above them the place to drop a file."""
    form = UploadForm(request=request) if request.user.may("imports", "create") else None
    return list_page(request, form)


def list_page(request, form, status=200, **more):
    runs = Import.objects.for_user(request.user).select_related("user")
    page = Paginator(runs, PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "imports",
        "form": form,
        "page": page,
        "rows": [{"run": run, "numbers": list_counts(run)} for run in page],
        "formats": [known for known in formats().values() if known.comes_from],
    }
    return render(request, "imports/list.html", context | more, status=status)


# Exempt, so that a file that is too large is refused unread; `validated_upload` checks the token.
@csrf_exempt
@never_cache
@for_roles("imports", "create")
def upload(request):
    if request.method != "POST":
        return redirect("imports")
    try:
        refuse_large(request, settings.IMPORT_MAX_BYTES + ENVELOPE)
        return validated_upload(request)
    except (TooLarge, uploads.TooLarge) as error:
        form = UploadForm(request=request)
        return list_page(request, form, status=413, too_large=str(error))


@csrf_protect
def validated_upload(request):
    form = UploadForm(request.POST, request.FILES, request=request)
    if not form.is_valid():
        return list_page(request, form, status=400)
    return redirect("imports-one", form.checked.save().pk)


# See what it is


@never_cache
@require_safe
@for_roles("imports", "retrieve")
def import_detail(request, pk):
    """What the import is and what may be done with it. While a worker is at it, the page asks
    again every second."""
    run = find_import(request, pk)
    response = render(request, "imports/detail.html", detail_context(request, run))
    if "HX-Request" in request.headers and run.state not in Import.AT_WORK:
        response.status_code = STOP_ASKING
        response["HX-Refresh"] = "true"
    return response


def detail_context(request, run: Import) -> dict:
    may = {step for step in available_steps(run) if request.user.may("imports", step)}
    context = {"section": "imports", "run": run, "may": may} | page_context(run)
    if "read_again" in may:
        context["form"] = ChoicesForm.for_import(run, request)
        context["may_map"] = bool(run.header) and request.user.may("import-mappings", "create")
    return context


def available_steps(run: Import) -> set[str]:
    """What can be done with it in its state."""
    found = {"rejected"} if run.rejects.exists() else set()
    if run.state in Import.AT_WORK:
        return found | {"cancel"}
    if run.state == Import.State.PREVIEWED:
        return found | {"commit", "cancel", "read_again"}
    if services.can_be_reread(run):
        found |= {"read_again"}
    if run.state == Import.State.DONE:
        found |= {"undo"}
    return found if services.deletion_obstacle(run) else found | {"destroy"}


def find_import(request, pk: int) -> Import:
    runs = Import.objects.for_user(request.user).select_related("mapping", "user")
    return get_object_or_404(runs, pk=pk)


# Go on with it


@require_POST
@for_roles("imports", "read_again")
def read_again(request, pk):
    run = find_import(request, pk)
    form = ChoicesForm(request.POST, request=request)
    if not form.is_valid():
        context = detail_context(request, run) | {"form": form}
        return render(request, "imports/detail.html", context, status=400)
    return run_step(request, run, services.read_again, **form.checked.validated_data)


@never_cache
@for_roles("import-mappings", "create")
def mapping(request, pk):
    """Which of the file's columns is which field, for a file that nobody knows."""
    run = find_import(request, pk)
    if not (run.header and services.can_be_reread(run)):
        return redirect("imports-one", pk)
    form = MappingForm(request.POST or None, run=run)
    if not form.is_valid():
        context = {"section": "imports", "run": run, "form": form} | page_context(run)
        return render(
            request, "imports/column_mapping.html", context, status=400 if form.is_bound else 200
        )
    with transaction.atomic():
        kept = form.checked.save()
        chosen = {name: form.cleaned_data[name] for name in ("dates", "encoding")}
        return run_step(request, run, services.read_again, mapping=kept, **chosen)


@require_POST
@for_roles("imports", "commit")
def commit(request, pk):
    return run_step(request, find_import(request, pk), services.commit)


@require_POST
@for_roles("imports", "cancel")
def cancel(request, pk):
    return run_step(request, find_import(request, pk), services.cancel)


def run_step(request, run: Import, step, **choices):
    """Take the step, or say why it cannot be taken; either way the import's page shows the rest."""
    try:
        step(run, **choices)
    except services.WrongState as error:
        messages.error(request, str(error))
    return redirect("imports-one", run.pk)


@never_cache
@for_roles("imports", "undo")
def undo_page(request, pk):
    """Say what would go, or what stands in the way; go, if it is sent."""
    run, obstacles = find_import(request, pk), []
    if run.state != Import.State.DONE:
        return redirect("imports-one", pk)
    if request.method == "POST":
        try:
            undo.undo(run)
            return redirect("imports-one", pk)
        except NotUndone as error:
            obstacles = error.reasons
    counts = undo.undo_counts(run)
    context = {
        "section": "imports",
        "run": run,
        "stakes": undo_table(counts),
        "left_changed": counts["orders_left_changed"],
        "obstacles": obstacles or list(undo.undo_obstacles(run)),
    }
    status = 409 if request.method == "POST" else 200
    return render(request, "imports/undo_form.html", context, status=status)


@require_POST
@for_roles("imports", "destroy")
def delete(request, pk):
    run = find_import(request, pk)
    try:
        services.delete_import(run)
    except services.WrongState as error:
        messages.error(request, str(error))
        return redirect("imports-one", pk)
    messages.success(request, f"{run.name} was deleted.")
    return redirect("imports")


def redirect_from_polling(request, address):
    """Leave the page that waits: htmx is told where to, everybody else is sent."""
    response = redirect(address)
    if "HX-Request" in request.headers:
        del response["Location"]
        response["HX-Redirect"] = address
        response.status_code = STOP_ASKING
    return response
