"""Files of reports, schedules that send them, and alerts."""

from functools import partial

from django.http import FileResponse
from django.urls import reverse
from drf_yasg import openapi
from drf_yasg.utils import swagger_auto_schema
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.api.reports import resource_of
from analytics.faces import XLSX
from analytics.semantics.filters import Reader
from core.problems import exception_statuses
from core.resources import ResourceViewSet
from core.schema import FILE
from exports import access, large_months, monthly, scheduler, serializers
from exports.models import Alert, Export, Schedule

# Not 404: the export is there, only its state is in the way.
exception_statuses.update({access.FileNotReady: 409})
FILES = [XLSX, "text/csv", "application/zip", "application/pdf"]


class AnyFile(JSONRenderer):
    """Accepts requests for the file's own type; it renders only errors."""

    media_type = "*/*"
    format = "file"


class Exports(ResourceViewSet):
    """Reports as files: created by a worker, kept for some days."""

    resource = "exports"
    queryset = Export.objects.all()
    serializer_class = serializers.ExportSerializer
    bodies = {"create": serializers.NewExportSerializer}
    ordering_fields = ("created_at", "id")
    http_method_names = ("get", "head", "post", "delete")

    def create(self, request):
        """Create a file of one report, of several, or of `["monthly"]` with the parameter `month`.
        A worker does it next: `state` is `done` when the file is ready."""
        return super().create(request)

    def remove(self, export):
        access.delete_export(export)

    @swagger_auto_schema(responses={200: openapi.Response("The file", FILE)}, produces=FILES)
    def file(self, request, pk):
        """Download the file: for the user who created it, while they may see everything in it."""
        return access.file_response(self.get_object(), request.user)

    # Or a client that accepts only the file's type would get 406 before the view is called.
    def get_renderers(self):
        return [*super().get_renderers(), *([AnyFile()] if self.action == "file" else [])]


class Notifications(ResourceViewSet):
    @action(detail=True, methods=["post"])
    def test(self, request, pk):
        """Send it now, to the owner only."""
        row = self.get_object()
        scheduler.send_test(row)
        return Response(self.shown(row))


class Schedules(Notifications):
    """Reports that are emailed daily, weekly or monthly."""

    resource = "schedules"
    queryset = Schedule.objects.prefetch_related("recipients")
    serializer_class = serializers.ScheduleSerializer
    search_fields = ("name",)
    ordering_fields = ("name", "next_at", "id")


class Alerts(Notifications):
    """Conditions that are checked every few minutes; recipients get one email when one is met."""

    resource = "alerts"
    queryset = Alert.objects.prefetch_related("recipients")
    serializer_class = serializers.AlertSerializer
    search_fields = ("name",)
    ordering_fields = ("name", "looked_at", "id")


class ExportSales(APIView):
    """The monthly sales report of a month."""

    resource = "export-sales"
    actions = {"get": "retrieve"}
    http_method_names = ("get", "head")

    @swagger_auto_schema(
        operation_summary="The monthly sales report, as an Excel workbook",
        manual_parameters=[
            openapi.Parameter(name, openapi.IN_QUERY, type=openapi.TYPE_STRING, description=text)
            for name, text in (
                ("country", "Code or name of a country. Repeatable."),
                ("category", "Only products of this category."),
                ("snapshot", "Number of an earlier state of the ledger."),
            )
        ],
        responses={200: openapi.Response("The workbook", FILE)},
        produces=[XLSX],
    )
    def get(self, request, month, year):
        """The same state of the ledger gives the same file. A very large month is left to the
        worker: the answer is 202 with the `address` of the file. Repeat the request to get the file
        as soon as it is ready."""
        user, parameters = request.user, request.query_params.copy()
        report = monthly.monthly_report(f"{year}-{month}", Reader.of(user), parameters.copy())
        # A long request would hold one of the four threads of a process.
        if large_months.is_large(report, user):
            export = large_months.find_or_create_export(report, user, parameters)
            return self.export_response(export, user)
        # Written before the answer begins: a later error would be half a file with status 200.
        file = access.temporary_file(
            partial(
                monthly.write_monthly_report,
                month=report,
                may_see=lambda sheet: user.may(resource_of(sheet), "retrieve"),
            )
        )
        response = FileResponse(file, as_attachment=True, filename=report.file_name)
        # FileResponse asks the system's list of types, which on slim images does not know xlsx.
        response["Content-Type"] = XLSX
        response["Cache-Control"] = "private, no-cache"
        return response

    def export_response(self, export: Export, user):
        if export.state == Export.State.DONE:
            return access.file_response(export, user)
        address = reverse("export-file", args=[export.pk])
        body = {"id": export.pk, "state": export.state, "address": address}
        return Response(body, 202, headers={"Location": address, "Retry-After": "5"})
