from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from exports import api, pages

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

# Pages stand at the root, not under api/.
page_urlpatterns = [
    path("exports/", pages.exports, name="exports"),
    path("exports/<int:pk>/", pages.one, name="exports-one"),
    path("exports/<int:pk>/forget/", pages.forget, name="exports-forget"),
    path("exports/schedules/", pages.schedules, name="exports-schedules"),
    path("exports/schedules/<int:pk>/", pages.schedule, name="exports-schedule"),
    path("exports/schedules/<int:pk>/test/", pages.test_schedule, name="exports-schedule-test"),
    path("exports/schedules/<int:pk>/end/", pages.end_schedule, name="exports-schedule-end"),
    path("exports/schedules/<int:pk>/edit/", pages.edit_schedule, name="exports-schedule-edit"),
    path("exports/schedules/<int:pk>/pause/", pages.pause_schedule, name="exports-schedule-pause"),
    path("exports/alerts/", pages.alerts, name="exports-alerts"),
    path("exports/alerts/<int:pk>/", pages.alert, name="exports-alert"),
    path("exports/alerts/<int:pk>/test/", pages.test_alert, name="exports-alert-test"),
    path("exports/alerts/<int:pk>/end/", pages.end_alert, name="exports-alert-end"),
    path("exports/alerts/<int:pk>/edit/", pages.edit_alert, name="exports-alert-edit"),
    path("exports/alerts/<int:pk>/pause/", pages.pause_alert, name="exports-alert-pause"),
    path("exports/leave/<str:ticket>/", pages.leave, name="exports-leave"),
]
