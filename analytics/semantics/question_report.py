"""A report that is a question: measures by dimensions, with subtotals of each level."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from ibis import Table

from analytics.semantics.charts import Chart
from analytics.semantics.columns import Column
from analytics.semantics.dimensions import DIMENSIONS
from analytics.semantics.filters import Filters
from analytics.semantics.level import Level
from analytics.semantics.measures import WORDS
from analytics.semantics.question import (
    Question,
    dimension_columns,
    is_of_two_periods,
    measure_column,
    split_calculation,
)
from analytics.semantics.report import Report, declared
from analytics.semantics.shop import Shop

PAID_FOR_ORDERS = "They belong to whole orders, and products have no part of them."


@dataclass(frozen=True, eq=False, kw_only=True)
class QuestionReport(Report):
    question: Question
    is_asked: bool = False  # in explore, so that its faces show every level

    def rows(self, shop: Shop, own: dict[str, Any]) -> Table:
        """The cells, a row each."""
        level = self.level(len(self.question.rows), has_columns=True)
        table = level.in_order(level.table(shop))
        return table.select(*(column.name for column in self.columns))

    def totals_of(self, shop: Shop, own: dict[str, Any]) -> Table | None:
        names = [column.name for column in self.columns if column.is_measure]
        if not self.question.has_totals:
            return None
        return self.level(0).table(shop).select(*names) if names else None

    def note_of(self, is_of_goods: bool) -> str:
        """Which measures have no value, and why."""
        if not (is_of_goods or self.question.of_goods):
            return ""
        words = [WORDS[name] for name in self.question.words]
        labels = [word.label for word in words if word.of_orders]
        return f"No value: {joined(labels)}. {PAID_FOR_ORDERS}" if labels else ""

    def level(self, depth: int, has_columns: bool = False) -> Level:
        return Level(self.question, depth, has_columns and bool(self.question.columns))


def grouped_report(
    path: str,
    description: str,
    *,
    title: str,
    measures: tuple[str, ...],
    rows: tuple[str, ...] = (),
    columns: tuple[str, ...] = (),
    sort: str = "",
    form: type[Filters] = Filters,
    chart: Chart | None = None,
    aliases: tuple[str, ...] = (),
) -> None:
    """Declare a report that is measures by dimensions."""
    question = Question(measures, rows, columns, sort=sort)
    declared[path] = QuestionReport(
        path=path,
        title=title,
        description=description,
        columns=question_columns(question),
        query=None,
        form=form,
        chart=chart,
        totals=None,
        personal=question.names_customers,
        aliases=aliases,
        key=question_key(question),
        question=question,
    )


@lru_cache(512)  # SQL is cached by the identity of its report
def question_report(question: Question, declared: QuestionReport) -> QuestionReport:
    """The report of this question; all else is as declared."""
    return replace(
        declared,
        question=question,
        title=question_title(question),
        columns=question_columns(question),
        personal=question.names_customers,
        key=question_key(question),
        is_asked=True,
    )


def question_key(question: Question) -> tuple[str, ...]:
    return tuple(column.name for column in key_columns(question))


def key_columns(question: Question) -> list[Column]:
    dimensions = map(question.dimension, question.dimensions)
    return [column for each in dimensions for column in dimension_columns(each)]


def question_columns(question: Question) -> tuple[Column, ...]:
    """Of a row for each cell. What compares two periods is computed from two answers."""
    measures = [name for name in question.measures if not is_of_two_periods(name)]
    # Without dimensions there would be no column.
    measures = measures or [split_calculation(name)[0] for name in question.measures]
    columns = [*key_columns(question), *map(measure_column, measures)]
    return tuple({column.name: column for column in columns}.values())


def question_title(question: Question) -> str:
    """ "Net sales and orders by country and month"."""
    measures = joined([measure_column(name).label for name in question.measures])
    dimensions = [DIMENSIONS[name].label.lower() for name in question.dimensions]
    return f"{measures} by {joined(dimensions)}" if dimensions else measures


def joined(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
