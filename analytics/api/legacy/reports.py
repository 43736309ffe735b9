"""The view that all older systems share: it makes its answer of reports, for one reader."""

from django.utils.datastructures import MultiValueDict
from rest_framework.views import APIView

from analytics.faces.as_json import rows_and_totals
from analytics.query.answer import Answer
from analytics.query.query import Query, build_query
from analytics.query.run import run
from analytics.semantics.filters import Reader, Refused
from analytics.semantics.report import Report, reports


class LegacyView(APIView):
    """Runs reports; a wrong parameter is refused under the name that the client used."""

    http_method_names = ("get", "head")
    actions = {"get": "retrieve"}
    resource = "reports"
    names: dict[str, str] = {}  # the client's names of parameters, and the reports'

    def answer(self, path: str, **parameters: str | list[str] | None) -> Answer:
        return run(self.query(reports()[path], **parameters))

    def query(self, report: Report, **parameters: str | list[str] | None) -> Query:
        lists = {
            name: value if isinstance(value, list) else [value]
            for name, value in parameters.items()
            if value
        }
        try:
            return build_query(report, MultiValueDict(lists), Reader.of(self.request.user))
        except Refused as refused:
            used = {new: old for old, new in self.names.items() if old in self.request.query_params}
            reasons = {used.get(name, name): texts for name, texts in refused.reasons.items()}
            raise Refused(reasons) from refused

    def report_json(self, path: str, **parameters: str | list[str] | None) -> dict:
        """Rows and totals as the reports' JSON writes them: amounts as text."""
        return rows_and_totals(self.answer(path, **parameters))
