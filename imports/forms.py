"""Forms of the import pages, validated by the same serializers as the API."""

from django import forms

from imports import serializers
from imports.encodings import CHOICES as ENCODINGS
from imports.formats import FIELDS, formats
from imports.formats.generic import NEEDED, suggested_mapping
from imports.models import Import, Mapping

FOUND_OUT = ("", "Find it out")
BY_MAPPING = "mapping:"

# How the fields of a mapping are asked for: (field, label, what else to know)
FIELD_GROUPS = {
    "What is needed": (
        ("placed", "Date", "when it was sold"),
        ("unit_price", "Price of one", "or the line total"),
        (
            "line_total",
            "Line total",
            "after its discount; compared with the price if both are there",
        ),
    ),
    "What was sold": (
        ("sku", "Article number", "without it the article is called “item”"),
        ("product", "Article name", ""),
        ("category", "Category", ""),
        ("quantity", "Quantity", "whole pieces; without it one"),
        ("discount", "Discount", "of the line, in money"),
        ("discount_percent", "Discount in percent", "of the line: 15, 15 % or 0.15"),
        ("tax", "Tax", "of the line"),
        ("tax_rate", "Tax rate", "of the line, in percent"),
    ),
    "Who bought it": (
        ("customer", "Customer number", ""),
        ("customer_name", "Customer name", ""),
        ("email", "E-mail address", ""),
        ("country", "Country", "by name or ISO code"),
    ),
    "The order as a whole": (
        ("document", "Order number", "without it each row is an order of its own"),
        ("kind", "Sale or return", "written so; without it a sale"),
        ("status", "State", "pending, paid, shipped, delivered or canceled; without it delivered"),
        ("currency", "Currency", "three letters; without it the shop’s own"),
        ("order_discount", "Discount", "of the whole order"),
        ("shipping", "Shipping", "of the whole order"),
        ("order_tax", "Tax", "of the whole order"),
        ("tax_included", "Prices contain tax", "true where they do"),
    ),
}


def date_order_field() -> forms.ChoiceField:
    choices = [FOUND_OUT, *serializers.DATES]
    return forms.ChoiceField(choices=choices, required=False, label="Dates like 03/04/2026")


def encoding_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=[("", "UTF-8, or by its mark"), *ENCODINGS],
        required=False,
        label="Encoding",
        help_text="Only of a text that is not UTF-8; what it looks like is suggested.",
    )


def suggested_encoding(run: Import) -> str:
    return run.encoding or run.preview.get("encoding", "")


class SerializerForm(forms.Form):
    """A form whose last word has a body of the API."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)

    def apply_errors(self, body) -> None:
        """Show the body's objections beside the fields that they are about."""
        if body.is_valid():
            return
        for name, reasons in body.errors.items():
            place = "format" if name == "mapping" and "format" in self.fields else name
            for reason in reasons:
                self.add_error(place if place in self.fields else None, str(reason))


class ChoicesForm(SerializerForm):
    """How a file is to be read."""

    format = forms.ChoiceField(
        label="What the file is",
        initial="auto",
        error_messages={"invalid_choice": '"%(value)s" is not a valid choice.'},
    )
    dates = date_order_field()
    encoding = encoding_field()
    body = serializers.Choices

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request
        known = [(name, one.title) for name, one in formats().items()]
        own = [(f"{BY_MAPPING}{m}", m.name) for m in Mapping.objects.for_user(request.user)]
        self.fields["format"].choices = [
            ("auto", "Find it out"),
            ("Formats", known),
            *([("Your mappings", own)] if own else []),
        ]

    @classmethod
    def for_import(cls, run: Import, request) -> "ChoicesForm":
        """As the import was read last."""
        named = f"{BY_MAPPING}{run.mapping}" if run.mapping else run.format
        said = {"format": named, "dates": run.dates, "encoding": suggested_encoding(run)}
        return cls(initial=said, request=request)

    def clean(self):
        given = super().clean()
        if not self.errors:
            payload = self.api_payload(given)
            self.checked = self.body(data=payload, context={"request": self.request})
            self.apply_errors(self.checked)
        return given

    def api_payload(self, given: dict) -> dict:
        """What one would send to the API; there, an empty choice is left away."""
        said = {name: value for name, value in given.items() if value}
        if said["format"].startswith(BY_MAPPING):
            said["mapping"] = said.pop("format").removeprefix(BY_MAPPING)
        return said


class UploadForm(ChoicesForm):
    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        error_messages={"required": "No file was submitted."},
        help_text="CSV, gzip, zip, xlsx or Parquet.",
        widget=forms.FileInput(attrs={"class": "drop"}),
    )
    body = serializers.NewImport
    field_order = ("file", "format", "dates", "encoding")


class MappingForm(SerializerForm):
    """Which column of an import's file is which field; kept under a name."""

    name = forms.CharField(
        max_length=50,
        label="Name of this mapping",
        help_text="Under it the next file of this kind is read, too.",
    )
    dates = date_order_field()
    encoding = encoding_field()

    def __init__(self, *args, run: Import, **kwargs):
        chosen = run.mapping.columns if run.mapping else suggested_mapping(run.header)
        said = {"name": run.mapping or "", "dates": run.dates, "encoding": suggested_encoding(run)}
        super().__init__(*args, initial=chosen | said, **kwargs)
        self.run = run
        columns = [("", "–"), *((title, title) for title in run.header)]
        for group in FIELD_GROUPS.values():
            for name, label, more in group:
                self.fields[name] = forms.ChoiceField(
                    choices=columns,
                    label=label,
                    help_text=more,
                    required=name in NEEDED,
                    error_messages={"required": f"{name}: say which column it is."},
                )

    def groups(self):
        for title, group in FIELD_GROUPS.items():
            yield title, [self[name] for name, *_ in group]

    def clean(self):
        given = super().clean()
        if not self.errors:
            columns = {name: given[name] for name in FIELDS if given[name]}
            said = {"name": given["name"], "columns": columns}
            self.checked = serializers.MappingBody(self.mapping_to_update(given["name"]), data=said)
            self.apply_errors(self.checked)
        return given

    def mapping_to_update(self, name: str) -> Mapping | None:
        """Under its own name a mapping is corrected, under another one it is new."""
        known = self.run.mapping
        return known if known and known.name == name else None
