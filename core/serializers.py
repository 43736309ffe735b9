"""Serializer base classes: strict bodies, amounts as text, rows in the user's scope."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import models
from rest_framework import serializers

from core.fields import MoneyField

MOST_NAMED = 20  # unknown fields in an error; a body may contain hundreds of thousands


def decimal_text(value: Decimal, places: int = 0) -> str:
    """Without trailing zeros, but with at least `places` decimals: 12.50, 9.9975, 19."""
    value = value.normalize()
    if -int(value.as_tuple().exponent) < places:
        value = value.quantize(Decimal(1).scaleb(-places))
    # normalize() turns 100 into 1E+2, which str() would print.
    return f"{value:f}"


class Number(serializers.DecimalField):
    """A decimal as text, so that no client rounds it to a float."""

    class Meta:
        swagger_schema_fields = {"pattern": r"^-?[0-9]+(\.[0-9]+)?$"}

    places = 0

    def to_internal_value(self, data: Any) -> Decimal:
        # Decimal also accepts 1_0 and the digits of other scripts.
        if isinstance(data, str) and not re.fullmatch(r"\s*[0-9eE.+-]*\s*", data, re.ASCII):
            self.fail("invalid")
        return super().to_internal_value(data)

    def to_representation(self, value: Decimal) -> str:
        return decimal_text(value, self.places)


class Money(Number):
    places = 2

    def __init__(self, **kwargs):
        super().__init__(**{"max_digits": 15, "decimal_places": 4, **kwargs})


def is_id(value: Any) -> bool:
    # For Python True is the number 1, so it would find the row with the id 1.
    return not isinstance(value, bool) and bool(re.fullmatch("[0-9]{1,18}", str(value), re.ASCII))


class OwnRow(serializers.PrimaryKeyRelatedField):
    """The id of a row that the user may see; other rows do not exist."""

    found: Mapping[int, models.Model] = {}

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset()
        return rows.for_user(self.context["request"].user) if "request" in self.context else rows

    def read_ahead(self, values: Iterable[Any]) -> None:
        """Read the rows of all these ids at once, before they are validated one by one."""
        self.found = self.get_queryset().in_bulk({int(value) for value in values if is_id(value)})

    def to_internal_value(self, data: Any) -> models.Model:
        if not is_id(data):
            self.fail("incorrect_type", data_type=type(data).__name__)
        return self.found.get(int(data)) or super().to_internal_value(data)


class Body(serializers.Serializer):
    """Rejects unknown fields: a price that is ignored must not look as if it was used."""

    set_by_shop: tuple[str, ...] = ()

    def to_internal_value(self, data: Any) -> dict:
        if isinstance(data, Mapping):
            writable = {field.field_name for field in self._writable_fields}
            unknown = (name for name in data if name not in writable)
            if refused := {
                name: [self.refusal_reason(name)] for name in islice(unknown, MOST_NAMED)
            }:
                raise serializers.ValidationError(refused)
        return super().to_internal_value(data)

    def refusal_reason(self, name: str) -> str:
        return (
            "Set by the shop." if name in (*self.fields, *self.set_by_shop) else "Not known here."
        )


class BodyList(serializers.ListSerializer):
    """Reads the rows that its items name with one query a field, not one an item."""

    def to_internal_value(self, data: Any) -> list:
        if isinstance(data, list):
            items = [item for item in data[: self.max_length] if isinstance(item, Mapping)]
            for name, field in self.child.fields.items():
                if isinstance(field, OwnRow):
                    field.read_ahead(item.get(name) for item in items)
        return super().to_internal_value(data)


class BookBody(Body, serializers.ModelSerializer):
    serializer_related_field = OwnRow
    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        MoneyField: Money,
        models.DecimalField: Number,
    }
