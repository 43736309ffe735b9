"""The answer of a question as a table with two axes: rows in a tree, columns beside each other.

Cells, subtotals and totals are rows of queries of their own; nothing is added up here.
"""

from bisect import bisect, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from analytics.query.answer import Answer
from analytics.query.level_rows import GroupTables, Key, LevelRows, Row
from analytics.semantics.columns import Column
from analytics.semantics.comparison import growth
from analytics.semantics.conditions import Condition
from analytics.semantics.dimensions import DIMENSIONS, key_of
from analytics.semantics.kinds import display
from analytics.semantics.level import IS_OTHER, Level
from analytics.semantics.level_group import level_groups
from analytics.semantics.measures import WORDS
from analytics.semantics.question import (
    BEFORE,
    CHANGE,
    DAYS,
    GROWTH,
    RUNNING,
    Question,
    is_of_two_periods,
    measure_column,
    split_calculation,
)
from analytics.semantics.question_report import QuestionReport

Figures = dict[str, Any]


@dataclass(frozen=True)
class Head:
    """A value on the axis of the columns."""

    key: Key
    values: Row
    label: str

    def is_at(self, place: Iterable[Condition]) -> bool:
        """Whether it has these values."""
        return all(self.values[key_of(DIMENSIONS[each.field])] in each.values for each in place)


@dataclass(eq=False)
class PivotRow:
    """Its figures are looked up when they are read: a page shows the first rows of many."""

    pivot: "Pivot"
    depth: int
    key: Key
    values: Row  # of the dimensions, by name
    children: list["PivotRow"] = field(default_factory=list)

    @property
    def is_other(self) -> bool:
        return bool(self.values.get(IS_OTHER))

    @cached_property
    def total(self) -> Figures:
        """Over all columns."""
        return self.pivot.figures(self.pivot.level(self.depth), self.key)

    @cached_property
    def cells(self) -> list[Figures]:
        """One for each head."""
        if not self.pivot.heads:
            return []
        level = self.pivot.level(self.depth, has_columns=True)
        return [self.pivot.figures(level, self.key + head.key) for head in self.pivot.heads]

    def walk(self) -> Iterator["PivotRow"]:
        yield self
        for child in self.children:
            yield from child.walk()


class Pivot:
    """What all faces show of a question with subtotals, or with columns."""

    def __init__(self, answer: Answer):
        self.answer = answer
        self.question = question_of(answer)
        # The ledger does not sort by the cells of a column: its SQL is the same for all of them.
        read = replace(self.question, sort_at=())
        levels = levels_of(read)
        groups = [GroupTables(answer, group) for group in level_groups(levels)]
        tables = {level: tables for tables in groups for level in tables.group.levels}
        self.levels = [LevelRows(level, tables[level], answer.comparison) for level in levels]

    @cached_property
    def measures(self) -> list[str]:
        """The names of the figures in each cell."""
        names = self.question.measures
        if self.answer.before is None or any(map(is_of_two_periods, names)):
            return [*names]
        return [each for name in names for each in with_earlier(name)]

    @cached_property
    def measure_columns(self) -> list[Column]:
        return [measure_column(name) for name in self.measures]

    @cached_property
    def heads(self) -> list[Head]:
        if not self.question.columns:
            return []
        level = self.level(0, has_columns=True)
        return [
            Head(key, values, " · ".join(labels_of(self.question.columns, values)))
            for key, values in level.rows.items()
        ]

    @cached_property
    def total(self) -> PivotRow:
        """The row of all rows, which holds the tree of the others."""
        tree: dict[Key, PivotRow] = {}
        for depth in range(len(self.question.rows) + 1):
            for key in self.keys_in_order(depth):
                row = tree[key] = PivotRow(self, depth, key, self.level(depth).rows[key])
                if depth and (parent := tree.get(key[:-1] if depth > 1 else ())):
                    parent.children.append(row)
        root = next(row for row in tree.values() if row.depth == 0)
        if self.question.having:
            without_empty_branches(root, len(self.question.rows))
        return root

    @cached_property
    def is_of_nothing(self) -> bool:
        """Whether there is no order or return at all, of which a calendar has a table of zeros."""
        figures = self.total.total.items()
        if any(value for name, value in figures if name not in DAYS):
            return False
        documents = LevelRows.read_alone(self.answer, Level(Question(("orders", "refunds")), 0))
        [found] = documents.rows.values()
        return not (found["orders"] or found["refunds"])

    @property
    def rows(self) -> list[PivotRow]:
        """All but the total, parents before their children."""
        return [*self.total.walk()][1:]

    @property
    def leaves(self) -> list[PivotRow]:
        return [row for row in self.total.walk() if row.depth == len(self.question.rows)]

    def keys_in_order(self, depth: int) -> list[Key]:
        """As the ledger sorts rows; by a cell or a change, which it does not know, here. Equal ones
        stay as the ledger has them."""
        rows, asked = self.level(depth).rows, self.question
        if not depth or not asked.is_sorted_by_cells or self.sort_key is None:
            return [*rows]
        level = self.level(depth, has_columns=bool(asked.sort_at))
        figures = {key: self.figure(asked.sort_name, level, key + self.sort_key) for key in rows}
        from_last = asked.sort.startswith("-")
        # All others in one row are last, whatever they come to.
        return sorted(rows, key=lambda key: (
            bool(rows[key].get(IS_OTHER)), *place_of(figures[key], from_last)
        ))  # fmt: skip

    @cached_property
    def sort_key(self) -> Key | None:
        """Of the column that rows are sorted by; None if the answer has no such column."""
        if not self.question.sort_at:
            return ()
        return next((head.key for head in self.heads if head.is_at(self.question.sort_at)), None)

    def figures(self, level: LevelRows, key: Key) -> Figures:
        """The measures of a cell."""
        return {name: self.figure(name, level, key) for name in self.measures}

    def figure(self, name: str, level: LevelRows, key: Key) -> Any:
        """Of a cell without rows it is what the measure is of nothing."""
        now = level.rows.get(key)
        if now is None:
            is_running = split_calculation(name)[1] == RUNNING
            now = self.last_before(level, key) if is_running else self.of_nothing
        return figure(name, now, level.earlier(key))

    def last_before(self, level: LevelRows, key: Key) -> Row:
        """Of a cell without rows, the last one before it that has some: up to it totals ran."""
        width = len(self.heads[0].key)
        own, place = key[:-width], self.places[key[-width:]]
        filled = self.filled[level.level.depth][own]
        position = bisect(filled, place)
        if not position:
            return self.of_nothing
        return level.rows[own + self.heads[filled[position - 1]].key]

    @cached_property
    def filled(self) -> list[dict[Key, list[int]]]:
        """At each depth the places of the columns in which a row has a cell, by the row's key."""
        width, found = len(self.heads[0].key), []
        for depth in range(len(self.question.rows) + 1):
            places: dict[Key, list[int]] = defaultdict(list)
            for key in self.level(depth, has_columns=True).rows:
                insort(places[key[:-width]], self.places[key[-width:]])
            found.append(places)
        return found

    @cached_property
    def places(self) -> dict[Key, int]:
        return {head.key: place for place, head in enumerate(self.heads)}

    @cached_property
    def of_nothing(self) -> Row:
        """The figures of a cell without rows. That nothing was sold is known, unlike an average;
        what goods have none of, like shipping, has no value there either."""
        [total] = self.level(0).rows.values()
        return {
            name: 0 if is_zero(name) and total[known_by(name)] is not None else None
            for name in total
        }

    def level(self, depth: int, has_columns: bool = False) -> LevelRows:
        position = depth * (2 if self.question.columns else 1) + has_columns
        return self.levels[position]


