"""Exports, schedules, alerts and their delivery history in the admin.

They are created and edited on the pages and in the API, which check them; here they are read,
paused, tested and deleted.
"""

from django.contrib import admin

from core.admin import ReadOnlyAdmin
from exports import access
from exports.models import Alert, Email, Export, Schedule, Sending


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "user", "format", "state", "size", "created_at")
    list_filter = ("state", "format")
    search_fields = ("name",)
    fields = (
        "user", "reports", "parameters", "format", "state", "error", "done", "total", "attempts",
        "name", "size", "snapshot", "countries", "created_at", "finished_at",
    )  # fmt: skip


class HiddenCountriesMixin:
    """Hides texts that cover countries which the signed-in user can no longer see."""

    def get_object(self, request, object_id, from_field=None):
        # Only in memory: the admin is read-only, so the hidden text never reaches the database.
        row = super().get_object(request, object_id, from_field)
        if isinstance(row, Alert):
            row.active_issues = access.active_issues_for(row, request.user)
        elif row is not None:
            row.words = access.text_for(row, request.user)
        return row


class NotificationAdmin(ReadOnlyAdmin):
    list_filter = ("is_active",)
    search_fields = ("name",)
    actions = ("start", "stop", "test")

    def has_delete_permission(self, request, obj=None):
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    @admin.action(description="Resume", permissions=["update"])
    def start(self, request, rows):
        # Through save(): a schedule then starts at its next time, not at the ones it missed.
        for row in rows.filter(is_active=False):
            row.is_active = True
            row.save()

    @admin.action(description="Pause", permissions=["update"])
    def stop(self, request, rows):
        rows.update(is_active=False)

    @admin.action(description="Send test email to the owner", permissions=["update"])
    def test(self, request, rows):
        # Here, because it loads every report, which most commands do without.
        from exports.notification_pages import send_test_and_report

        for row in rows:
            send_test_and_report(request, row)

    # Django calls it for actions with permissions=["update"].
    def has_update_permission(self, request):
        return request.user.may(self.resource, "update")


@admin.register(Schedule)
class ScheduleAdmin(NotificationAdmin):
    resource = "schedules"
    list_display = ("name", "user", "rhythm", "at", "next_at", "is_active")
    fields = (
        "name", "user", "reports", "parameters", "format", "period", "rhythm", "weekday", "day",
        "at", "subject", "recipients", "is_active", "next_at", "created_at",
    )  # fmt: skip


@admin.register(Alert)
class AlertAdmin(HiddenCountriesMixin, NotificationAdmin):
    resource = "alerts"
    list_display = ("name", "user", "about", "report", "looked_at", "error", "is_active")
    fields = (
        "name", "user", "about", "report", "column", "test", "limit", "parameters", "period",
        "recipients", "is_active", "active_issues", "looked_at", "error", "created_at",
    )  # fmt: skip


class EmailInline(admin.TabularInline):
    model = Email
    extra = 0
    can_delete = False
    fields = readonly_fields = ("user", "state", "changed_at")

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(Sending)
class SendingAdmin(HiddenCountriesMixin, ReadOnlyAdmin):
    list_display = ("__str__", "state", "is_test", "error", "finished_at")
    list_filter = ("state", "is_test")
    fields = ("schedule", "alert", "due_at", "is_test", "words", "state", "error", "finished_at")
    inlines = (EmailInline,)
