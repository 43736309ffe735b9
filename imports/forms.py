"""Forms of the import pages, validated by the same serializers as the API."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.http import HttpRequest
from rest_framework.serializers import BaseSerializer

from imports import serializers
from imports.encodings import CHOICES as ENCODINGS
from imports.formats import FIELDS, formats
from imports.formats.generic import NEEDED, suggested_mapping
from imports.models import Import, Mapping

DETECT = ("", "Detect automatically")
BY_MAPPING = "mapping:"

# The fields of a mapping by section of the form: (field, label, help text)
FIELD_GROUPS = {
    "Required": (
        ("placed", "Date", "when it was sold"),
        ("unit_price", "Unit price", "or the line total"),
        (
            "line_total",
            "Line total",
            "after discount; checked against the unit price if both are given",
        ),
    ),
    "Product": (
        ("sku", "SKU", "defaults to “item”"),
        ("product", "Product name", ""),
        ("category", "Category", ""),
        ("quantity", "Quantity", "whole number; defaults to 1"),
        ("discount", "Discount", "of the line, as an amount"),
        ("discount_percent", "Discount in percent", "of the line: 15, 15 % or 0.15"),
        ("tax", "Tax", "of the line"),
        ("tax_rate", "Tax rate", "of the line, in percent"),
    ),
    "Customer": (
        ("customer", "Customer number", ""),
        ("customer_name", "Customer name", ""),
        ("email", "Email", ""),
        ("country", "Country", "name or ISO code"),
    ),
    "Order": (
        ("document", "Order number", "without it, each row is a separate order"),
        ("kind", "Sale or return", "“sale” or “return”; defaults to sale"),
        (
            "status",
            "Status",
            "pending, paid, shipped, delivered or canceled; defaults to delivered",
        ),
        ("currency", "Currency", "three-letter code; defaults to the shop currency"),
        ("order_discount", "Discount", "of the whole order"),
        ("shipping", "Shipping", "of the whole order"),
        ("order_tax", "Tax", "of the whole order"),
        ("tax_included", "Prices include tax", "true or false"),
    ),
}


def date_order_field() -> forms.ChoiceField:
    choices = [DETECT, *serializers.DATES]
    return forms.ChoiceField(choices=choices, required=False, label="Dates like 03/04/2026")


def encoding_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=[("", "Detect automatically (UTF-8 or byte order mark)"), *ENCODINGS],
        required=False,
        label="Encoding",
        help_text="Only needed for text files that are not UTF-8.",
    )


def suggested_encoding(run: Import) -> str:
    return run.encoding or run.preview.get("encoding", "")


class SerializerForm(forms.Form):
    """A form whose values are validated by a serializer of the API, which is then `checked`."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, label_suffix="", **kwargs)

    def apply_errors(self, serializer: BaseSerializer) -> None:
        """Show the serializer's errors beside their fields."""
        if serializer.is_valid():
            return
        for name, reasons in serializer.errors.items():
            # The page offers mappings among the formats, so it has no field for them.
            field = "format" if name == "mapping" and "format" in self.fields else name
            for reason in reasons:
                self.add_error(field if field in self.fields else None, str(reason))


class ChoicesForm(SerializerForm):
    """The options for reading a file."""

    format = forms.ChoiceField(
        label="Format",
        initial="auto",
        error_messages={"invalid_choice": '"%(value)s" is not a valid choice.'},
    )
    dates = date_order_field()
    encoding = encoding_field()
    serializer_class: type[BaseSerializer] = serializers.Choices

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.request = request
        known = [(name, one.title) for name, one in formats().items()]
        mappings = [(f"{BY_MAPPING}{m}", m.name) for m in Mapping.objects.for_user(request.user)]
        self.fields["format"].choices = [
            ("auto", "Detect automatically"),
            ("Formats", known),
            *([("Your mappings", mappings)] if mappings else []),
        ]

    @classmethod
    def for_import(cls, run: Import, request: HttpRequest) -> "ChoicesForm":
        """With the options by which the import was read last."""
        format = f"{BY_MAPPING}{run.mapping}" if run.mapping else run.format
        initial = {"format": format, "dates": run.dates, "encoding": suggested_encoding(run)}
        return cls(initial=initial, request=request)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if not self.errors:
            payload = self.api_payload(values)
            self.checked = self.serializer_class(data=payload, context={"request": self.request})
            self.apply_errors(self.checked)
        return values

    def api_payload(self, values: dict[str, Any]) -> dict[str, Any]:
        """The same values as a body of the API, in which empty fields are left out."""
        payload = {name: value for name, value in values.items() if value}
        if payload["format"].startswith(BY_MAPPING):
            payload["mapping"] = payload.pop("format").removeprefix(BY_MAPPING)
        return payload


class UploadForm(ChoicesForm):
    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        error_messages={"required": "Choose a file to import."},
        help_text="CSV, gzip, zip, xlsx or Parquet.",
        widget=forms.FileInput(attrs={"class": "drop"}),
    )
    serializer_class = serializers.NewImport
    field_order = ("file", "format", "dates", "encoding")


class MappingForm(SerializerForm):
    """Maps the columns of an import's file to fields; saved under a name."""

    name = forms.CharField(
        max_length=50,
        label="Mapping name",
        help_text="Choose it as the format of the next file of this kind.",
    )
    dates = date_order_field()
    encoding = encoding_field()

    def __init__(self, *args: Any, run: Import, **kwargs: Any):
        columns_by_field = run.mapping.columns if run.mapping else suggested_mapping(run.header)
        initial = columns_by_field | {
            "name": run.mapping or "",
            "dates": run.dates,
            "encoding": suggested_encoding(run),
        }
        super().__init__(*args, initial=initial, **kwargs)
        self.run = run
        columns = [("", "–"), *((title, title) for title in run.header)]
        for group in FIELD_GROUPS.values():
            for name, label, help_text in group:
                self.fields[name] = forms.ChoiceField(
                    choices=columns,
                    label=label,
                    help_text=help_text,
                    required=name in NEEDED,
                    error_messages={"required": f"{label}: choose a column."},
                )

    def groups(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        for title, group in FIELD_GROUPS.items():
            yield title, [self[name] for name, *_ in group]

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if not self.errors:
            columns = {name: values[name] for name in FIELDS if values[name]}
            payload = {"name": values["name"], "columns": columns}
            mapping = self.mapping_to_update(values["name"])
            self.checked = serializers.MappingBody(mapping, data=payload)
            self.apply_errors(self.checked)
        return values

    def mapping_to_update(self, name: str) -> Mapping | None:
        """The mapping of the import if it keeps its name; under another name it is a new one."""
        mapping = self.run.mapping
        return mapping if mapping and mapping.name == name else None
