"""From the rows and totals of a report to the orders behind them."""

from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from itertools import takewhile
from typing import Any

from analytics.pages.cohort_links import (
    cohort_address,
    month_of_age,
    new_customers_address,
    new_or_returning_address,
)
from analytics.pages.drilldown import KNOWN_BUYERS, MEASURE_CONDITIONS, OrderLinks, of_lines
from analytics.query.answer import Answer
from analytics.semantics.columns import Column
from analytics.semantics.comparison import row_keys
from analytics.semantics.dimensions import DIMENSIONS
from analytics.semantics.kinds import KINDS
from analytics.semantics.level import IS_OTHER, OTHER
from analytics.semantics.measures import WORDS
from analytics.semantics.question import BEFORE, split_calculation
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
# Figures that are no measures, each with the measure whose orders it is computed from: of shares
# and of growth the numerator, of what changed what it is now
NUMERATORS = {
    **dict.fromkeys(("share", "growth", "value", "revenue_per_day"), "revenue"),
    **dict.fromkeys(("month_change", "month_growth", "year_change", "year_growth"), "revenue"),
    "new_revenue": "revenue", "returning_revenue": "revenue", "guest_revenue": "revenue",
    "orders_per_day": "orders", "sell_through": "units", "documents": "documents",
}  # fmt: skip
OF_NEW_OR_RETURNING = {
    "new_customers", "returning_customers", "new_revenue", "returning_revenue", "guest_revenue",
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

    def row_link(self, row: dict[str, Any], name: str = "") -> str:
        """Of the orders that this row stands for, or that its figure of this name counts; empty
        where no filter selects them."""
        if name.endswith(BEFORE):
            return self.earlier_link(row, name.removesuffix(BEFORE))
        if "order_id" in row:
            return f"/orders/{row['order_id']}/" if self.links.may_list_orders else ""
        if month := month_of_age(row):
            return cohort_address(self.links, row, month, name)
        report, measure = self.answer.report, NUMERATORS.get(name, name)
        keys = selecting_columns(report)
        if keys is None or is_other(report, row):
            return ""
        if isinstance(report, QuestionReport):
            # The chart of a question shows a level with fewer dimensions.
            keys = tuple(name for name in keys if name in row)
        elif not row.keys() >= {*keys}:
            return ""  # a row that was made for the chart
        values = {DIMENSION_NAMES.get(key, key): row[key] for key in keys}
        if name in OF_NEW_OR_RETURNING and "returning_customers" in row:
            return new_or_returning_address(self.links, row["month"], name)
        if name == "new_customers" and not isinstance(report, QuestionReport):
            return new_customers_address(self.links, row.get("month"))
        return self.links.address(values, measure, self.more)

    def earlier_link(self, row: dict[str, Any], name: str) -> str:
        """Of the orders that the figure counts in the earlier period."""
        comparison, keys = self.answer.comparison, self.answer.report.key_columns
        if self.earlier is None or comparison is None:
            return ""
        [own] = row_keys(keys, [row])
        key = comparison.earlier_key([each.kind for each in keys], own)
        place = self.earlier.place_of_key.get(key)
        if place is None:
            return ""
        [then] = self.earlier.answer.table.slice(place, 1).to_pylist()
        return self.earlier.row_link(then, name)

    @cached_property
    def earlier(self) -> "ReportLinks | None":
        before = self.answer.before
        return ReportLinks(before, self.links.may_list_orders) if before else None

    @cached_property
    def place_of_key(self) -> dict[tuple, int]:
        columns = self.answer.report.key_columns
        keys = self.answer.table.select([column.name for column in columns]).to_pylist()
        return {key: place for place, key in enumerate(row_keys(columns, keys))}

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


def leads_to_orders(column: Column) -> bool:
    """Whether orders are behind the figures in this column, now or in the earlier period."""
    name = column.name.removesuffix(BEFORE)
    is_measure = name in WORDS and WORDS[name].measure is not None
    return is_measure or name in NUMERATORS or name in MEASURE_CONDITIONS


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
    keys = [name for name in key_names(report.columns) if name not in REDUNDANT_COLUMNS]
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


def key_names(columns: Iterable[Column]) -> list[str]:
    """What a row is about. A date behind the first amount is no key: it is a fact about the row,
    such as the first order of a customer."""
    columns = [*columns]
    leading = {c.name for c in takewhile(lambda c: not KINDS[c.kind].is_amount, columns)}
    return [
        c.name for c in columns
        if KINDS[c.kind].is_key or (KINDS[c.kind].is_calendar and c.name in leading)
    ]  # fmt: skip
