"""The answer of a report, of which every face is a pure function."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pyarrow as pa

from analytics.query.lazy_table import LazyTable
from analytics.semantics.comparison import Comparison
from analytics.semantics.kinds import KINDS
from analytics.semantics.level_group import LevelGroup
from analytics.semantics.periods import Period
from analytics.semantics.report import Column, Report
from ledger.models import Snapshot


@dataclass(frozen=True)
class Answer:
    """Rows and totals of a report for one period, and those of an earlier one if requested."""

    report: Report
    period: Period
    filters: dict[str, Any]
    currency: str
    snapshot: Snapshot
    is_over: bool
    lazy_rows: LazyTable
    lazy_totals: LazyTable | None
    compare: str = ""
    comparison: Comparison | None = None
    before: "Answer | None" = None
    # Of a question: its subtotals and totals (pivot.py).
    level_table: Callable[[LevelGroup], LazyTable] | None = None
    averages: LazyTable | None = None  # of all rows of a table with two axes
    note: str = ""  # what a model says about itself, or which data it lacks

    @property
    def compared(self) -> str:
        """What is compared with what, in words; empty where nothing is."""
        return self.comparison.text if self.comparison else ""

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.report.columns

    @property
    def table(self) -> pa.Table:
        return self.lazy_rows.table

    def batches(self) -> Iterator[pa.Table]:
        """The table piece by piece: a long one is never whole in memory."""
        return self.lazy_rows.batches()

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        return self.table.to_pylist()

    @property
    def totals_table(self) -> pa.Table | None:
        """One row with the totals."""
        return self.lazy_totals and self.lazy_totals.table

    @cached_property
    def totals(self) -> dict[str, Any] | None:
        return self.totals_table and self.totals_table.to_pylist()[0]

    @cached_property
    def with_earlier(self) -> tuple[tuple[Column, ...], pa.Table]:
        """Columns and rows, with the amounts of the earlier period if there is one."""
        columns, table = list(self.columns), self.table
        if self.before is None:
            return tuple(columns), table
        for column in self.columns:
            if KINDS[column.kind].is_amount:
                columns.append(earlier_column(column))
                name = columns[-1].name
                # take() of a null index is null: a row without a counterpart has no earlier amount.
                table = table.append_column(name, self.before.table[column.name].take(self.matches))
        return tuple(columns), table

    @cached_property
    def matches(self) -> pa.Array:
        """For each row the index of the earlier row that it is compared with."""
        if self.comparison is None or self.before is None:
            return pa.nulls(self.table.num_rows, pa.int64())
        columns = self.report.key_columns
        # Not `rows`: of a long table the keys alone become Python objects.
        keys, earlier_keys = (
            answer.table.select([column.name for column in columns]).to_pylist()
            for answer in (self, self.before)
        )
        return pa.array(self.comparison.matches(columns, keys, earlier_keys), pa.int64())


def earlier_column(column: Column) -> Column:
    definition = f"{column.label} of the earlier period."
    name, label = f"{column.name}_before", f"{column.label} before"
    return replace(column, name=name, label=label, definition=definition)
