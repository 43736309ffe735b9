"""Imports in the admin: upload, preview, commit, cancel, undo; mappings; rejects."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from core.admin import ReadOnlyAdmin, ScopedAdmin
from imports import services, uploads
from imports.formats import formats
from imports.formats.generic import BadMapping, check_mapping
from imports.models import Import, Mapping, Reject
from imports.serializers import DATES
from imports.undo import NotUndone, undo
from imports.uploads import TooLarge


class UploadForm(forms.ModelForm):
    upload = forms.FileField(allow_empty_file=True, label="File")
    format = forms.ChoiceField(
        choices=[
            ("auto", "Detect automatically"),
            *((name, known.title) for name, known in formats().items()),
        ]
    )
    dates = forms.ChoiceField(
        choices=[("", "Detect automatically"), *DATES],
        required=False,
        label="Dates like 03/04/2026",
    )

    class Meta:
        model = Import
        fields = ("upload", "format", "mapping", "encoding", "dates")

    def clean_upload(self) -> UploadedFile:
        file = self.cleaned_data["upload"]
        if file.size > settings.IMPORT_MAX_BYTES:
            raise ValidationError(str(TooLarge(settings.IMPORT_MAX_BYTES)))
        return file


@admin.register(Import)
class ImportAdmin(ScopedAdmin):
    list_display = (
        "name", "state", "format", "rows_read", "rows_stored", "rows_rejected", "progress",
        "created_at",
    )  # fmt: skip
    list_filter = ("state", "format")
    search_fields = ("name",)
    show_full_result_count = False
    actions = ("commit", "cancel", "undo")
    detail_fields = (
        "name", "state", "error", "format", "mapping", "encoding", "dates", "progress",
        "row_counts", "rejects", "warnings", "first_rows", "size", "sha256", "user", "created_at",
        "finished_at",
    )  # fmt: skip

    def get_fields(self, request: HttpRequest, obj: Import | None = None) -> tuple[str, ...]:
        return self.detail_fields if obj else UploadForm.Meta.fields

    def get_readonly_fields(
        self, request: HttpRequest, obj: Import | None = None
    ) -> tuple[str, ...]:
        return self.detail_fields if obj else ()

    def get_form(
        self, request: HttpRequest, obj: Import | None = None, **kwargs: Any
    ) -> type[forms.ModelForm]:
        return super().get_form(request, obj, **({} if obj else {"form": UploadForm}), **kwargs)

    def save_model(self, request: HttpRequest, obj: Import, form: UploadForm, change: bool) -> None:
        data = form.cleaned_data
        run = services.upload_file(
            data["upload"], request.user, format=data["format"], mapping=data["mapping"],
            encoding=data["encoding"], dates=data["dates"],
        )  # fmt: skip
        # Django goes on with `obj`, for its log and its redirect.
        obj.__dict__.update(run.__dict__)

    def has_change_permission(self, request: HttpRequest, obj: Import | None = None) -> bool:
        return False

    def get_deleted_objects(
        self, objs: Iterable[Import], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Only imports that left no records can be deleted, together with their rejects."""
        # Django's own method would load all rejects and list each of them.
        objs = list(objs)
        protected = [
            f"{run}: {reason}" for run in objs if (reason := services.deletion_obstacle(run))
        ]
        return [str(run) for run in objs], {"imports": len(objs)}, set(), protected

    def delete_model(self, request: HttpRequest, obj: Import) -> None:
        self._run_step(request, [obj], services.delete_import)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._run_step(request, queryset, services.delete_import)

    # Columns and fields

    @admin.display(description="read")
    def rows_read(self, run: Import) -> int | None:
        return run.counts.get("read")

    @admin.display(description="stored")
    def rows_stored(self, run: Import) -> int | None:
        return run.counts.get("stored")

    @admin.display(description="rejected")
    def rows_rejected(self, run: Import) -> int | None:
        return run.counts.get("rejected")

    def progress(self, run: Import) -> str:
        progress = uploads.read_progress(run.file)
        if not progress.get("heartbeat"):
            return "–"
        return f"{progress['done']:,} of {progress['total'] or 0:,} rows"

    @admin.display(description="Rows")
    def row_counts(self, run: Import) -> str:
        counts = [
            f"{run.counts[name]:,} {name}" for name in Import.ROW_COUNTS if name in run.counts
        ]
        counts += [f"{n:,} × {code}" for code, n in run.counts.get("reasons", {}).items()]
        return ", ".join(counts) or "–"

    def rejects(self, run: Import) -> str:
        if not run.rejects.exists():
            return "–"
        rows = f"{reverse('admin:imports_reject_changelist')}?run__id__exact={run.pk}"
        file = reverse("import-rejected", args=[run.pk])
        return format_html('<a href="{}">View</a> or <a href="{}">download as CSV</a>', rows, file)

    def warnings(self, run: Import) -> str:
        warnings = run.preview.get("warnings") or ["–"]
        return format_html_join("", "<p>{}</p>", ((warning,) for warning in warnings))

    @admin.display(description="Preview of the first rows")
    def first_rows(self, run: Import) -> str:
        rows = run.preview.get("rows")
        if not rows:
            return "–"
        names = run.preview["fields"]
        head = format_html_join("", "<th>{}</th>", ((name,) for name in names))
        cells = (
            format_html_join("", "<td>{}</td>", ((row[name] or "",) for name in names))
            for row in rows
        )
        body = format_html_join("", "<tr>{}</tr>", ((row,) for row in cells))
        return format_html("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>", head, body)

    # Actions

    def has_write_permission(self, request: HttpRequest) -> bool:
        return all(request.user.may("imports", step) for step in ("commit", "cancel", "undo"))

    @admin.action(description="Commit selected imports", permissions=["write"])
    def commit(self, request: HttpRequest, runs: QuerySet) -> None:
        self._run_step(request, runs, services.commit_import)

    @admin.action(description="Cancel selected imports", permissions=["write"])
    def cancel(self, request: HttpRequest, runs: QuerySet) -> None:
        self._run_step(request, runs, services.cancel_import)

    @admin.action(description="Undo selected imports", permissions=["write"])
    def undo(self, request: HttpRequest, runs: QuerySet) -> None:
        self._run_step(request, runs, undo)

    def _run_step(
        self,
        request: HttpRequest,
        runs: Iterable[Import],
        step: Callable[[Import], Import | None],
    ) -> None:
        """Run the step on each import; one that is refused does not stop the others."""
        for run in list(runs):
            try:
                updated = step(run)
            except (services.WrongState, NotUndone) as error:
                self.message_user(request, f"{run.name}: {error}", messages.ERROR)
                continue
            outcome = f"is {updated.state}" if updated else "was deleted"
            self.message_user(request, f"{run.name} {outcome}.", messages.SUCCESS)
            if updated:
                self.log_change(request, updated, f"Now {updated.state}.")


@admin.register(Reject)
class RejectAdmin(ReadOnlyAdmin):
    list_display = ("record", "line", "column", "code", "reason", "raw")
    list_filter = ("code",)
    search_fields = ("raw",)
    list_display_links = None
    show_full_result_count = False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        # Django allows the lookups of `list_filter` only; the link of an import uses this one.
        return lookup == "run__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        return {}  # not in the index: the list is linked from its import


class MappingForm(forms.ModelForm):
    def clean_columns(self) -> dict[str, str]:
        columns = self.cleaned_data["columns"]
        if not isinstance(columns, dict):
            raise ValidationError('Enter {"field": "column of the file"}.')
        try:
            check_mapping(columns)
        except BadMapping as error:
            raise ValidationError(str(error)) from None
        return columns


@admin.register(Mapping)
class MappingAdmin(ScopedAdmin):
    form = MappingForm
    list_display = ("name", "created_at")
    search_fields = ("name",)
