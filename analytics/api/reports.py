"""Every report over HTTP: /api/<path>/, and in other formats by a suffix or `format`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from django import forms
from django.apps import apps
from django.conf import settings
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.api.schema import ListSchema, ReportSchema
from analytics.faces import FACES, content_key, render_query
from analytics.faces.rendering import RenderingTimeout
from analytics.query.query import Query, build_query
from analytics.semantics.filters import Missing, Reader, Refused
from analytics.semantics.report import Report, reports
from core.environment import without_secrets
from core.problems import exception_statuses
from core.resources import refuse_unknown_parameters
from ledger.build import Busy

exception_statuses.update({Missing: 404, Refused: 400, Busy: 503, RenderingTimeout: 503})


class ReportView(APIView):
    """One report: each has a subclass of its own, see `report_view`."""

    report: Report
    resource = "reports"
    actions = {"get": "retrieve"}
    http_method_names = ("get", "head")
    swagger_schema = ReportSchema

    def get(self, request: Request, suffix: str = "") -> HttpResponse:
        parameters = request.query_params.copy()
        name, options = pop_format(parameters, suffix)
        query = build_query(self.report, parameters, Reader.of(request.user))
        return conditional_response(request, query, name, options)


def pop_format(parameters: QueryDict, suffix: str) -> tuple[str, dict[str, Any]]:
    """The format and its options, taken out of the parameters: what is left is the report's."""
    name = suffix or parameters.pop("format", ["json"])[-1]
    if name not in FACES:
        known = ", ".join(FACES)
        raise exceptions.ValidationError({"format": [f"{name!r} is not known. Known: {known}."]})
    # Options of other formats stay in `parameters`, where the report refuses them by name.
    texts = {
        option: parameters.pop(option, [OPTIONS[option].default])[-1]
        for option in FACES[name].options
    }
    return name, {option: OPTIONS[option].read(text) for option, text in texts.items() if text}


@dataclass(frozen=True)
class FormatOption:
    default: str
    read: Callable[[str], Any]


def read_theme(text: str) -> str:
    if text not in THEMES:
        raise exceptions.ValidationError({"theme": [f"Known: {', '.join(THEMES)}."]})
    return text


def read_width(text: str) -> int:
    # isdigit() accepts "²", which int() does not; nor does int() take over 4,300 digits.
    if not (text.isascii() and text.isdigit() and int(text[:5]) in WIDTHS):
        raise exceptions.ValidationError({"width": ["Enter a whole number from 240 to 2000."]})
    return int(text)


def read_bom(text: str) -> bool:
    if text not in ("0", "1"):
        raise exceptions.ValidationError({"bom": ["Enter 1 or 0."]})
    return text == "1"


THEMES = ("light", "dark")
WIDTHS = range(240, 2001)  # pixels that a picture may be wide
OPTIONS = {
    "theme": FormatOption("light", read_theme),
    # Empty, so that it is left out and the format's own width holds.
    "width": FormatOption("", read_width),
    "bom": FormatOption("0", read_bom),
}


def conditional_response(
    request: Request, query: Query, name: str, options: dict[str, Any]
) -> HttpResponse:
    """The answer in the format of that name, or only 304 for a client that has it already."""
    etag = answer_etag(query, name, options)
    # Before the query runs: who has the answer already costs no read of the ledger.
    response = get_conditional_response(request._request, etag=etag)
    if response is None:
        response = answer_response(query, name, options)
    response["ETag"] = etag
    if query.snapshot.behind_s:
        response["Age"] = str(query.snapshot.behind_s)
    # Browsers may keep it but must ask each time: the reader may have lost a country.
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Authorization", "Cookie"])
    return response


def answer_etag(query: Query, name: str, options: dict[str, Any]) -> str:
    """Of all that the answer depends on: parameters, the reader's countries, day, snapshot and its
    age where shown, format, settings and program. The ledger is not read for it."""
    parts = (content_key(query, name), sorted(options.items()), program_version())
    # 128 bits never collide by chance; the rest would only lengthen each header.
    return quote_etag(sha256(repr(parts).encode()).hexdigest()[:32])


@cache
def program_version() -> str:
    """Changes with the program and its settings; the same in all processes."""
    folders = (settings.BASE_DIR / app.label for app in apps.get_app_configs())
    # Times of files: the program has no version number that changes with each edit.
    files = (path.stat().st_mtime_ns for folder in folders for path in folder.rglob("*.py"))
    return f"{max(files)} {sorted(without_secrets().items())}"


def answer_response(
    query: Query, name: str, options: dict[str, Any]
) -> HttpResponse | StreamingHttpResponse:
    face, content = FACES[name], render_query(query, name, **options)
    # Long answers come in pieces, so that none is in memory as a whole.
    response_class = HttpResponse if isinstance(content, bytes) else StreamingHttpResponse
    response = response_class(content, content_type=face.media_type)
    disposition = "attachment" if face.is_file else "inline"
    response["Content-Disposition"] = f'{disposition}; filename="{download_name(query, name)}"'
    return response


def download_name(query: Query, name: str) -> str:
    parts = [query.report.path.replace("/", "-"), query.params.start, query.params.end]
    return "-".join(str(part) for part in parts if part) + f".{name}"


class ReportList(APIView):
    """Every report that the reader may see, with its parameters and columns."""

    resource = "reports"
    actions = {"get": "list"}
    http_method_names = ("get", "head")
    swagger_schema = ListSchema

    def get(self, request: Request) -> Response:
        refuse_unknown_parameters(request, ())
        reader = Reader.of(request.user)
        visible = (r for r in reports().values() if request.user.may(resource_of(r), "retrieve"))
        return Response([report_description(report, reader) for report in visible])


def resource_of(report: Report) -> str:
    return "customer-reports" if report.personal else "reports"


def report_description(report: Report, reader: Reader) -> dict:
    return {
        "path": report.path,
        "title": report.title,
        "description": report.description,
        "definition": report.definition,
        "address": f"/api/{report.path}/",
        "formats": list(FACES),
        "parameters": [
            parameter_description(name, field)
            for name, field in report.form({}, reader).fields.items()
        ],
        "columns": [column.facts for column in report.columns],
    }


def parameter_description(name: str, field: forms.Field) -> dict:
    choices = [value for value, _ in getattr(field, "choices", ()) if value]
    description = {
        "name": name,
        "description": field.help_text,
        "default": field.initial,
        "choices": choices,
        "min": getattr(field, "min_value", None),
        "max": getattr(field, "max_value", None),
    }
    return {key: value for key, value in description.items() if value not in (None, [], "")}


def report_view(report: Report) -> Callable[..., HttpResponse]:
    """A view class for each report, so that each has its own place in the API's description."""
    name = report.path.title().replace("/", "").replace("-", "")
    view: Any = type(name, (ReportView,), {"report": report, "resource": resource_of(report)})
    return view.as_view()
