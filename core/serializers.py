"""What is written and read over the API: strict bodies, amounts as text, rows in one's scope."""

import re
from collections.abc import Mapping
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import models
from rest_framework import serializers

from core.fields import MoneyField

MOST_NAMED = 20  # of the fields that are refused; a body may bring some hundred thousand


def plain(value: Decimal, places: int = 0) -> str:
    """Without idle zeros, but with at least so many places: 12.50, 9.9975, 19."""
    value = value.normalize()
    if -int(value.as_tuple().exponent) < places:
        value = value.quantize(Decimal(1).scaleb(-places))
    return f"{value:f}"


class Number(serializers.DecimalField):
    """A decimal as text, so that no reader makes a float of it."""

    class Meta:
        swagger_schema_fields = {"pattern": r"^-?[0-9]+(\.[0-9]+)?$"}

    places = 0

    def to_internal_value(self, data: Any) -> Decimal:
        # Python reads 1_0 as ten, and the digits of every script.
        if isinstance(data, str) and not re.fullmatch(r"\s*[0-9eE.+-]*\s*", data, re.ASCII):
            self.fail("invalid")
        return super().to_internal_value(data)

    def to_representation(self, value: Decimal) -> str:
        return plain(value, self.places)


class Money(Number):
    places = 2

    def __init__(self, **kwargs):
        super().__init__(**{"max_digits": 15, "decimal_places": 4, **kwargs})


class OwnRow(serializers.PrimaryKeyRelatedField):
    """The id of a row that the user may see; any other does not exist."""

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset()
        return rows.for_user(self.context["request"].user) if "request" in self.context else rows

    def to_internal_value(self, data: Any) -> models.Model:
        if isinstance(data, bool) or not re.fullmatch("[0-9]{1,18}", str(data), re.ASCII):
            self.fail("incorrect_type", data_type=type(data).__name__)
        return super().to_internal_value(data)


class Body(serializers.Serializer):
    """Refuses what it does not know: a price sent along must not look like one that was used."""

    set_by_shop: tuple[str, ...] = ()

    def to_internal_value(self, data: Any) -> dict:
        if isinstance(data, Mapping):
            writable = {field.field_name for field in self._writable_fields}
            unknown = (name for name in data if name not in writable)
            if refused := {name: [self.why_not(name)] for name in islice(unknown, MOST_NAMED)}:
                raise serializers.ValidationError(refused)
        return super().to_internal_value(data)

    def why_not(self, name: str) -> str:
        return (
            "Set by the shop." if name in (*self.fields, *self.set_by_shop) else "Not known here."
        )


class BookBody(Body, serializers.ModelSerializer):
    serializer_related_field = OwnRow
    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        MoneyField: Money,
        models.DecimalField: Number,
    }