def has_columns(answer: Answer) -> bool:
    """Whether only a pivot shows the question: a row for each cell does not."""
    if not isinstance(answer.report, QuestionReport) or not answer.report.is_asked:
        return False
    question = answer.report.question
    return bool(question.columns) or question.compares


def question_of(answer: Answer) -> Question:
    if not isinstance(answer.report, QuestionReport):
        raise TypeError(f"{answer.report.path} is no question of measures by dimensions.")
    return answer.report.question


def levels_of(question: Question) -> list[Level]:
    """From the total to the cells. What sorts rows leaves the columns in their own order."""
    sides = (False, True) if question.columns else (False,)
    levels = [Level(question, d, side) for d in range(len(question.rows) + 1) for side in sides]
    if question.columns:
        levels[True] = Level(replace(question, sort=""), 0, has_columns=True)
    return levels


def with_earlier(name: str) -> list[str]:
    """What a measure was before and how it grew; a calculation stands alone."""
    return [name, name + BEFORE, name + GROWTH] if name in WORDS else [name]


def figure(name: str, now: Row, then: Row | None) -> Any:
    base, ending = split_calculation(name)
    if ending == BEFORE:
        return then[base] if then else None
    if ending in (CHANGE, GROWTH):
        return change(ending, now[base], then[base] if then else None)
    return now[name]


def is_zero(name: str) -> bool:
    """Whether the measure of no rows is 0."""
    base, _ending = split_calculation(name)
    if base not in WORDS or base in ("margin", *DAYS):
        return False
    return WORDS[base].is_sum or WORDS[base].kind == "count"


def known_by(name: str) -> str:
    """A running total along the columns has none over all of them: what it adds up has."""
    base, ending = split_calculation(name)
    return base if ending == RUNNING else name


def change(ending: str, now: Any, then: Any) -> Any:
    if ending == GROWTH:
        return growth(now, then)
    return None if now is None or then is None else now - then


def place_of(value: Any, from_last: bool) -> tuple[bool, Any]:
    """What sorts the values; those that are none are last."""
    if value is None:
        return True, 0
    return False, -value if from_last else value


def labels_of(names: Iterable[str], values: Row) -> list[str]:
    return [display(values[name], DIMENSIONS[name].kind) for name in names]


def without_empty_branches(row: PivotRow, deepest: int) -> bool:
    """Whether the row is a leaf or has some below; branches without any are cut off."""
    row.children = [each for each in row.children if without_empty_branches(each, deepest)]
    return row.depth == deepest or bool(row.children)
