"""How many rows have each value, counted here and drawn as bars."""

from collections import Counter
from functools import cached_property

import pyarrow as pa

from analytics.faces.drawings.canvas import Canvas
from analytics.semantics.charts import Bars, Counts
from analytics.semantics.report import Column

ROWS = "rows"


class CountedCanvas(Canvas):
    """Shows the values and how often each is there, instead of the rows."""

    @cached_property
    def columns(self) -> dict:
        asked: Counts = chart_of(self.answer)
        thing = next(column for column in self.answer.columns if column.name == asked.x)
        columns = [thing, Column(ROWS, "count", "", asked.label)]
        if self.before:
            columns.append(Column(f"{ROWS}_before", "count", "", f"{asked.label} before"))
        return {column.name: column for column in columns}

    @cached_property
    def table(self) -> pa.Table:
        name = chart_of(self.answer).x
        now = counted(self.answer, name)
        earlier = counted(self.answer.before, name) if self.before else Counter()
        values = sorted(now | earlier)
        columns = {name: values, ROWS: [now[value] for value in values]}
        if self.before:
            columns[f"{ROWS}_before"] = [earlier[value] for value in values]
        return pa.table(columns)


def chart_of(answer) -> Counts:
    return answer.report.chart


def counted(answer, name: str) -> Counter:
    values = answer.table[name].to_pylist()
    return Counter(value for value in values if value is not None)


def canvas_of(canvas: Canvas) -> Canvas:
    """The same canvas for bars of the counts."""
    bars = Bars(x=canvas.chart.x, y=ROWS, ranked=True)
    return CountedCanvas(canvas.answer, bars, canvas.palette, canvas.width, canvas.moving)
