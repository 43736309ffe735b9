"""From a report of measures by dimensions to the same question in Explore."""

from urllib.parse import urlencode

from django.http import QueryDict

from analytics.pages.explore_address import Address
from analytics.pages.pivot_table import conditions
from analytics.pages.report_links import is_other
from analytics.query.level_rows import Row
from analytics.query.query import Query
from analytics.semantics.charts import Heatmap
from analytics.semantics.filters import Filters
from analytics.semantics.question_report import QuestionReport
from analytics.semantics.report import Report


def explore_address(query: Query, given: QueryDict) -> Address | None:
    """With the same filters; none for a report that is no such question."""
    if not isinstance(query.report, QuestionReport):
        return None
    filters = {name: texts for name, texts in given.lists() if name in Filters.base_fields}
    if product := dict(query.params.own).get("product"):
        filters["where"] = [*filters.get("where", ()), f"product:is:{product}"]
    return Address(QueryDict(urlencode(question_parameters(query.report) | filters, doseq=True)))


def row_conditions(report: Report, row: Row) -> str:
    """What selects the orders of a row of such a report, or of a column, a line each."""
    if not isinstance(report, QuestionReport) or is_other(report, row):
        return ""
    return conditions([name for name in report.question.dimensions if name in row], row)


def question_parameters(report: QuestionReport) -> dict[str, str]:
    question = report.question
    # A heatmap is a table of two axes.
    across = question.rows[1:] if isinstance(report.chart, Heatmap) else question.columns
    down = question.rows[: -len(across) or None]
    parameters = {
        "measures": ",".join(question.measures),
        "rows": ",".join(down),
        "columns": ",".join(across),
        "sort": question.sort,
        "top": str(question.top or ""),
        "other": "" if question.has_other else "0",
        "totals": "" if question.has_totals else "0",
    }
    return {name: text for name, text in parameters.items() if text}
