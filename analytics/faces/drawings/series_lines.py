"""Series as lines: each becomes a column of its own, and the columns are drawn as Lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from analytics.faces.drawings import lines
from analytics.faces.drawings.canvas import Canvas, Drawing, Row
from analytics.faces.drawings.split import Split, part_colors
from analytics.semantics.charts import Lines, Series
from analytics.semantics.columns import Column
from analytics.semantics.kinds import KINDS


@dataclass(frozen=True, kw_only=True)
class LinesCanvas(Canvas[Lines]):
    """A row for each place on the axis, with a column for each series."""

    split: Split
    x: Column
    kind: str

    @cached_property
    def columns(self) -> dict[str, Column]:
        names = zip(self.chart.y, self.split.parts, strict=True)
        series = {name: Column(name, self.kind, "", part.label) for name, part in names}
        return {self.x.name: self.x, **series}

    @cached_property
    def table(self) -> pa.Table:
        """Where a series has no amount, its line has a gap."""
        places, arrow = self.split.places, KINDS[self.kind].arrow
        amounts = {
            name: pa.array([part.amount(x) for x in places], arrow)
            for name, part in zip(self.chart.y, self.split.parts, strict=True)
        }
        return pa.table({self.x.name: places, **amounts})

    @property
    def earlier_label(self) -> str:
        return ""

    def series_colors(self) -> list[str]:
        return part_colors(self.palette, self.split.parts)

    def rows_behind(self, row: Row, *names: str) -> Sequence[Row]:
        parts = [self.split.parts[self.chart.y.index(name)] for name in names]
        return [behind for part in parts for behind in part.rows.get(row[self.x.name], ())]


def draw(canvas: Canvas[Series], split: Split) -> Drawing:
    names = tuple(f"series_{index}" for index in range(len(split.parts)))
    x, y = (canvas.columns[name] for name in (canvas.chart.x, canvas.chart.y))
    wide = LinesCanvas(
        canvas.answer,
        Lines(x.name, names),
        canvas.palette,
        canvas.width,
        canvas.is_interactive,
        canvas.links,
        split=split,
        x=x,
        kind=y.kind,
    )
    return lines.draw(wide)
