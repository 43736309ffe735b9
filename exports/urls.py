from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from exports import api, pages
from exports.notification_pages import (
    ALERTS,
    SCHEDULES,
    alerts,
    delete,
    detail,
    edit,
    pause,
    schedules,
    test,
)

router = SimpleRouter()
router.register("exports", api.Exports, basename="export")
router.register("schedules", api.Schedules, basename="schedule")
router.register("alerts", api.Alerts, basename="alert")

FILE = f"^exports/(?P<pk>{api.Exports.lookup_value_regex})/file/$"

urlpatterns = [
    *router.urls,
    re_path(FILE, api.Exports.as_view({"get": "file"}), name="export-file"),
    path("export-sales/<str:month>/<str:year>/", api.ExportSales.as_view()),
]

# Pages are at the root, not under api/.
page_urlpatterns = [
    path("exports/", pages.export_list, name="exports"),
    path("exports/<int:pk>/", pages.export_detail, name="exports-one"),
    path("exports/<int:pk>/forget/", pages.export_delete, name="exports-forget"),
    path("exports/schedules/", schedules, name="exports-schedules"),
    path("exports/schedules/<int:pk>/", detail(SCHEDULES), name="exports-schedule"),
    path("exports/schedules/<int:pk>/edit/", edit(SCHEDULES), name="exports-schedule-edit"),
    path("exports/schedules/<int:pk>/pause/", pause(SCHEDULES), name="exports-schedule-pause"),
    path("exports/schedules/<int:pk>/test/", test(SCHEDULES), name="exports-schedule-test"),
    path("exports/schedules/<int:pk>/end/", delete(SCHEDULES), name="exports-schedule-end"),
    path("exports/alerts/", alerts, name="exports-alerts"),
    path("exports/alerts/<int:pk>/", detail(ALERTS), name="exports-alert"),
    path("exports/alerts/<int:pk>/edit/", edit(ALERTS), name="exports-alert-edit"),
    path("exports/alerts/<int:pk>/pause/", pause(ALERTS), name="exports-alert-pause"),
    path("exports/alerts/<int:pk>/test/", test(ALERTS), name="exports-alert-test"),
    path("exports/alerts/<int:pk>/end/", delete(ALERTS), name="exports-alert-end"),
    # The address is in emails that were sent long ago, so it keeps its word.
    path("exports/leave/<str:ticket>/", pages.unsubscribe, name="exports-leave"),
]
