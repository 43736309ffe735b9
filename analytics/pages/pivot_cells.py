"""The figures in a cell of the explore page: their text, their change, their depth of colour."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from analytics.faces.drawings.labels import full_text
from analytics.pages.inline_svg import heat_level
from analytics.pages.tiles import change
from analytics.query.answer import Answer
from analytics.query.grid import GridRow
from analytics.query.pivot import PivotRow
from analytics.semantics.columns import Column
from analytics.semantics.kinds import KINDS, round_half_up
from analytics.semantics.measures import WORDS
from analytics.semantics.question import BEFORE, is_of_two_periods, split_calculation

NOTHING, NEW = mark_safe(""), mark_safe('<span class="new">new</span>')
WHOLE_FROM = 10_000  # where a total is so large, cents only fill the table


class Cells:
    """How the figures of a table with two axes are written. `names` are those in its cells, without
    what they are compared with; what there is no figure for is an empty cell."""

    def __init__(
        self,
        answer: Answer,
        columns: Iterable[Column],
        names: Sequence[str],
        rows: Iterable[PivotRow | GridRow],
        total: Mapping[str, Any],
    ):
        self.answer, self.names, self.rows, self.total = answer, names, [*rows], total
        self.columns = {column.name: column for column in columns}

    def figure(self, name: str, figures: Mapping[str, Any], link: str) -> SafeString:
        """The number, which leads to the orders behind it, and how it has changed."""
        text, changed = self.text(name, figures[name]), self.change(name, figures)
        if link:
            return format_html('<a href="{}">{}</a>{}', link, text, changed)
        return format_html("{}{}", text, changed)

    def text(self, name: str, value: Any) -> str:
        kind, currency = self.columns[name].kind, self.answer.currency
        if value is not None and KINDS[kind].is_decimal:
            value = Decimal(value)  # of nothing, it is a whole 0
        if value is None or not self.is_whole[name]:
            return full_text(value, kind, currency)
        text = full_text(round_half_up(value, 0), kind, currency)
        return text.removesuffix(".00").removesuffix(".000")

    @cached_property
    def is_whole(self) -> dict[str, bool]:
        """Whether the cents of a measure are left out: those of large sums."""
        return {name: is_large_sum(self.columns[name], self.total.get(name)) for name in self.names}

    def change(self, name: str, figures: Mapping[str, Any]) -> SafeString:
        if not self.compares:
            return NOTHING
        now, before = figures[name], figures[name + BEFORE]
        if before is None:
            return NEW if now else NOTHING
        found = change(now, before, self.columns[name])
        if not found["change"]:
            return NOTHING
        return format_html('<span class="pill {}">{}</span>', found["mood"], found["change"])

    @cached_property
    def compares(self) -> bool:
        comparison = self.answer.comparison
        is_known = comparison is not None and comparison.is_known
        return is_known and not any(map(is_of_two_periods, self.names))

    def shade(self, row: PivotRow | GridRow, name: str, figures: Mapping[str, Any]) -> str:
        """The darkest cell of a level has the most of that level."""
        value = figures[name]
        largest = self.largest.get((row.depth, name))
        return f"h{heat_level(value, largest)}" if largest and value is not None else ""

    @cached_property
    def largest(self) -> dict[tuple[int, str], Any]:
        found: dict[tuple[int, str], Any] = {}
        for row in self.rows:
            for figures in row.cells:
                for name in self.names:
                    if (value := figures.get(name)) is not None:
                        place = row.depth, name
                        found[place] = max(found.get(place, value), value)
        return found


def is_large_sum(column: Column, total: Decimal | None) -> bool:
    base, _ending = split_calculation(column.name)
    is_sum = column.kind == "money" and base in WORDS and WORDS[base].is_sum
    return is_sum and total is not None and abs(total) >= WHOLE_FROM
