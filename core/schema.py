"""The API schema for Swagger and Redoc, with all error answers."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django_filters import Filter
from django_filters import rest_framework as filters
from drf_yasg import openapi
from drf_yasg.inspectors import FieldInspector, SwaggerAutoSchema
from rest_framework.permissions import AllowAny
from rest_framework.serializers import BaseSerializer, ChoiceField

from core.ordering import MAX_SEARCH
from core.pagination import Pages
from core.problems import MEDIA_TYPE
from core.resources import ResourceViewSet, known_parameters

INFO = openapi.Info(
    title="Ledgerlight",
    default_version="v1",
    description="""Sales data and analytics of a shop that sells in several countries.

**Sign in**: `POST /api/token/` with `email` and `password`, then send the header
`Authorization: Bearer <access>`.

**Lists** have pages of 50 rows, of up to 500 with `page_size`. `ordering=name,-price` sorts by
several columns. Unknown parameters and values are errors.

**Addresses** work with and without their last slash.

**Amounts** and other decimals are strings: `"12.50"`. Dates are `YYYY-MM-DD`, in the time zone
of the shop.

**Bodies** are JSON. Unknown and read-only fields are errors.

**Older systems**: with `Accept: application/vnd.sales-dashboard+json` the sales dashboard's
addresses answer in its names, with numbers as numbers.

