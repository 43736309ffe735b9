"""What a drawing is made on: an answer, the colours and the width, and the words for values."""

from dataclasses import dataclass
from functools import cached_property

from analytics.faces.drawings import words
from analytics.faces.drawings.palette import CLEAR, Palette
from analytics.query.answer import Answer

AGO = {"previous_period": "Period before", "previous_year": "A year before"}


@dataclass(frozen=True)
class Drawing:
    """A view of Vega-Lite, and what must be said with it, such as what was left out."""

    view: dict
    note: str = ""


@dataclass(frozen=True)
class Canvas:
    answer: Answer
    chart: object
    palette: Palette
    width: int
    moving: bool  # on a page, where one can point at things

    @cached_property
    def columns(self) -> dict:
        return {column.name: column for column in self.answer.with_earlier[0]}

    @cached_property
    def table(self):
        return self.answer.with_earlier[1]

    @property
    def before(self) -> str:
        """What the earlier period is called, if there is one."""
        return AGO[self.answer.compare] if self.answer.before else ""

    def row(self, turn: int) -> dict:
        return self.table.slice(turn, 1).to_pylist()[0]

    def told(self, row: dict, name: str) -> str:
        return words.told(row[name], self.columns[name].kind, self.answer.currency)

    def short(self, row: dict, name: str) -> str:
        return words.short(row[name], self.columns[name].kind, self.answer.currency)

    def label(self, row: dict, name: str) -> str:
        return words.label(row[name], self.columns[name].kind)

    def with_before(self, *names: str) -> list[str]:
        """The names, and those of the same numbers of the earlier period."""
        return [n for name in names for n in (name, f"{name}_before") if n in self.columns]

    def spoken(self, *first: str) -> list[str]:
        """These columns, then all others that people read: what is told of a bar or a cell."""
        others = [name for name, column in self.columns.items() if column.kind != "id"]
        return list(dict.fromkeys([*first, *others]))

    def data(self, rows: list[dict], things, amounts, told=()) -> dict:
        """Rows for Vega: things by their labels, amounts as numbers, and all of them in words."""
        told = dict.fromkeys((*things, *amounts, *told))
        return {"values": [self.datum(row, things, amounts, told) for row in rows]}

    def datum(self, row: dict, things, amounts, told) -> dict:
        told = {f"{name}_told": self.told(row, name) for name in told}
        labels = {name: self.label(row, name) for name in things}
        return labels | {name: number(row[name]) for name in amounts} | told

    def tooltip(self, names: list[str]) -> list[dict]:
        return [
            {"field": f"{name}_told", "title": self.columns[name].label, "type": "nominal"}
            for name in names
        ]

    def dress(self, label: str, earlier: bool = False, hollow: bool = True) -> dict:
        """How a bar is filled: the earlier period's is hollow with a dashed edge, or pale."""
        palette = self.palette
        if not self.before:
            return {"fill": {"value": palette.accent}}
        looks = {"fill": [palette.accent, palette.faint]}
        if hollow:
            looks = {
                "fill": [palette.accent, CLEAR],
                "stroke": [palette.accent, palette.ink],
                "strokeDash": [[1, 0], [3, 2]],
            }
        labels = [label, self.before]
        return {
            channel: {"datum": labels[earlier], "scale": {"domain": labels, "range": look}}
            for channel, look in looks.items()
        }

    def pointed_at(self, shape: dict, name: str = "over", **encoding) -> list[dict]:
        """On a page, a strip for each row: seen while one points at it, and easy to hit."""
        if not self.moving:
            return []
        over = {"type": "point", "on": "pointerover", "clear": "pointerout"}
        seen = {"param": name, "empty": False, "value": 0.15}
        return [
            {
                "mark": {**shape, "color": self.palette.accent},
                "params": [{"name": name, "select": over}],
                "encoding": {**encoding, "opacity": {"condition": seen, "value": 0}},
            }
        ]

    def amounts_axis(self, name: str, rows: list[dict], **more) -> dict:
        """An axis that writes amounts of this column; its title stands in the picture's."""
        largest = max((abs(number(row[name]) or 0) for row in rows), default=0)
        shape = words.axis_format(self.columns[name].kind, largest)
        return {"title": None, "tickCount": 5, **shape, **more}


def number(value) -> float | int | None:
    return value if value is None or isinstance(value, int) else float(value)


def mark(kind: str, **more) -> dict:
    """A mark that readers of screens pass over: the picture has a description, the page a table."""
    return {"type": kind, "aria": False, **more}
