"""Addresses of the older customer analysis: the numbers, a picture and a page of each analysis."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, path, register_converter
from django.urls.converters import StringConverter
from drf_yasg.utils import swagger_auto_schema
from rest_framework import exceptions
from rest_framework.authentication import SessionAuthentication
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.authentication import JWTAuthentication

from accounts.basic import Basic
from analytics.api.legacy.customer_analysis import ANALYSES, Analysis
from analytics.api.legacy.reports import LegacyView
from analytics.api.schema import query_parameter
from analytics.faces import render_query
from analytics.faces.html import table_cells, visible_columns
from analytics.query.query import Query
from analytics.query.run import run
from analytics.semantics.filters import Filters
from analytics.semantics.kinds import KINDS
from analytics.semantics.report import Report, reports
from core.resources import refuse_unknown_parameters

FILTERS = ("start", "end", "country", "category")
ROWS_SHOWN = 12
RESOURCES = ("reports", "customer-reports")
PERSONAL = {"Cache-Control": "private, no-cache"}
MISSPELT = {"first_second_delay": "firs_second_delay"}  # its old address


class AnyMedia(JSONRenderer):
    """Lets a client accept a picture or a page; only errors are rendered here."""

    media_type = "*/*"
    format = "any"


class AnalysisView(LegacyView):
    """One analysis, with the filters that the reports have."""

    # The first names the challenge of a 401: after Bearer, browsers open no password prompt.
    authentication_classes = (JWTAuthentication, SessionAuthentication, Basic)
    renderer_classes = (JSONRenderer, AnyMedia)

    def initial(self, request: Request, name: str) -> None:
        self.name, self.analysis = name, ANALYSES[name]
        super().initial(request, name)
        refuse_unknown_parameters(request, FILTERS)

    def report_query(self, report: Report) -> Query:
        """With those filters of the request and parameters of the analysis that the report has."""
        given = self.request.query_params.dict() | self.analysis.parameters
        # A report refuses parameters that it does not have, and an analysis reads several reports.
        known = {name: value for name, value in given.items() if name in report.form.base_fields}
        return self.query(report, **known)

    def chart_query(self) -> Query:
        """Of the report that is shown as a picture and a table."""
        return self.report_query(self.analysis.report(self.name))

    def picture(self) -> bytes:
        return cast(bytes, render_query(self.chart_query(), "png"))  # only tables come in pieces


class Numbers(AnalysisView):
    @swagger_auto_schema(
        operation_summary="As the earlier customer analysis answered",
        manual_parameters=[query_parameter(name, Filters.base_fields[name]) for name in FILTERS],
    )
    def get(self, request: Request, name: str) -> HttpResponse:
        """The numbers of one analysis, in the names that it had."""
        answers = (run(self.report_query(reports()[path])) for path in self.analysis.paths)
        answer = self.analysis.shape(*answers)  # REST framework would write None as nothing
        return JsonResponse(answer, safe=False, headers=PERSONAL)


class Picture(AnalysisView):
    """The chart; a client that accepts JSON gets its address instead."""

    swagger_schema = None

    def get(self, request: Request, name: str) -> HttpResponse:
        if "application/json" in request.headers.get("Accept", ""):
            return Response({"image_url": f"/images/{name}.png"})
        return HttpResponse(self.picture(), content_type="image/png", headers=PERSONAL)


class Image(AnalysisView):
    swagger_schema = None

    def get(self, request: Request, name: str) -> HttpResponse:
        return HttpResponse(self.picture(), content_type="image/png", headers=PERSONAL)


class Page(AnalysisView):
    """Chart, figures and the first rows, for a browser."""

    swagger_schema = None

    def get(self, request: Request, name: str) -> HttpResponse:
        answer = run(self.chart_query())
        columns = visible_columns(answer.columns)
        context = {
            "section": "reports",
            "name": name,
            "answer": answer,
            "picture": b64encode(self.picture()).decode(),
            "figures": self.figures(),
            "head": [(column, KINDS[column.kind].is_right_aligned) for column in columns],
            "rows": [
                table_cells(row, columns) for row in answer.table.slice(0, ROWS_SHOWN).to_pylist()
            ],
            "full_report": self.analysis.drawn or self.analysis.paths[0],
        }
        page = render(request._request, "analytics/customer_analysis.html", context)
        page["Cache-Control"] = "private, no-cache"
        return page

    def figures(self) -> list[dict]:
        if not self.analysis.figures:
            return []
        answer = run(self.report_query(reports()[self.analysis.figures]))
        return [
            {"column": column, "text": cell["text"]}
            for row in answer.rows
            for column, cell in zip(answer.columns, table_cells(row, answer.columns), strict=True)
        ]

    def handle_exception(self, exc: Exception) -> HttpResponse:
        """A browser is sent to the sign-in page."""
        wants_page = "text/html" in self.request.headers.get("Accept", "")
        # Only who is not signed in: somebody without the role would come back here again and again.
        if isinstance(exc, exceptions.NotAuthenticated) and wants_page:
            return redirect_to_login(self.request.get_full_path())
        return super().handle_exception(exc)


def names_of(resource: str) -> list[str]:
    return [name for name, analysis in ANALYSES.items() if analysis.resource == resource]


def number_paths(name: str, analysis: Analysis) -> list[URLPattern]:
    view = view_for(Numbers, analysis.resource)
    spellings = filter(None, (name, MISSPELT.get(name)))
    return [path(f"{spelling}/", view, {"name": name}) for spelling in spellings]


def chart_paths(resource: str) -> Iterator[URLPattern]:
    """Pictures and pages of the analyses for which a role needs this resource."""
    kind = f"{resource}-analysis"
    # Only known names: any other address that ends alike goes on to the patterns behind these.
    register_converter(
        type("Name", (StringConverter,), {"regex": "|".join(names_of(resource))}), kind
    )
    addresses: dict[str, type[AnalysisView]] = {
        "{}_chart/": Picture,
        "{}_report/": Page,
        "images/{}.png": Image,
    }
    for address, view in addresses.items():
        yield path(address.format(f"<{kind}:name>"), view_for(view, resource))


def view_for(view: type[AnalysisView], resource: str) -> Callable[..., HttpResponse]:
    """The view with the resource that its permission check reads."""
    own: Any = type(view.__name__, (view,), {"resource": resource})
    return own.as_view()


urlpatterns = [address for named in ANALYSES.items() for address in number_paths(*named)]
urlpatterns += [address for resource in RESOURCES for address in chart_paths(resource)]
