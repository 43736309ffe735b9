from django.apps import AppConfig

from core.actions import Action
from core.menu import MenuEntry
from core.schedules import every, watch_the_clock
from core.temporary_folders import delete_abandoned_folders


class ExportsConfig(AppConfig):
    name = "exports"
    report_packages = ("exports.reports",)
    report_entries = "exports.report_entries.ENTRIES"
    menu = (
        MenuEntry(20, "/exports/", "Exports & schedules", "exports", "exports", group="data"),
        MenuEntry(
            30,
            "/exports/alerts/",
            "Alerts",
            "alerts",
            "alerts",
            group="data",
            badge="exports.access.count_active_issues",
        ),
    )
    actions = (
        Action("New export", "/exports/#new-title", "exports"),
        Action("Create schedule", "/exports/schedules/#new-title", "schedules"),
        Action("Create alert", "/exports/alerts/#new-title", "alerts"),
    )

    def ready(self):
        from django_q.signals import post_spawn

        post_spawn.connect(watch_the_clock, dispatch_uid="watch_the_clock")
        # Signals hold their receivers weakly: without weak=False the lambda would be gone at once.
        post_spawn.connect(lambda **_: delete_abandoned_folders(), weak=False, dispatch_uid="sweep")
        every(1, "exports.scheduler.tick", app=self)
        every(1, "exports.jobs.resume", app=self)
        every(5, "exports.scheduler.check_alerts", app=self)
