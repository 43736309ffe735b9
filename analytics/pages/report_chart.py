"""The chart of a report for its page: each mark leads to the orders behind it."""

import orjson
from django import forms
from django.http import HttpRequest, HttpResponse

from accounts.access import for_roles
from analytics.api.reports import THEMES, WIDTHS
from analytics.faces import as_chart
from analytics.pages.report_links import ReportLinks
from analytics.pages.report_page import report_or_404
from analytics.query.query import build_query
from analytics.query.run import run
from analytics.semantics.filters import Missing, Reader, Refused
from core.problems import problem_response


class PictureOptions(forms.Form):
    theme = forms.ChoiceField(choices=[(name, name) for name in THEMES])
    width = forms.IntegerField(min_value=WIDTHS[0], max_value=WIDTHS[-1])


@for_roles("reports")
def report_chart(request: HttpRequest, path: str) -> HttpResponse:
    report = report_or_404(request, path)
    options, given = PictureOptions(request.GET), request.GET.copy()
    if not options.is_valid():
        return problem_response(request, 400)
    for name in options.fields:
        del given[name]
    try:
        answer = run(build_query(report, given, Reader.of(request.user)))
    except Refused as refused:
        return problem_response(request, 404 if isinstance(refused, Missing) else 400)
    links = ReportLinks(answer, request.user.may("orders", "list"))
    picture = as_chart.spec(answer, **options.cleaned_data, links=links.mark_link)
    return HttpResponse(orjson.dumps(picture), content_type="application/json")
