"""Every report over HTTP: /api/<path>/ and, by a suffix, its other faces."""

from functools import cache
from hashlib import sha256

from django.apps import apps
from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.api.schema import ListSchema, ReportSchema
from analytics.faces import FACES, show
from analytics.faces.rendering import RenderingTimeout
from analytics.query.query import Query, build_query
from analytics.semantics.filters import Missing, Reader, Refused
from analytics.semantics.report import Report, reports
from core.environment import without_secrets
from core.problems import refusals
from core.resources import refuse_unknown_parameters
from ledger.build import Busy

refusals.update({Missing: 404, Refused: 400, Busy: 503, RenderingTimeout: 503})

THEMES = ("light", "dark")
WIDTHS = range(240, 2001)  # pixels that a picture may be wide


class ReportView(APIView):
    """One report; which one is told by the address."""

    report: Report
    resource = "reports"
    actions = {"get": "retrieve"}
    http_method_names = ("get", "head")
    swagger_schema = ReportSchema

    def get(self, request, suffix=""):
        given = request.query_params.copy()
        name, options = face_of(given, suffix)
        query = build_query(self.report, given, Reader.of(request.user))
        return told(request, query, name, options)


def face_of(given, suffix: str) -> tuple[str, dict]:
    """The face that is asked for, and what it alone understands, taken out of the parameters."""
    name = suffix or given.pop("format", ["json"])[-1]
    if name not in FACES:
        known = ", ".join(FACES)
        raise exceptions.ValidationError({"format": [f"{name!r} is not known. Known: {known}."]})
    options = {}
    if "theme" in FACES[name].options and (theme := given.pop("theme", ["light"])[-1]):
        if theme not in THEMES:
            raise exceptions.ValidationError({"theme": [f"Known: {', '.join(THEMES)}."]})
        options["theme"] = theme
    if "width" in FACES[name].options and (width := given.pop("width", [""])[-1]):
        if not (width.isascii() and width.isdigit() and int(width[:5]) in WIDTHS):
            raise exceptions.ValidationError({"width": ["A whole number from 240 to 2000."]})
        options["width"] = int(width)
    if "bom" in FACES[name].options and (bom := given.pop("bom", ["0"])[-1]):
        if bom not in ("0", "1"):
            raise exceptions.ValidationError({"bom": ["Write 1 or 0."]})
        options["bom"] = bom == "1"
    return name, options


def told(request, query: Query, name: str, options: dict) -> HttpResponse:
    """The answer, or nothing but 304 for who has it already."""
    etag = etag_of(query, name, options)
    response = get_conditional_response(request._request, etag=etag)
    if response is None:
        response = shown(query, name, options)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Authorization", "Cookie"])
    return response


def etag_of(query: Query, name: str, options: dict) -> str:
    """Of all that the answer depends on: parameters, the reader's countries, day and snapshot, the
    face, the settings and the program. Nothing is asked of the ledger for it."""
    parts = (query.key, name, sorted(options.items()), edition())
    return quote_etag(sha256(repr(parts).encode()).hexdigest()[:32])


@cache
def edition() -> str:
    """Another one when the program or its settings change; the same in all processes."""
    folders = (settings.BASE_DIR / app.label for app in apps.get_app_configs())
    files = (path.stat().st_mtime_ns for folder in folders for path in folder.rglob("*.py"))
    return f"{max(files)} {sorted(without_secrets().items())}"


def shown(query: Query, name: str, options: dict) -> HttpResponse:
    face, content = FACES[name], show(query, name, **options)
    kind = HttpResponse if isinstance(content, bytes) else StreamingHttpResponse
    response = kind(content, content_type=face.media_type)
    place = "attachment" if face.is_file else "inline"
    response["Content-Disposition"] = f'{place}; filename="{file_name(query, name)}"'
    return response


def file_name(query: Query, name: str) -> str:
    words = [query.report.path.replace("/", "-"), query.params.start, query.params.end]
    return "-".join(str(word) for word in words if word) + f".{name}"


class ReportList(APIView):
    """Every report that the reader may see, with its parameters and columns."""

    resource = "reports"
    actions = {"get": "list"}
    http_method_names = ("get", "head")
    swagger_schema = ListSchema

    def get(self, request):
        refuse_unknown_parameters(request, ())
        reader = Reader.of(request.user)
        seen = (r for r in reports().values() if request.user.may(resource_of(r), "retrieve"))
        return Response([described(report, reader) for report in seen])


def resource_of(report: Report) -> str:
    return "customer-reports" if report.personal else "reports"


def described(report: Report, reader: Reader) -> dict:
    return {
        "path": report.path,
        "title": report.title,
        "description": report.description,
        "definition": report.definition,
        "address": f"/api/{report.path}/",
        "formats": list(FACES),
        "parameters": [parameter(*named) for named in report.form({}, reader).fields.items()],
        "columns": [
            {"name": c.name, "label": c.label, "kind": c.kind, "definition": c.definition}
            for c in report.columns
        ],
    }


def parameter(name: str, field) -> dict:
    choices = [value for value, _ in getattr(field, "choices", ()) if value]
    told = {
        "name": name,
        "description": field.help_text,
        "default": field.initial,
        "choices": choices,
        "min": getattr(field, "min_value", None),
        "max": getattr(field, "max_value", None),
    }
    return {key: value for key, value in told.items() if value not in (None, [], "")}


def view_of(report: Report):
    """A view class for each report, so that each has its own place in the API's description."""
    name = report.path.title().replace("/", "").replace("-", "")
    return type(name, (ReportView,), {"report": report, "resource": resource_of(report)}).as_view()
