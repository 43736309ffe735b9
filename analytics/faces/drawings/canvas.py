"""What a chart is drawn with: an answer, the colours, the width, and the texts of its values."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Generic, Self, TypeVar

import pyarrow as pa

from analytics.faces.drawings import labels
from analytics.faces.drawings.palette import TRANSPARENT, Palette
from analytics.query.answer import Answer
from analytics.semantics.charts import Chart
from analytics.semantics.report import Column

EARLIER = {
    "previous_period": "Period before",
    "previous_year": "A year before",
    "previous_year_weekdays": "Same weekdays a year before",
}
IS_OTHER = "is_other"  # a column of what a question has put together
Row = dict[str, Any]
Vega = dict[str, Any]  # a part of a Vega-Lite specification
# The address of what a mark stands for: one row, or several that share a mark; "" for none.
Links = Callable[[Sequence[Row]], str]
C = TypeVar("C", bound=Chart)


@dataclass(frozen=True)
class Drawing:
    """A view of Vega-Lite, and what must be said with it, such as what was left out."""

    view: Vega
    note: str = ""


@dataclass(frozen=True)
class Canvas(Generic[C]):
    answer: Answer
    chart: C
    palette: Palette
    width: int
    is_interactive: bool  # on a page, where one can point at things
    links: Links | None = None  # where a click on a mark leads

    @cached_property
    def columns(self) -> dict[str, Column]:
        return {column.name: column for column in self.answer.with_earlier[0]}

    @cached_property
    def table(self) -> pa.Table:
        return self.answer.with_earlier[1]

    @property
    def earlier_label(self) -> str:
        """What the earlier period is called, if there is one."""
        return EARLIER[self.answer.compare] if self.answer.before else ""

    def row(self, index: int) -> Row:
        return self.table.slice(index, 1).to_pylist()[0]

    def series_colors(self) -> list[str]:
        return [*self.palette.series, self.palette.others]

    def is_other(self, row: Row) -> bool:
        """Whether the row is all that is not among the top ones of a question."""
        return bool(row.get(IS_OTHER))

    def distinct_values(self, name: str) -> list[Any]:
        """Weekdays, hours and months have an order of their own; texts keep that of the rows."""
        values = list(dict.fromkeys(self.table[name].to_pylist()))
        if self.columns[name].kind == "text":
            return values
        # Last what has no value: it has no place in the order.
        return sorted(values, key=lambda value: (value is None, value if value is not None else 0))

    def full_text(self, row: Row, name: str) -> str:
        return labels.full_text(row[name], self.columns[name].kind, self.answer.currency)

    def compact_text(self, row: Row, name: str) -> str:
        return labels.compact_text(row[name], self.columns[name].kind, self.answer.currency)

    def axis_label(self, row: Row, name: str) -> str:
        return labels.axis_label(row[name], self.columns[name].kind)

    def with_earlier(self, *names: str) -> list[str]:
        """The names, and those of the same numbers of the earlier period."""
        return [n for name in names for n in (name, f"{name}_before") if n in self.columns]

    def tooltip_columns(self, *first: str) -> list[str]:
        """These columns, then all others that people read."""
        others = [name for name, column in self.columns.items() if column.kind != "id"]
        return list(dict.fromkeys([*first, *others]))

    def data(
        self,
        rows: list[Row],
        named: Iterable[str],
        amounts: Iterable[str],
        more_texts: Iterable[str] = (),
    ) -> Vega:
        """Rows for Vega: names by their labels, amounts as numbers, and all of them as texts."""
        # Written here, because Vega has only floats: a tooltip shows the same digits as the table.
        texts = list(dict.fromkeys((*named, *amounts, *more_texts)))
        return {"values": [self.datum(row, named, amounts, texts) for row in rows]}

    def datum(
        self, row: Row, named: Iterable[str], amounts: Iterable[str], texts: Iterable[str]
    ) -> Row:
        return (
            {name: self.axis_label(row, name) for name in named}
            | {name: number(row[name]) for name in amounts}
            | {f"{name}_text": self.full_text(row, name) for name in texts}
        )

    def link_fields(self, rows: Sequence[Row], places: Iterable[str], amount: str) -> Row:
        """Where a click on a mark leads, and what the mark is called: Nov 2011, Ireland: £1,234."""
        if self.links is None:
            return {}
        return {"_href": self.links(rows), "_name": f"{', '.join(places)}: {amount}"}

    def without_links(self) -> Self:
        return replace(self, links=None)

    def row_links(self, row: Row, name: str, *places: str) -> Row:
        """The `link_fields` of a mark for one row."""
        if self.links is None:
            return {}
        texts = [self.full_text(row, place) for place in places]
        return self.link_fields([row], texts, self.full_text(row, name))

    def rows_behind(self, row: Row, *names: str) -> Sequence[Row]:
        """The rows of the answer that have these amounts of a row of the table."""
        return [row]

    def link_encoding(self, suffix: str = "") -> Vega:
        """For marks whose data have `link_fields`."""
        if self.links is None:
            return {}
        return {
            "href": {"field": f"_href{suffix}", "type": "nominal"},
            "description": {"field": f"_name{suffix}", "type": "nominal"},
        }

    def linked_mark(self, shape: str, **more: Any) -> Vega:
        """A mark that is a link where there are links, and has a name then."""
        return mark(shape, **more) if self.links is None else {"type": shape, "aria": True, **more}

    def tooltip(self, names: Iterable[str]) -> list[Vega]:
        return [
            {"field": f"{name}_text", "title": self.columns[name].label, "type": "nominal"}
            for name in names
        ]

    def bar_style(self, label: str, is_earlier: bool = False, is_hollow: bool = True) -> Vega:
        """How a bar is filled: the earlier period's is hollow with a dashed edge, or pale."""
        palette = self.palette
        if not self.earlier_label:
            others = {"test": "datum._is_other", "value": palette.others}
            fill = {"condition": others} if IS_OTHER in self.table.column_names else {}
            return {"fill": {**fill, "value": palette.accent}}
        styles: dict[str, list[Any]] = {"fill": [palette.accent, palette.faint]}
        if is_hollow:
            styles = {
                "fill": [palette.accent, TRANSPARENT],
                "stroke": [palette.accent, palette.ink],
                "strokeDash": [[1, 0], [3, 2]],
            }
        legend = [label, self.earlier_label]
        return {
            channel: {"datum": legend[is_earlier], "scale": {"domain": legend, "range": style}}
            for channel, style in styles.items()
        }

    def hover_layer(self, shape: Vega, name: str = "over", **encoding: Any) -> list[Vega]:
        """On a page, a strip for each row: seen while one points at it, and easy to hit."""
        if not (self.is_interactive or self.links):
            return []
        shape = {**shape, "color": self.palette.accent, "aria": bool(self.links)}
        encoding = {**encoding, **self.link_encoding()}
        if not self.is_interactive:
            return [{"mark": shape, "encoding": {**encoding, "opacity": {"value": 0}}}]
        over = {"type": "point", "on": "pointerover", "clear": "pointerout"}
        # "empty": Vega takes nothing pointed at for everything, and would show all strips.
        visible = {"param": name, "empty": False, "value": 0.15}
        return [
            {
                "mark": shape,
                "params": [{"name": name, "select": over}],
                "encoding": {**encoding, "opacity": {"condition": visible, "value": 0}},
            }
        ]

    def amount_axis(self, name: str, rows: list[Row], **more: Any) -> Vega:
        """An axis for amounts of this column; the chart's subtitle is the title of the axis."""
        largest = max((abs(number(row[name]) or 0) for row in rows), default=0)
        number_format = labels.number_axis_format(self.columns[name].kind, largest)
        return {"title": None, "tickCount": 5, **number_format, **more}


def number(value: Any) -> float | int | None:
    # orjson writes no Decimal; a picture needs no more than a float.
    return value if value is None or isinstance(value, int) else float(value)


def mark(shape: str, **more: Any) -> Vega:
    """A mark that screen readers skip: the chart has a description, the page a table."""
    return {"type": shape, "aria": False, **more}
