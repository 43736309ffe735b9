"""From the rows and totals of a report to the orders behind them."""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import takewhile
from typing import Any

from analytics.pages.drilldown import KNOWN_BUYERS, OrderLinks, of_lines
from analytics.query.answer import Answer
from analytics.semantics.columns import Column
from analytics.semantics.dimensions import DIMENSIONS
from analytics.semantics.kinds import KINDS
from analytics.semantics.level import IS_OTHER, OTHER
from analytics.semantics.question import split_calculation
from analytics.semantics.question_report import QuestionReport
from analytics.semantics.report import Report

# Columns of reports that have another name than their dimension
DIMENSION_NAMES = {"date": "day", "customer_id": "customer", "product_id": "product"}
# They repeat what another key column of the same row says.
REDUNDANT_COLUMNS = {
    "country_id", "country_code", "sku", "product", "customer", "code", "complete",
}  # fmt: skip
# They are facts about the product or the customer that a row is about.
FACTS = {
    "product_id": {"category", "abc_class", "rank"},
    "customer_id": {"acquaintance"},
}  # fmt: skip
ORDER_MEASURES = {"revenue", "orders", "documents", "units", "returns", "new_customers"}
OF_ORDERS = {"orders", "goods", "lines", "buyers"}  # rows of the shop that totals are summed over


class ReportLinks:
    """The address behind each row and total of a report; all empty for who may not list orders."""

    def __init__(self, answer: Answer, may_list_orders: bool):
        self.answer = answer
        self.links = OrderLinks(answer, may_list_orders)
        # The list of orders has those of guests: its total would be more than these rows say.
        self.more = [KNOWN_BUYERS] if answer.report.totals == "buyers" else []

    def row_link(self, row: dict[str, Any], measure: str = "") -> str:
        """Of the orders that this row stands for; empty where no filter selects them."""
        if "order_id" in row:
            return f"/orders/{row['order_id']}/" if self.links.may_list_orders else ""
        report = self.answer.report
        keys = selecting_columns(report)
        if keys is None or is_other(report, row):
            return ""
        if isinstance(report, QuestionReport):
            # The chart of a question shows a level with fewer dimensions.
            keys = tuple(name for name in keys if name in row)
        elif not row.keys() >= {*keys}:
            return ""  # a row that was made for the chart
        values = {DIMENSION_NAMES.get(name, name): row[name] for name in keys}
        return self.links.address(values, measure, self.more)

    def mark_link(self, rows: Sequence[dict[str, Any]]) -> str:
        """Of a mark of the chart; none for one of several rows, such as the others."""
        report = self.answer.report
        amounts = [*getattr(report.chart_or_default, "amounts", ())]
        if isinstance(report, QuestionReport) and report.chart is None:
            amounts = [split_calculation(name)[0] for name in report.question.measures]
        measure = amounts[0] if len(amounts) == 1 else ""
        return self.row_link(rows[0], measure) if len(rows) == 1 else ""

    def total_link(self, measure: str = "") -> str:
        """Of all orders that the totals are summed over."""
        rows = totalled_rows(self.answer.report)
        more = [*self.more, *(of_lines(measure) if rows in ("goods", "lines") else ())]
        return self.links.address({}, measure, more) if rows in OF_ORDERS else ""


def totalled_rows(report: Report) -> Any:
    """The rows of the shop that totals are summed over."""
    if isinstance(report, QuestionReport):
        return "lines" if report.question.of_goods else "orders"
    return report.totals


def is_other(report: Report, row: dict[str, Any]) -> bool:
    """Whether the row may be that of all but the top ones, which its columns do not select."""
    if not isinstance(report, QuestionReport) or report.question.top is None:
        return False
    outer = report.question.dimension(report.question.rows[0])
    return bool(row.get(IS_OTHER)) or row[outer.id or outer.name] in (None, OTHER)


@cache
def selecting_columns(report: Report) -> tuple[str, ...] | None:
    """The columns whose values select the orders of a row; None where the list cannot."""
    if not sums_whole_orders(report):
        return None
    keys = [name for name in row_keys(report.columns) if name not in REDUNDANT_COLUMNS]
    for name in {*keys} & {*FACTS}:
        keys = [key for key in keys if key not in FACTS[name]]
    is_known = all(DIMENSION_NAMES.get(name, name) in DIMENSIONS for name in keys)
    return tuple(keys) if is_known else None


def sums_whole_orders(report: Report) -> bool:
    """Whether a row is about orders of the period, with all that was bought in them."""
    if isinstance(report, QuestionReport):
        return True
    names = {column.name for column in report.columns}
    # A row of one tax rate has some lines of an order, the list all of them.
    return bool(names & ORDER_MEASURES) and "tax_rate" not in names


def row_keys(columns: Iterable[Column]) -> list[str]:
    """What a row is about. A date behind the first amount is no key: it is a fact about the row,
    such as the first order of a customer."""
    columns = [*columns]
    leading = {c.name for c in takewhile(lambda c: not KINDS[c.kind].is_amount, columns)}
    return [
        c.name for c in columns
        if KINDS[c.kind].is_key or (KINDS[c.kind].is_calendar and c.name in leading)
    ]  # fmt: skip
