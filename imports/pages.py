"""The pages of imports: upload a file, see the preview, commit, undo."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HTMX_STOP_POLLING

from accounts.access import for_roles
from core.parsers import TooLarge
from core.tables import requested_page
from imports import services, undo, uploads
from imports.api import FORM_OVERHEAD, refuse_large
from imports.finished import finished_context
from imports.formats import formats
from imports.forms import ChoicesForm, MappingForm, UploadForm
from imports.models import Import
from imports.presenters import list_counts, page_context, undo_table
from imports.undo import NotUndone

PAGE_SIZE = 25


# List and upload


# Previews and rejected rows show personal data: no browser keeps these pages.
@never_cache
@require_safe
@for_roles("imports")
def import_list(request: HttpRequest) -> HttpResponse:
    """All imports, newest first, below the form to upload a file."""
    chosen = request.GET.get("format", "")
    initial = {"format": chosen} if chosen in formats() else None
    may_upload = request.user.may("imports", "create")
    return render_list(
        request, UploadForm(request=request, initial=initial) if may_upload else None
    )


def render_list(
    request: HttpRequest, form: UploadForm | None, status: int = 200, **context: Any
) -> HttpResponse:
    runs = Import.objects.for_user(request.user).select_related("user")
    page = requested_page(request, runs, PAGE_SIZE)
    context |= {
        "section": "imports",
        "form": form,
        "page": page,
        "rows": [{"run": run, "numbers": list_counts(run)} for run in page],
        "formats": [known for known in formats().values() if known.comes_from],
    }
    return render(request, "imports/list.html", context, status=status)


# Exempt, so that a file that is too large is refused unread; `validated_upload` checks the token.
@csrf_exempt
@never_cache
@for_roles("imports", "create")
def upload_view(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("imports")
    try:
        refuse_large(request, settings.IMPORT_MAX_BYTES + FORM_OVERHEAD)
        return validated_upload(request)
    except (TooLarge, uploads.TooLarge) as error:
        form = UploadForm(request=request)
        return render_list(request, form, status=413, too_large=str(error))


@csrf_protect
def validated_upload(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES, request=request)
    if not form.is_valid():
        return render_list(request, form, status=400)
    return redirect("imports-one", form.checked.save().pk)


# One import


@never_cache
@require_safe
@for_roles("imports", "retrieve")
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The import and its next steps. While a worker is at it, the page polls every second."""
    run = find_import(request, pk)
    response = render(request, "imports/detail.html", detail_context(request, run))
    if "HX-Request" in request.headers and run.state not in Import.AT_WORK:
        response.status_code = HTMX_STOP_POLLING
        # The whole page: its steps and tables depend on the state, not only the progress.
        response["HX-Refresh"] = "true"
    return response


def detail_context(request: HttpRequest, run: Import) -> dict[str, Any]:
    may = {step for step in available_steps(run) if request.user.may("imports", step)}
    context = {"section": "imports", "run": run, "may": may} | page_context(run)
    context |= finished_context(run, request.user)
    if "read_again" in may:
        context["form"] = ChoicesForm.for_import(run, request)
        context["may_map"] = bool(run.header) and request.user.may("import-mappings", "create")
    return context


def available_steps(run: Import) -> set[str]:
    """The steps that the state of the import allows."""
    steps = {"rejected"} if run.rejects.exists() else set()
    if run.state in Import.AT_WORK:
        return steps | {"cancel"}
    if run.state == Import.State.PREVIEWED:
        return steps | {"commit", "cancel", "read_again"}
    if services.can_be_reread(run):
        steps.add("read_again")
    if run.state == Import.State.DONE:
        steps.add("undo")
    return steps if services.deletion_obstacle(run) else steps | {"destroy"}


def find_import(request: HttpRequest, pk: int) -> Import:
    runs = Import.objects.for_user(request.user).select_related("mapping", "user")
    return get_object_or_404(runs, pk=pk)


# Steps


@require_POST
@for_roles("imports", "read_again")
def read_again_view(request: HttpRequest, pk: int) -> HttpResponse:
    run = find_import(request, pk)
    form = ChoicesForm(request.POST, request=request)
    if not form.is_valid():
        context = detail_context(request, run) | {"form": form}
        return render(request, "imports/detail.html", context, status=400)
    return run_step(request, run, services.read_import_again, **form.checked.validated_data)


@never_cache
@for_roles("import-mappings", "create")
def mapping_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Map the columns of a file of an unknown format to fields."""
    run = find_import(request, pk)
    if not (run.header and services.can_be_reread(run)):
        return redirect("imports-one", pk)
    form = MappingForm(request.POST or None, run=run)
    if not form.is_valid():
        context = {"section": "imports", "run": run, "form": form} | page_context(run)
        status = 400 if form.is_bound else 200
        return render(request, "imports/column_mapping.html", context, status=status)
    with transaction.atomic():
        mapping = form.checked.save()
        options = {name: form.cleaned_data[name] for name in ("dates", "encoding")}
        return run_step(request, run, services.read_import_again, mapping=mapping, **options)


@require_POST
@for_roles("imports", "commit")
def commit_view(request: HttpRequest, pk: int) -> HttpResponse:
    return run_step(request, find_import(request, pk), services.commit_import)


@require_POST
@for_roles("imports", "cancel")
def cancel_view(request: HttpRequest, pk: int) -> HttpResponse:
    return run_step(request, find_import(request, pk), services.cancel_import)


def run_step(
    request: HttpRequest, run: Import, step: Callable[..., Import], **options: Any
) -> HttpResponse:
    """Run the step, or show why it is not possible; then return to the import's page."""
    try:
        step(run, **options)
    except services.WrongState as error:
        messages.error(request, str(error))
    return redirect("imports-one", run.pk)


@never_cache
@for_roles("imports", "undo")
def undo_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what undo would delete, or what prevents it; POST runs it."""
    run = find_import(request, pk)
    obstacles: list[str] = []
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
        "deleted_counts": undo_table(counts),
        "left_changed": counts["orders_left_changed"],
        "obstacles": obstacles or list(undo.undo_obstacles(run)),
    }
    status = 409 if request.method == "POST" else 200
    return render(request, "imports/undo_form.html", context, status=status)


@require_POST
@for_roles("imports", "destroy")
def delete_view(request: HttpRequest, pk: int) -> HttpResponse:
    run = find_import(request, pk)
    try:
        services.delete_import(run)
    except services.WrongState as error:
        messages.error(request, str(error))
        return redirect("imports-one", pk)
    messages.success(request, f"{run.name} was deleted.")
    return redirect("imports")


def redirect_from_polling(request: HttpRequest, address: str) -> HttpResponse:
    """Leave a page that polls: htmx needs a header and a status of its own for it."""
    response = redirect(address)
    if "HX-Request" in request.headers:
        del response["Location"]
        response["HX-Redirect"] = address
        response.status_code = HTMX_STOP_POLLING
    return response
