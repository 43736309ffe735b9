"""Imports in the admin: upload, look at the preview, commit, cancel, undo; mappings; rejects."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
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

COUNTED = ("read", "stored", "updated", "unchanged", "rejected")


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

    def clean_upload(self):
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
    shown = (
        "name", "state", "error", "format", "mapping", "encoding", "dates", "progress",
        "row_counts", "rejects", "warnings", "first_rows", "size", "sha256", "user", "created_at",
        "finished_at",
    )  # fmt: skip

    def get_fields(self, request, obj=None):
        return self.shown if obj else UploadForm.Meta.fields

    def get_readonly_fields(self, request, obj=None):
        return self.shown if obj else ()

    def get_form(self, request, obj=None, **kwargs):
        return super().get_form(request, obj, **({} if obj else {"form": UploadForm}), **kwargs)

    def save_model(self, request, obj, form, change):
        given = form.cleaned_data
        run = services.upload(
            given["upload"], request.user, format=given["format"], mapping=given["mapping"],
            encoding=given["encoding"], dates=given["dates"],
        )  # fmt: skip
        obj.__dict__.update(run.__dict__)

    def has_change_permission(self, request, obj=None):
        return False

    def get_deleted_objects(self, objs, request):
        """Only what left nothing in the books goes, and its rejects with it."""
        kept = [f"{run}: {why}" for run in objs if (why := services.deletion_obstacle(run))]
        return [str(run) for run in objs], {"imports": len(objs)}, set(), kept

    def delete_model(self, request, obj):
        self._each(request, [obj], services.delete_import)

    def delete_queryset(self, request, queryset):
        self._each(request, queryset, services.delete_import)

    # Columns and fields

    @admin.display(description="read")
    def rows_read(self, run):
        return run.counts.get("read")

    @admin.display(description="stored")
    def rows_stored(self, run):
        return run.counts.get("stored")

    @admin.display(description="rejected")
    def rows_rejected(self, run):
        return run.counts.get("rejected")

    def progress(self, run):
        said = uploads.read_progress(run.file)
        return f"{said['done']:,} of {said['total'] or 0:,} rows" if said.get("heartbeat") else "–"

    @admin.display(description="Rows")
    def row_counts(self, run):
        found = [f"{run.counts[name]:,} {name}" for name in COUNTED if name in run.counts]
        found += [f"{n:,} × {code}" for code, n in run.counts.get("reasons", {}).items()]
        return ", ".join(found) or "–"

    def rejects(self, run):
        if not run.rejects.exists():
            return "–"
        rows = f"{reverse('admin:imports_reject_changelist')}?run__id__exact={run.pk}"
        file = reverse("import-rejected", args=[run.pk])
        return format_html('<a href="{}">View</a> or <a href="{}">download as CSV</a>', rows, file)

    def warnings(self, run):
        found = run.preview.get("warnings") or ["–"]
        return format_html_join("", "<p>{}</p>", ((words,) for words in found))

    @admin.display(description="Preview of the first rows")
    def first_rows(self, run):
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

    # What one may do with them

    def has_write_permission(self, request):
        return all(request.user.may("imports", step) for step in ("commit", "cancel", "undo"))

    @admin.action(description="Import selected files", permissions=["write"])
    def commit(self, request, runs):
        self._each(request, runs, services.commit)

    @admin.action(description="Cancel selected imports", permissions=["write"])
    def cancel(self, request, runs):
        self._each(request, runs, services.cancel)

    @admin.action(description="Undo selected imports", permissions=["write"])
    def undo(self, request, runs):
        self._each(request, runs, undo)

    def _each(self, request, runs, step):
        """One that is refused does not hold up the others; each refusal is told with its reason."""
        for run in list(runs):
            try:
                after = step(run)
            except (services.WrongState, NotUndone) as error:
                self.message_user(request, f"{run.name}: {error}", messages.ERROR)
            else:
                said = f"is {after.state}" if after else "was deleted"
                self.message_user(request, f"{run.name} {said}.", messages.SUCCESS)
                if after:
                    self.log_change(request, after, f"Now {after.state}.")


@admin.register(Reject)
class RejectAdmin(ReadOnlyAdmin):
    list_display = ("record", "line", "column", "code", "reason", "raw")
    list_filter = ("code",)
    search_fields = ("raw",)
    list_display_links = None
    show_full_result_count = False

    def lookup_allowed(self, lookup, value, request=None):
        return lookup == "run__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_model_perms(self, request):
        return {}  # reached from its import


class MappingForm(forms.ModelForm):
    def clean_columns(self):
        columns = self.cleaned_data["columns"]
        if not isinstance(columns, dict):
            raise ValidationError('Write {"field": "column of the file"}.')
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