**Errors** are problem details (RFC 9457) with reasons by field. Besides the statuses listed at each
operation, any may answer 405, 406, 414, 500, 503 and 507. Data of countries that you may not see
answers 404, and what your role does not allow 403.
""",
)

REASONS = {
    400: "A field or parameter is invalid",
    401: "Not signed in, or the token is invalid or expired",
    403: "Not allowed for this role",
    404: "Not found, or outside your countries",
    409: "Conflicts with the current state",
    413: "The body is too large",
    415: "The body is not JSON",
    422: "The Idempotency-Key was used for a different request",
    429: "Too many requests: see Retry-After",
    503: "Temporarily unavailable: see Retry-After",
}
IDEMPOTENCY_KEY = openapi.Parameter(
    "Idempotency-Key",
    openapi.IN_HEADER,
    type=openapi.TYPE_STRING,
    pattern="^[!-~]{1,200}$",
    description="Any text. A request repeated with the same key within a day is executed once: the "
    "first answer is returned again, with the header `Idempotency-Replayed: true`.",
)
SUCCESS_STATUSES = {"create": 201, "destroy": 204}


FILE = openapi.Schema(type=openapi.TYPE_STRING, format=openapi.FORMAT_BINARY)
KINDS = {str: "string", bool: "boolean", int: "integer", float: "number"}


def like(example: Any) -> openapi.Schema:
    """The schema of an example answer."""
    if isinstance(example, dict):
        fields = {name: like(value) for name, value in example.items()}
        return openapi.Schema(type=openapi.TYPE_OBJECT, properties=fields)
    if isinstance(example, list):
        return openapi.Schema(type=openapi.TYPE_ARRAY, items=like(example[0]))
    # The exact type: for isinstance() True would be an integer.
    return openapi.Schema(type=KINDS[type(example)])


def anything(description: str) -> openapi.Schema:
    """Swagger 2 has no "one of": only a schema without a type allows several."""
    schema = openapi.Schema(type=openapi.TYPE_OBJECT, description=description)
    del schema["type"]
    return schema


class FieldDetails(FieldInspector):
    """Details that drf-yasg leaves out: fields of several types, and choices that may be empty."""

    def process_result(self, result: Any, method_name: str, obj: Any, **kwargs) -> Any:
        if getattr(obj, "is_of_any_type", False) and isinstance(result, openapi.Schema):
            result.pop("type", None)
        if isinstance(result, openapi.Schema) and result.get("type") == openapi.TYPE_OBJECT:
            result.pop("title", None)  # client generators would create a class for it
        may_be_empty = isinstance(obj, ChoiceField) and obj.allow_blank
        if may_be_empty and "enum" in (result or ()) and "" not in result["enum"]:
            result["enum"] = ["", *result["enum"]]
        if isinstance(result, dict) and result.get("default") == "" and not may_be_empty:
            del result["default"]  # stands only for a missing field
        return result


class DocumentedErrors(SwaggerAutoSchema):
    """The request and the answers of an operation, read from its view."""

    field_inspectors = [FieldDetails, *SwaggerAutoSchema.field_inspectors]

    def get_operation_id(self, operation_keys: Sequence[str] = ()) -> str:
        """The words of the address and the action: a unique id that does not depend on other
        addresses."""
        words, verb = self.path.strip("/").split("/"), self.verb(operation_keys)
        # A GET below one row differs from the list or report with the same words.
        inner = words[:-1] if self.method == "GET" else []
        words = [word for word in words if not word.startswith("{") or word in inner]
        if "{suffix}" in words[-1]:
            words[-1], verb = words[-1].removesuffix(".{suffix}"), "file"
        name = re.sub("[^a-z0-9]+", "_", "_".join(words)).strip("_")
        return name if name.endswith(f"_{verb}") else f"{name}_{verb}"

    def verb(self, operation_keys: Sequence[str]) -> str:
        return operation_keys[-1]

    def get_security(self) -> list | None:
        """None for public routes."""
        is_open = AllowAny in getattr(self.view, "permission_classes", ())
        # Empty and not None, which would leave the requirement of the whole API in force.
        return [] if is_open else super().get_security()

    def get_tags(self, operation_keys: Sequence[str] = ()) -> list[str]:
        """One group per resource, named like its address."""
        return [*self.path.strip("/").split("/"), "index"][1:2]

    def get_produces(self) -> list[str]:
        kinds = self.overrides.get("produces") or super().get_produces()
        return [*dict.fromkeys([*kinds, MEDIA_TYPE])]

    def get_request_serializer(self) -> Any:
        action = getattr(self.view, "action", None)
        # For actions without a body drf-yasg would describe the answer's serializer as their body.
        is_known = action in ("create", "update", "partial_update", *self.bodies())
        return super().get_request_serializer() if is_known or not self.is_resource() else None

    def bodies(self) -> dict:
        return getattr(self.view, "bodies", {})

    def is_resource(self) -> bool:
        return isinstance(self.view, ResourceViewSet)

    def get_request_body_parameters(self, consumes: list[str]) -> list[openapi.Parameter]:
        parameters = super().get_request_body_parameters(consumes)
        for parameter in parameters:
            if parameter.in_ == openapi.IN_FORM:
                continue
            # A body whose fields are all optional is optional itself.
            optional = ("partial_update", *getattr(self.view, "optional_bodies", ()))
            parameter.required = getattr(self.view, "action", "") not in optional
        return parameters

    def get_request_body_schema(self, serializer: BaseSerializer) -> openapi.SchemaRef:
        """For a PATCH the same schema without required fields."""
        schema = super().get_request_body_schema(serializer)
        if self.method != "PATCH":
            return schema
        whole = openapi.resolve_ref(schema, self.components)
        kept = ("type", "properties", "example")
        part = openapi.Schema(**{name: whole[name] for name in kept if name in whole})
        name = schema["$ref"].rpartition("/")[2]
        definitions = self.components.with_scope(openapi.SCHEMA_DEFINITIONS)
        definitions.setdefault(f"{name}Changes", lambda: part)
        return openapi.SchemaRef(self.components, f"{name}Changes")

    def get_default_responses(self) -> dict:
        if not self.is_resource():
            return super().get_default_responses()
        statuses = SUCCESS_STATUSES | self.view.success_statuses
        status = statuses.get(self.view.action, 200)
        if status == HTTPStatus.NO_CONTENT:
            return {"204": "Deleted"}
        answer = self.serializer_to_schema(self.view.serializer_class(context={"view": self.view}))
        if self.view.action == "list":
            rows = openapi.Schema(type=openapi.TYPE_ARRAY, items=answer)
            answer = self.get_paginated_response(rows)
        return {str(status): openapi.Response(HTTPStatus(status).phrase, answer)}

    def get_response_serializers(self) -> dict:
        answers = super().get_response_serializers()
        for status, answer in answers.items():
            # In Swagger 2 an answer without a schema has no content.
            if status in ("200", "201", "202") and answer == "":
                answers[status] = openapi.Response(HTTPStatus(int(status)).phrase, anything("JSON"))
        self.define_problem()
        problem = openapi.SchemaRef(self.components, "Problem")
        for status in self.errors():
            answers.setdefault(str(status), openapi.Response(REASONS[status], problem))
        return answers

    def errors(self) -> list[int]:
        statuses = {400, 401, 403, 429}
        # A list answers 404 for a page that does not exist.
        if "{" in self.path or getattr(self.view, "action", "") == "list":
            statuses |= {404}
        if self.method != "GET":
            statuses |= {409, 503}
        if self.get_request_serializer() is not None:
            statuses |= {413, 415}
        extra = self.overrides.get("manual_parameters") or []
        if IDEMPOTENCY_KEY.name in (parameter.name for parameter in extra):
            statuses |= {422}
        return sorted(statuses)

    def define_problem(self) -> None:
        text = openapi.Schema(type=openapi.TYPE_STRING)
        reason = openapi.Schema(
            type=openapi.TYPE_OBJECT,
            required=["field", "reason"],
            properties={"field": text, "reason": text},
        )
        fields = {
            "type": text,
            "title": text,
            "status": openapi.Schema(type=openapi.TYPE_INTEGER),
            "detail": text,
            "errors": openapi.Schema(type=openapi.TYPE_ARRAY, items=reason),
        }
        # Defined once: a copy at each operation would be a class of its own in generated clients.
        kept = self.components.with_scope(openapi.SCHEMA_DEFINITIONS)
        kept.setdefault(
            "Problem",
            lambda: openapi.Schema(
                type=openapi.TYPE_OBJECT, required=list(fields), properties=fields
            ),
        )

    def get_query_parameters(self) -> list[openapi.Parameter]:
        if not self.is_resource():
            return super().get_query_parameters()
        return [self.parameter(name) for name in known_parameters(self.view)]

    def parameter(self, name: str) -> openapi.Parameter:
        common: dict[str, dict] = {
            "page": {"type": "integer", "minimum": 1, "default": 1},
            "page_size": {
                "type": "integer",
                "minimum": 1,
                "maximum": Pages.max_page_size,
                "default": Pages.page_size,
            },
            "search": {"type": "string", "maxLength": MAX_SEARCH},
        }
        if name == "ordering":
            names = [sign + field for field in self.view.ordering_fields for sign in ("", "-")]
            shape = {"type": "array", "items": {"type": "string", "enum": names}}
        else:
            shape = common.get(name) or shape_of(self.view.filterset_class.base_filters[name])
        return openapi.Parameter(name=name, in_=openapi.IN_QUERY, **shape)


def shape_of(filter: Filter) -> dict:
    """The Swagger type of a filter's parameter."""
    shape: dict = {"description": filter.label or "", "type": "string"}
    if getattr(filter, "repeatable", False):
        shape |= {"type": "array", "items": {"type": "string"}, "collectionFormat": "multi"}
    elif isinstance(filter, filters.ModelChoiceFilter):
        shape |= {"type": "integer"}
    elif isinstance(filter, filters.ChoiceFilter):
        shape |= {"enum": [value for value, _ in filter.extra["choices"]]}
    elif isinstance(filter, filters.DateFilter):
        shape |= {"format": "date"}
    elif isinstance(filter, filters.NumberFilter):
        shape |= {"type": "number", "minimum": 0}
    return shape
