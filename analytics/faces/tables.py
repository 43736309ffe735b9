"""The rows of an answer as files and programs get them: exact values, sums rounded once."""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from babel.numbers import get_currency_precision
from django.conf import settings

from analytics.query.answer import Answer
from analytics.semantics.columns import Column
from analytics.semantics.kinds import KINDS, display


def exact_rows(table: pa.Table, columns: Sequence[Column]) -> list[dict[str, Any]]:
    """For programs: amounts as text with all of their places, dates as ISO writes them."""
    names = [column.name for column in columns]
    values = [KINDS[c.kind].exact(table[c.name]).to_pylist() for c in columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def rounded_sums(table: pa.Table, columns: Sequence[Column]) -> pa.Table:
    """Sums of exact amounts, rounded once, to the smallest coin of the base currency."""
    for index, column in enumerate(columns):
        if column.kind == "money":
            places = get_currency_precision(settings.BASE_CURRENCY)
            # Arrow's name for halves away from zero, which is Decimal's ROUND_HALF_UP.
            sums = pc.round(table[column.name], places, round_mode="half_towards_infinity")
            table = table.set_column(index, column.name, sums)
    return table


def rows_to_show(answer: Answer, columns: Sequence[Column], table: pa.Table) -> pa.Table:
    """Rows keep the places of their amounts; the only row of a report without keys holds sums."""
    # A report without keys is all totals, and totals are rounded like those of other reports.
    return table if answer.report.key_columns else rounded_sums(table, columns)


def total_texts(answer: Answer) -> Iterator[str]:
    """ "Orders 1,234": for where totals do not stand below the rows."""
    totals = answer.totals or {}
    for column in answer.columns:
        if column.name in totals:
            yield f"{column.label} {display(totals[column.name], column.kind)}"
