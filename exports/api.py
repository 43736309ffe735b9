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
from core.problems import refusals
from core.resources import ResourceViewSet
from core.schema import FILE
from exports import access, large_months, monthly, scheduler, serializers
from exports.models import Alert, Export, Schedule

refusals.update({access.FileNotReady: 409})
FILES = [XLSX, "text/csv", "application/zip", "application/pdf"]


class AnyFile(JSONRenderer):
    """Lets a caller ask for the file's own kind; what is rendered here are only errors."""

    media_type = "*/*"
    format = "file"


class Exports(ResourceViewSet):
    """Files that were asked for: made by a worker, kept for some days."""

    resource = "exports"
    queryset = Export.objects.all()
    serializer_class = serializers.ExportSerializer
    bodies = {"create": serializers.NewExportSerializer}
    ordering_fields = ("created_at", "id")
    http_method_names = ("get", "head", "post", "delete")

    def create(self, request):
        """Ask for a file: of one report, of several, or `["monthly"]` with the parameter `month`.
        A worker makes it next: `state` says when it is there."""
        return super().create(request)

    def remove(self, export):
        access.delete_export(export)

    @swagger_auto_schema(responses={200: openapi.Response("The file", FILE)}, produces=FILES)
    def file(self, request, pk):
        """The file itself, for who asked for it, as long as they may see what is in it."""
        return access.file_response(self.get_object(), request.user)

    def get_renderers(self):
        return [*super().get_renderers(), *([AnyFile()] if self.action == "file" else [])]


class Tested(ResourceViewSet):
    @action(detail=True, methods=["post"])
    def test(self, request, pk):
        """Send it now, to its owner only."""
        row = self.get_object()
        scheduler.send_test(row)
        return Response(self.shown(row))


class Schedules(Tested):
    """Files that go out by e-mail daily, weekly or monthly."""

    resource = "schedules"
    queryset = Schedule.objects.prefetch_related("recipients")
    serializer_class = serializers.ScheduleSerializer
    search_fields = ("name",)
    ordering_fields = ("name", "next_at", "id")


class Alerts(Tested):
    """Conditions that are looked at every few minutes; people are told once."""

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
                ("country", "Code or name of a country; may be repeated."),
                ("category", "Only products of this category."),
                ("snapshot", "Number of a kept state of the ledger."),
            )
        ],
        responses={200: openapi.Response("The workbook", FILE)},
        produces=[XLSX],
    )
    def get(self, request, month, year):
        """The same state of the ledger gives the same file. A month of very many lines is made by
        the worker: 202 with the `address` of the file; this address answers with it, too, as soon
        as it is there."""
        user, parameters = request.user, request.query_params.copy()
        asked = monthly.monthly_report(f"{year}-{month}", Reader.of(user), parameters.copy())
        if large_months.is_large(asked, user):
            return self.later(large_months.find_or_create_export(asked, user, parameters), user)
        file = access.temporary_file(
            partial(
                monthly.write_monthly_report,
                month=asked,
                may_see=lambda report: user.may(resource_of(report), "retrieve"),
            )
        )
        answer = FileResponse(file, as_attachment=True, filename=asked.file_name)
        answer["Content-Type"] = XLSX
        answer["Cache-Control"] = "private, no-cache"
        return answer

    def later(self, export: Export, user):
        if export.state == Export.State.DONE:
            return access.file_response(export, user)
        address = reverse("export-file", args=[export.pk])
        told = {"id": export.pk, "state": export.state, "address": address}
        return Response(told, 202, headers={"Location": address, "Retry-After": "5"})
