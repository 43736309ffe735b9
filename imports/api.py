"""Imports of files, mappings for files of unknown formats, and lists of purchases."""

from collections.abc import Mapping as Dictionary
from functools import partial
from typing import IO, Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import parse_header_parameters
from django_filters import rest_framework as filters
from drf_yasg import openapi
from drf_yasg.utils import swagger_auto_schema
from rest_framework import exceptions
from rest_framework.decorators import action
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core.filters import day
from core.parsers import Json, TooLarge
from core.problems import exception_statuses
from core.resources import ResourceViewSet
from core.schema import FILE, IDEMPOTENCY_KEY
from customers.api import CountryFilter
from imports import serializers, services, uploads
from imports.corrections import rejected_csv
from imports.files import FileRefused
from imports.formats import formats
from imports.formats.purchases import PURCHASES
from imports.models import Import, Mapping
from imports.purchases import RowsRefused, record_purchases
from imports.undo import NotUndone, undo
from orders.idempotency import created_once
from orders.models import Order

exception_statuses.update({services.WrongState: 409, NotUndone: 409})
FORM_OVERHEAD = 64 * 1024  # bytes that a form adds to the file
BULK_MAX_BYTES = 5 * 2**20


class Csv(JSONRenderer):
    """Lets a client accept CSV. Only errors are rendered by it, as JSON."""

    media_type = "text/csv"
    format = "csv"


class ImportFilters(filters.FilterSet):
    state = filters.ChoiceFilter(choices=Import.State.choices, label="State")
    format = filters.ChoiceFilter(
        choices=[(name, name) for name in ("auto", "generic", *formats())], label="Format"
    )


class Imports(ResourceViewSet):
    """Files of orders: uploaded, read by a worker, previewed, committed, perhaps undone."""

    resource = "imports"
    queryset = Import.objects.select_related("mapping")
    serializer_class = serializers.ImportBody
    bodies = {"create": serializers.NewImport, "read_again": serializers.Choices}
    parser_classes = [MultiPartParser]
    filterset_class = ImportFilters
    search_fields = ("name",)
    ordering_fields = ("created_at", "name", "state", "id")
    http_method_names = ("get", "head", "post", "delete")

    def create(self, request: Request) -> Response:
        """Upload a file. A worker reads it next; the preview is ready when `state` is previewed."""
        refuse_large(request, settings.IMPORT_MAX_BYTES + FORM_OVERHEAD)
        try:
            run = self.checked(request).save()
        except uploads.TooLarge as error:
            raise TooLarge(str(error)) from None
        return Response(self.shown(run), 201)

    def remove(self, run: Import) -> None:
        services.delete_import(run)

    @action(detail=True, methods=["post"], url_path="read-again")
    def read_again(self, request: Request, pk: str) -> Response:
        """Read the file with other options: a previewed one, or one that was refused for its
        columns or encoding within the last hour."""
        options = self.checked(request).validated_data
        return Response(self.shown(services.read_import_again(self.get_object(), **options)))

    @action(detail=True, methods=["post"])
    def commit(self, request: Request, pk: str) -> Response:
        """Import what the preview has shown: previewed → writing → done."""
        return Response(self.shown(services.commit_import(self.get_object())))

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel the import. If it is being written, everything is rolled back."""
        return Response(self.shown(services.cancel_import(self.get_object())))

    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Delete what the import created, unless something newer depends on it."""
        return Response(self.shown(undo(self.get_object())))

    @swagger_auto_schema(
        responses={200: openapi.Response("A CSV to correct and import again", FILE)},
        produces=["text/csv"],
    )
    def rejected(self, request: Request, pk: str) -> StreamingHttpResponse:
        """The rejected rows with the columns of their file, followed by the reasons."""
        run = self.get_object()
        lines = (line.encode() for line in rejected_csv(run))
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="rejected-{run.pk}.csv"'
        return response

    def get_renderers(self) -> list[BaseRenderer]:
        return [*super().get_renderers(), *([Csv()] if self.action == "rejected" else [])]


