from django.contrib import admin

from core.admin import ReadOnlyAdmin
from ledger.models import Snapshot


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
