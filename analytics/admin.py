from django.contrib import admin

from analytics.models import Fit, Snapshot
from config.admin import ReadOnlyAdmin


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    """The states of the ledger that are kept; reports are asked for one by its number."""

    list_display = ("number", "created_at")
    search_fields = ("=number",)
    fields = readonly_fields = ("number", "created_at", "token", "parts", "files")
    show_full_result_count = False

    @admin.display(description="parts")
    def parts(self, snapshot):
        return len(snapshot.parts)


@admin.register(Fit)
class FitAdmin(ReadOnlyAdmin):
    """What the models found, and how well they did."""

    list_display = ("name", "made_at", "read_from", "used_from", "seconds", "is_refusal", "words")
    list_filter = ("name", "is_refusal")
    search_fields = ("name",)
    fields = readonly_fields = (
        "name", "made_at", "seconds", "read_from", "used_from", "is_refusal", "words",
        "parameters", "backtest",
    )  # fmt: skip
