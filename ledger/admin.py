from django.contrib import admin

from core.admin import ReadOnlyAdmin
from ledger.models import Snapshot


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    """The stored snapshots; a report takes the number of one as `snapshot`."""

    list_display = ("number", "created_at")
    search_fields = ("=number",)
    fields = readonly_fields = ("number", "created_at", "token", "part_count", "files")
    show_full_result_count = False

    @admin.display(description="parts")
    def part_count(self, snapshot: Snapshot) -> int:
        return len(snapshot.parts)
