"""What the chart of a question shows: a level of its pivot with at most two dimensions."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

import pyarrow as pa

from analytics.query.answer import Answer
from analytics.query.pivot import Pivot, question_of
from analytics.semantics.chart_choice import ChosenChart, chart_for
from analytics.semantics.charts import Chart
from analytics.semantics.columns import Column
from analytics.semantics.kinds import KINDS
from analytics.semantics.level import IS_OTHER
from analytics.semantics.question import Question, dimension_columns, measure_column
from analytics.semantics.question_report import QuestionReport, question_title

Row = dict[str, Any]
MOST_DIMENSIONS = 2


@dataclass(frozen=True)
class ChartAnswer(Answer):
    """Its rows are those of the pivot, which have the amounts of the earlier period already."""

    charted: pa.Table = field(kw_only=True)

    @property
    def table(self) -> pa.Table:
        return self.charted

    @cached_property
    def with_earlier(self) -> tuple[tuple[Column, ...], pa.Table]:
        return self.columns, self.table


def is_chosen(answer: Answer) -> bool:
    """Whether the chart follows from the question: a report that declares one is drawn so."""
    return isinstance(answer.report, QuestionReport) and answer.report.chart is None


def chosen_chart(answer: Answer) -> ChosenChart:
    """By the dimensions and by what was chosen. No chart is one where a table was chosen."""
    return chart_of(question_of(answer), str(answer.filters.get("chart") or "auto"))


def chart_of(question: Question, choice: str) -> ChosenChart:
    rows, columns = (
        [dimension_columns(question.dimension(name))[-1] for name in names]
        for names in (question.rows, question.columns)
    )
    return chart_for(rows, columns, [*map(measure_column, question.measures)], choice)


def chart_answer(answer: Answer) -> tuple[Answer, str]:
    """What is drawn, and why it is not what was chosen. A file is a picture in any case."""
    question, chosen = question_of(answer), chosen_chart(answer)
    chart = chosen.chart or chart_of(question, "auto").chart
    charted = charted_question(question)
    # Its rows hold for the deepest level: they would choose among others at a higher one.
    read = question if question.having else charted
    pivot = Pivot(replace(answer, report=report_of(answer, read)))
    rows = [*chart_rows(pivot, len(charted.rows))]
    columns = chart_columns(charted, pivot)
    report = replace(answer.report, columns=columns, chart=chart, title=chart_title(charted, chart))
    table = pa.table({column.name: amounts_of(rows, column) for column in columns})
    facts = {name: getattr(answer, name) for name in answer.__dataclass_fields__}
    facts |= {"report": report, "charted": table}
    has_earlier = chart is not None and {f"{name}_before" for name in chart.amounts} <= {
        *table.column_names
    }
    facts |= {} if has_earlier else {"before": None}
    return ChartAnswer(**facts), chosen.reason


def charted_question(question: Question) -> Question:
    """With the dimensions that the chart shows: those of the columns, and the first of the rows."""
    room = max(0, MOST_DIMENSIONS - len(question.columns))
    return replace(question, rows=question.rows[:room], top=question.top if room else None)


def report_of(answer: Answer, question: Question) -> QuestionReport:
    """The same for another question; only a report of a question has one (see is_chosen)."""
    report: Any = answer.report
    return replace(report, question=question)


def chart_title(question: Question, chart: Chart | None) -> str:
    """With the measures that are drawn."""
    drawn = tuple(name for name in question.measures if chart and name in chart.amounts)
    return question_title(replace(question, measures=drawn or question.measures))


def chart_rows(pivot: Pivot, depth: int) -> Iterator[Row]:
    for row in pivot.total.walk():
        if row.depth != depth:
            continue
        if not pivot.heads:
            yield {**row.values, **row.total}
        for head, cell in zip(pivot.heads, row.cells, strict=False):
            yield {**row.values, **head.values, **cell}


def chart_columns(question: Question, pivot: Pivot) -> tuple[Column, ...]:
    keys = [
        column
        for name in question.dimensions
        for column in dimension_columns(question.dimension(name))
    ]
    others = [Column(IS_OTHER, "id")] if question.top and question.rows else []
    named = {column.name: column for column in (*keys, *others, *pivot.measure_columns)}
    return tuple(named.values())


def amounts_of(rows: list[Row], column: Column) -> pa.Array:
    kind = KINDS[column.kind]
    values = [row.get(column.name) for row in rows]
    if kind.is_decimal and kind.arrow is not None:
        place = Decimal(1).scaleb(-kind.arrow.scale)
        values = [None if value is None else Decimal(value).quantize(place) for value in values]
    if column.name == IS_OTHER:
        values = [int(bool(value)) for value in values]
    return pa.array(values, kind.arrow)
