"""Requests and responses about imports and purchases."""

import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from drf_yasg.utils import swagger_serializer_method
from rest_framework import serializers

from core.serializers import Body, BookBody, Money
from imports import uploads
from imports.formats import formats
from imports.formats.generic import BadMapping, check_mapping
from imports.models import Import, Mapping, Reject
from imports.purchases import EARLIEST, record_purchase
from imports.services import upload_file
from orders.models import Order
from orders.money import rounded

REJECTS_SHOWN = 100
DATES = (("dmy", "day first"), ("mdy", "month first"))


class Progress(serializers.Serializer):
    """The progress of the worker; null while no worker is at it."""

    done = serializers.IntegerField(help_text="Rows written so far.")
    total = serializers.IntegerField(allow_null=True)
    rows_per_second = serializers.IntegerField()
    seconds_left = serializers.IntegerField(allow_null=True)
    heartbeat = serializers.DateTimeField(help_text="When the worker last reported.")

    def to_representation(self, run: Any) -> dict[str, Any] | None:
        progress = uploads.read_progress(run.file)
        # 0 after the work has ended: the file stays, for the number of attempts.
        if not progress.get("heartbeat"):
            return None
        done, total = progress["done"], progress["total"]
        # The clock may have been set back since.
        rate = done / max(time.time() - progress["started"], 0.001)
        remaining = (total or 0) - done
        heartbeat = datetime.fromtimestamp(progress["heartbeat"], UTC)
        return {
            "done": done,
            "total": total,
            "rows_per_second": round(rate),
            "seconds_left": round(remaining / rate) if rate else None,
            "heartbeat": f"{heartbeat:%Y-%m-%dT%H:%M:%SZ}",
        }


class ImportBody(BookBody):
    mapping = serializers.SlugRelatedField("name", read_only=True)
    progress = Progress(source="*", read_only=True)
    counts = serializers.DictField(read_only=True)
    preview = serializers.DictField(read_only=True)

    class Meta:
        model = Import
        fields = (
            "id", "name", "sha256", "size", "format", "mapping", "encoding", "dates", "state",
            "progress", "counts", "preview", "error", "created_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields


class OwnMapping(serializers.SlugRelatedField):
    """The name of a saved mapping that the user may see."""

    def get_queryset(self) -> QuerySet:
        rows = super().get_queryset()
        return rows.for_user(self.context["request"].user) if "request" in self.context else rows


class Choices(Body):
    """The options for reading a file; what is left out is detected."""

    # Sent back, fields of the answer are refused as "Set by the shop." and not as unknown.
    set_by_shop = ImportBody.Meta.fields
    format = serializers.ChoiceField(
        choices=["auto", "generic", *formats()], default="auto", help_text="auto detects it."
    )
    mapping = OwnMapping(
        "name", queryset=Mapping.objects.all(), required=False, help_text="Name of a saved mapping."
    )
    encoding = serializers.CharField(max_length=20, default="", help_text="If it is not UTF-8.")
    dates = serializers.ChoiceField(DATES, default="", help_text="How to read 03/04/2026.")

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if values["format"] == "generic" and "mapping" not in values:
            raise serializers.ValidationError({"mapping": ["The format generic needs a mapping."]})
        if "mapping" in values and values["format"] not in ("auto", "generic"):
            reason = "A mapping cannot be combined with this format: leave the format out."
            raise serializers.ValidationError({"mapping": [reason]})
        return values


class NewImport(Choices):
    # An empty file is refused by the reader, which stores the reason with the import.
    file = serializers.FileField(
        allow_empty_file=True, help_text="CSV, gzip, zip, xlsx or Parquet."
    )

    def create(self, values: dict[str, Any]) -> Import:
        return upload_file(values.pop("file"), self.context["request"].user, **values)


class MappingBody(BookBody):
    columns = serializers.DictField(
        child=serializers.CharField(max_length=200), help_text="field → column of the file"
    )

    class Meta:
        model = Mapping
        fields = ("id", "name", "columns", "created_at")
        read_only_fields = ("created_at",)
        swagger_schema_fields = {
            "example": {"name": "point of sale", "columns": {"placed": "Day", "unit_price": "Sum"}}
        }

    def validate_columns(self, columns: dict[str, str]) -> dict[str, str]:
        try:
            check_mapping(columns)
        except BadMapping as error:
            raise serializers.ValidationError(str(error)) from None
        return columns


class PurchaseBody(serializers.Serializer):
    id = serializers.IntegerField()
    customer_name = serializers.SerializerMethodField()
    country = serializers.CharField(source="country.name")
    purchase_date = serializers.DateField(source="placed_on")
    amount = Money(source="total")
    currency = serializers.CharField()

    def get_customer_name(self, order: Order) -> str:
        return order.customer.name if order.customer else ""


class NewPurchase(Body):
    set_by_shop = ("id", "currency")
    customer_name = serializers.CharField(max_length=100)
    country = serializers.CharField(max_length=100, help_text="Name or ISO code.")
    purchase_date = serializers.DateField(input_formats=["%Y-%m-%d"])
    # The limit of files too: LARGEST in imports/checks.py.
    amount = Money(min_value=0, max_value=10**9)

    def validate_purchase_date(self, purchase_date: date) -> date:
        # Tomorrow has begun already in zones that are ahead of the shop's.
        if not EARLIEST <= purchase_date <= timezone.localdate() + timedelta(days=1):
            raise serializers.ValidationError("The date is before 1971 or in the future.")
        return purchase_date

    def validate_amount(self, amount: Decimal) -> Decimal:
        if amount != rounded(amount, settings.BASE_CURRENCY):
            reason = f"The amount has more decimal places than {settings.BASE_CURRENCY} has."
            raise serializers.ValidationError(reason)
        return amount

    def create(self, values: dict[str, Any]) -> Order:
        return record_purchase(**values)


class Bulk(Body):
    file = serializers.FileField(allow_empty_file=True, help_text="A CSV of purchases.")
    encoding = serializers.CharField(max_length=20, default="", help_text="If it is not UTF-8.")


class RejectBody(BookBody):
    class Meta:
        model = Reject
        fields = ("record", "line", "column", "code", "reason", "raw")


class BulkResult(serializers.Serializer):
    """The counts of rows and the first hundred rejects. All of them are at
    /api/imports/<import>/rejected.csv."""

    warnings = serializers.ListField(
        child=serializers.CharField(), source="preview.warnings", help_text="Unknown countries, …"
    )
    rejects = serializers.SerializerMethodField()

    def to_representation(self, run: Import) -> dict[str, Any]:
        counts = {name: run.counts[name] for name in (*Import.ROW_COUNTS, "reasons")}
        return {"import": run.pk, **counts, **super().to_representation(run)}

    @swagger_serializer_method(RejectBody(many=True))
    def get_rejects(self, run: Import) -> list[dict[str, Any]]:
        return RejectBody(run.rejects.all()[:REJECTS_SHOWN], many=True).data