class Mappings(ResourceViewSet):
    """The columns of files of unknown formats, by field."""

    resource = "import-mappings"
    queryset = Mapping.objects.all()
    serializer_class = serializers.MappingBody
    search_fields = ("name",)
    ordering_fields = ("name", "created_at", "id")


class PurchaseFilters(filters.FilterSet):
    country = CountryFilter("country", label="Code, name or id; repeat for several")
    countries = CountryFilter("country", label="Same as country")
    start_date = day("placed_on", "gte", label="First day")
    end_date = day("placed_on", "lte", label="Last day")


class Purchases(ResourceViewSet):
    """Single purchases: customer, country, date and amount. Each is an order with one line."""

    resource = "purchases"
    queryset = Order.objects.filter(source=PURCHASES.name).select_related("customer", "country")
    serializer_class = serializers.PurchaseBody
    bodies = {"create": serializers.NewPurchase}
    parser_classes = [Json]
    filterset_class = PurchaseFilters
    search_fields: tuple[str, ...] = ("customer__name",)
    ordering_fields: tuple[str, ...] = ("placed_on", "total", "id")
    http_method_names: tuple[str, ...] = ("get", "head", "post")

    @swagger_auto_schema(manual_parameters=[IDEMPOTENCY_KEY])
    def create(self, request: Request) -> Response:
        """Record a purchase. Sending it again records another one, unless both requests have the
        same `Idempotency-Key`."""
        return created_once(request, partial(super().create, request))


class CsvBody(BaseParser):
    """The file as the body of the request; `charset` of its Content-Type is the encoding."""

    media_type = "text/csv"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Dictionary[str, Any] | None = None,
    ) -> dict[str, Any]:
        # One byte more shows that the body is too large if its length was not declared.
        file = ContentFile(stream.read(BULK_MAX_BYTES + 1), "purchases.csv")
        _, parameters = parse_header_parameters(media_type or "")
        charset = parameters.get("charset", "")
        return {"file": file} | ({"encoding": charset} if charset else {})


class PurchaseFiles(ResourceViewSet):
    """Many purchases at once."""

    resource = "purchases"
    queryset = Import.objects.all()
    serializer_class = serializers.BulkResult
    bodies = {"bulk": serializers.Bulk}
    success_statuses = {"bulk": 201}
    parser_classes = [MultiPartParser, CsvBody]
    http_method_names = ("post",)

    def bulk(self, request: Request) -> Response:
        """Record a CSV with the columns customer_name, country, purchase_date and amount, sent as
        the field `file` of a form or as the body itself. Sending the same file again stores
        nothing. A file that is not UTF-8 needs the field `encoding`, or `charset` in the body's
        Content-Type."""
        return Response(self.serializer_class(self.recorded(request)).data, 201)

    def recorded(self, request: Request, **options: Any) -> Import:
        refuse_large(
            request, BULK_MAX_BYTES + FORM_OVERHEAD, " Upload large files at /api/imports/."
        )
        body = self.checked(request).validated_data
        try:
            return record_purchases(user=request.user, limit=BULK_MAX_BYTES, **body, **options)
        except uploads.TooLarge as error:
            raise TooLarge(f"{error} Upload large files at /api/imports/.") from None
        except FileRefused as refused:
            field = "encoding" if refused.code == "unknown_encoding" else "file"
            raise exceptions.ValidationError({field: [refused.reason]}) from None
        except RowsRefused as refused:
            raise exceptions.ValidationError({"file": refused.rejects}) from None


def refuse_large(request: HttpRequest | Request, limit: int, hint: str = "") -> None:
    """Refuse a large body before it is read: Django would store all of it first."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
        raise TooLarge(f"{uploads.TooLarge(limit - FORM_OVERHEAD)}{hint}")
