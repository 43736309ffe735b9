"""A report that is a question: measures by dimensions, with subtotals of each level."""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from django import forms
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

# How long the spans of a report over time are, each with its dimension
GRAINS = {"hour": "date_hour", "day": "day", "week": "week", "month": "month", "quarter": "quarter"}
PAID_FOR_ORDERS = "They belong to whole orders, and products have no part of them."


class OverTime(Filters):
    """Of a report whose first dimension is a span of time."""

    grain = forms.ChoiceField(
        required=False,
        widget=forms.HiddenInput,  # on pages it is a row of links
        choices=[(name, name.capitalize()) for name in GRAINS],
        initial="month",
        help_text="The span of time of each row.",
    )

    def report(self, declared: Any) -> Report:
        return by_grain(declared, self.cleaned_data["grain"])


@dataclass(frozen=True, eq=False, kw_only=True)
class QuestionReport(Report):
    question: Question
    is_asked: bool = False  # in explore, so that its faces show every level
    sources: dict[str, str] = field(default_factory=dict)  # of columns with a name of their own
    tie_breaker: str = ""

    def rows(self, shop: Shop, own: dict[str, Any]) -> Table:
        """The cells, a row each."""
        question, most = self.question, self.question.top
        if is_first_rows := question.is_first_rows:
            question = replace(question, top=None)
        level = Level(question, len(question.rows), bool(question.columns))
        table = level.in_order(level.wide_table(shop), self.tie_breaker)
        table = table.limit(most) if is_first_rows else table
        names = {column.name: self.sources.get(column.name, column.name) for column in self.columns}
        return table.select(**{name: table[source] for name, source in names.items()})

    @property
    def has_totals(self) -> bool:
        return bool(self.question.has_totals and self.measures)

    def totals_of(self, shop: Shop, own: dict[str, Any]) -> Table:
        names = [column.name for column in self.measures]
        return Level(self.question, 0).table(shop).select(*names)

    def note_of(self, is_of_goods: bool) -> str:
        """Which measures have no value, and why."""
        if not (is_of_goods or self.question.of_goods):
            return ""
        words = [WORDS[name] for name in self.question.words]
        labels = [word.label for word in words if word.of_orders]
        return f"No value: {joined(labels)}. {PAID_FOR_ORDERS}" if labels else ""


def grouped_report(
    path: str,
    description: str,
    definition: str = "",
    *,
    title: str,
    measures: tuple[str, ...],
    rows: tuple[str, ...] = (),
    columns: tuple[str, ...] = (),
    keys: tuple[Column, ...] = (),
    named: dict[str, Column] | None = None,
    sort: str = "",
    form: type[Filters] = Filters,
    chart: Chart | None = None,
    has_totals: bool = True,
    aliases: tuple[str, ...] = (),
) -> None:
    """Declare a report that is measures by dimensions.

    `keys` are the columns that say what a row is about, in place of the names of its dimensions;
    rows that are sorted as equal are in order of the first of them. `named` are columns in place
    of measures.
    """
    question = Question(measures, rows, columns, sort=sort, has_totals=has_totals)
    named = named or {}
    dimensions = tuple(Column(name, DIMENSIONS[name].kind) for name in question.dimensions)
    figures = (named.get(name) or measure_column(name) for name in measures)
    declared[path] = QuestionReport(
        path=path,
        title=title,
        description=description,
        definition=definition,
        columns=(*(keys or dimensions), *figures),
        query=None,
        form=form,
        chart=chart,
        totals=question.counted if has_totals else None,
        personal=question.names_customers,
        aliases=aliases,
        question=question,
        sources={column.name: name for name, column in named.items()},
        tie_breaker=keys[0].name if keys else "",
    )


@lru_cache(512)  # SQL is cached by the identity of its report
def first_rows(declared: QuestionReport, by: str, most: int) -> QuestionReport:
    """So many rows of it, those with the most of a measure."""
    question = replace(declared.question, sort=f"-{by}", top=most, has_other=False)
    return replace(declared, question=question)


@lru_cache(512)
def by_grain(declared: QuestionReport, grain: str) -> QuestionReport:
    """The same over shorter or longer spans of time, where its first dimension is one."""
    dimension = GRAINS[grain]
    usual, *others = declared.question.rows
    if dimension == usual:
        return declared
    chart: Any = declared.chart
    usual_grain = next(name for name, each in GRAINS.items() if each == usual)
    return replace(
        declared,
        question=replace(declared.question, rows=(dimension, *others)),
        title=declared.title.replace(usual_grain, grain),
        description=declared.description.replace(usual_grain, grain),
        columns=(Column(dimension, DIMENSIONS[dimension].kind), *declared.columns[1:]),
        chart=chart and replace(chart, x=dimension),
    )


@lru_cache(512)
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
    first, *others = (measure_column(name).label for name in question.measures)
    measures = joined([first, *map(inside_a_sentence, others)])
    dimensions = [inside_a_sentence(DIMENSIONS[name].label) for name in question.dimensions]
    return f"{measures} by {joined(dimensions)}" if dimensions else measures


def inside_a_sentence(label: str) -> str:
    """Without a capital, but for an abbreviation."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def joined(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
