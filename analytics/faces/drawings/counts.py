"""How many rows have each value, counted here and drawn as bars."""

from collections import Counter
from functools import cached_property

import pyarrow as pa

from analytics.faces.drawings.canvas import Canvas
from analytics.query.answer import Answer
from analytics.semantics.charts import Bars, Counts
from analytics.semantics.report import Column

ROWS = "rows"


class CountedCanvas(Canvas[Bars]):
    """Shows the values and how often each occurs, instead of the rows."""

    @cached_property
    def columns(self) -> dict[str, Column]:
        chart = declared_chart(self.answer)
        counted = next(column for column in self.answer.columns if column.name == chart.x)
        columns = [counted, Column(ROWS, "count", "", chart.label)]
        if self.earlier_label:
            columns.append(Column(f"{ROWS}_before", "count", "", f"{chart.label} before"))
        return {column.name: column for column in columns}

    @cached_property
    def table(self) -> pa.Table:
        name = declared_chart(self.answer).x
        now = value_counts(self.answer, name)
        earlier = value_counts(self.answer.before, name)
        # Of both periods: what occurs in one only is 0 in the other.
        values = sorted(now | earlier)
        columns = {name: values, ROWS: [now[value] for value in values]}
        if self.earlier_label:
            columns[f"{ROWS}_before"] = [earlier[value] for value in values]
        return pa.table(columns)


def declared_chart(answer: Answer) -> Counts:
    chart = answer.report.chart
    assert isinstance(chart, Counts)  # noqa: S101  no other chart is drawn here
    return chart


def value_counts(answer: Answer | None, name: str) -> Counter:
    values = answer.table[name].to_pylist() if answer else []
    return Counter(value for value in values if value is not None)


def counted_canvas(canvas: Canvas[Counts]) -> Canvas[Bars]:
    """The same canvas for bars of the counts."""
    bars = Bars(x=canvas.chart.x, y=ROWS, ranked=True)
    return CountedCanvas(canvas.answer, bars, canvas.palette, canvas.width, canvas.is_interactive)
