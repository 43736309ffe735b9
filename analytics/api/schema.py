"""The description of the reports for Swagger and Redoc, made of their declarations."""

from collections.abc import Sequence

from django import forms
from drf_yasg import openapi

from analytics.semantics.columns import Column
from analytics.semantics.fields import RowField
from analytics.semantics.kinds import KINDS
from core.schema import DocumentedErrors

FORMATS = {
    "type": openapi.TYPE_STRING,
    "enum": ["json", "csv", "xlsx", "png", "svg", "vega", "text"],
}
FORMAT = openapi.Parameter(
    "format",
    openapi.IN_QUERY,
    **FORMATS,
    default="json",
    description="Format of the answer; the same as a suffix: `.csv` instead of the last slash.",
)
SUFFIX = openapi.Parameter("suffix", openapi.IN_PATH, **FORMATS, required=True)
TEXT = openapi.Schema(type=openapi.TYPE_STRING)
MOMENT = openapi.Schema(type=openapi.TYPE_STRING, format=openapi.FORMAT_DATETIME)
AS_OF = openapi.Schema(
    type=openapi.TYPE_STRING,
    format=openapi.FORMAT_DATETIME,
    description="What was committed to the books before this moment is in the answer.",
)
BEHIND = openapi.Schema(
    type=openapi.TYPE_INTEGER,
    description="Seconds since the first change of the books that is not in the answer, also as "
    "the header `Age`; 0 if there is none, null if the snapshot was named.",
    x_nullable=True,
)


# Of a question with `columns`: rows are a tree with cells, not a row for each cell.
PIVOT = {
    "measures": openapi.Schema(
        type=openapi.TYPE_ARRAY,
        items=openapi.Schema(type=openapi.TYPE_OBJECT),
        description="With `columns`: what `total` and each of the `cells` of a row have.",
    ),
    "column_values": openapi.Schema(
        type=openapi.TYPE_ARRAY,
        items=openapi.Schema(type=openapi.TYPE_OBJECT),
        description="With `columns`: the values of their dimensions, one for each cell of a row. "
        "Rows then have their `depth` in the tree (1 is the outermost), `is_other`, their "
        "dimensions, `total` (over all columns) and `cells`, each {measure: value}.",
    ),
    "column_totals": openapi.Schema(
        type=openapi.TYPE_ARRAY,
        items=openapi.Schema(type=openapi.TYPE_OBJECT),
        description="With `columns`: the cells of all rows together.",
    ),
}


class ReportSchema(DocumentedErrors):
    def get_summary_and_description(self) -> tuple[str, str]:
        report = self.view.report
        return report.title, f"{report.description} {report.definition}".strip()

    def verb(self, operation_keys: Sequence[str]) -> str:
        return "read"

    def get_produces(self) -> list[str]:
        from analytics.faces import FACES

        # Without the charset, which is not part of a type; JSON is the type of two faces.
        types = [face.media_type.partition(";")[0] for face in FACES.values()]
        return [*dict.fromkeys([*types, *super().get_produces()[-1:]])]

    def get_query_parameters(self) -> list[openapi.Parameter]:
        fields = self.view.report.form.base_fields.items()
        format_parameter = SUFFIX if self.has_suffix() else FORMAT
        return [format_parameter, *(query_parameter(name, field) for name, field in fields)]

    def has_suffix(self) -> bool:
        return "{suffix}" in self.path

    def get_default_responses(self) -> dict[str, openapi.Response]:
        rows = {column.name: column_schema(column) for column in self.view.report.columns}
        row = openapi.Schema(type=openapi.TYPE_OBJECT, properties=rows)
        answer = openapi.Schema(
            type=openapi.TYPE_OBJECT,
            properties={
                **(PIVOT if self.view.report.path == "explore" else {}),
                "report": TEXT,
                "title": TEXT,
                "description": TEXT,
                "definition": TEXT,
                "period": openapi.Schema(type=openapi.TYPE_OBJECT),
                "filters": openapi.Schema(type=openapi.TYPE_OBJECT),
                "compare": openapi.Schema(type=openapi.TYPE_OBJECT, x_nullable=True),
                "currency": TEXT,
                "snapshot": openapi.Schema(type=openapi.TYPE_INTEGER),
                "created_at": MOMENT,
                "as_of": AS_OF,
                "behind_s": BEHIND,
                "columns": openapi.Schema(
                    type=openapi.TYPE_ARRAY, items=openapi.Schema(type=openapi.TYPE_OBJECT)
                ),
                "rows": openapi.Schema(type=openapi.TYPE_ARRAY, items=row),
                "totals": openapi.Schema(type=openapi.TYPE_OBJECT, x_nullable=True),
            },
        )
        return {"200": openapi.Response("The answer", answer)}

    def errors(self) -> list[int]:
        may_miss = self.has_suffix() or self.is_about_one()
        return [400, 401, 403, *([404] if may_miss else []), 429, 503]

    def is_about_one(self) -> bool:
        """Whether the report takes the id of one product or customer, who may not exist."""
        return any(
            isinstance(field, RowField) for field in self.view.report.form.base_fields.values()
        )


class ListSchema(DocumentedErrors):
    def get_summary_and_description(self) -> tuple[str, str]:
        return "All reports", "Every report that you may see, with its parameters and columns."

    def get_default_responses(self) -> dict[str, openapi.Response]:
        report = openapi.Schema(type=openapi.TYPE_OBJECT)
        rows = openapi.Schema(type=openapi.TYPE_ARRAY, items=report)
        return {"200": openapi.Response("The reports", rows)}


def column_schema(column: Column) -> openapi.Schema:
    is_integer = KINDS[column.kind].is_integer
    # Decimals are text in the API: JSON numbers become floats in most clients.
    json_type = openapi.TYPE_INTEGER if is_integer else openapi.TYPE_STRING
    # Swagger 2 has no null: x-nullable is the extension that generators of clients know.
    return openapi.Schema(type=json_type, description=column.definition or None, x_nullable=True)


def query_parameter(name: str, field: forms.Field) -> openapi.Parameter:
    return openapi.Parameter(
        name, openapi.IN_QUERY, required=False, description=field.help_text, **field_schema(field)
    )


def field_schema(field: forms.Field) -> dict:
    """The type of a form's field in a query string."""
    # Before ChoiceField, from which it inherits.
    if isinstance(field, forms.MultipleChoiceField):
        items = openapi.Items(type=openapi.TYPE_STRING)
        return {"type": openapi.TYPE_ARRAY, "items": items, "collection_format": "multi"}
    if isinstance(field, forms.ChoiceField):
        return {"type": openapi.TYPE_STRING, "enum": [value for value, _ in field.choices if value]}
    if isinstance(field, forms.DateField):
        return {"type": openapi.TYPE_STRING, "format": openapi.FORMAT_DATE}
    if isinstance(field, forms.FloatField):  # IntegerField inherits from it
        limits = {"minimum": field.min_value, "maximum": field.max_value}
        is_integer = isinstance(field, forms.IntegerField)
        json_type = openapi.TYPE_INTEGER if is_integer else openapi.TYPE_NUMBER
        return {"type": json_type, **limits}
    return {"type": openapi.TYPE_STRING}
