"""The parts of the ledger: a whole table, or one month of it."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple


class Part(NamedTuple):
    """Written "products" or "lines/2011-11": signals and databases use the text."""

    table: str
    month: str = ""

    @classmethod
    def parse(cls, text: str) -> "Part":
        table, _, month = text.partition("/")
        return cls(table, month)

    def __str__(self) -> str:
        return f"{self.table}/{self.month}" if self.month else self.table


def monthly_parts(tables: Iterable[str], months: Iterable[str]) -> set[str]:
    """Every one of these months of every one of these tables."""
    # It may be an iterator, and each table needs all of them.
    months = list(months)
    return {str(Part(table, month)) for table in tables for month in months}


def months_of_parts(parts: Iterable[str]) -> set[str]:
    """The months among these parts; whole tables have none."""
    return {Part.parse(part).month for part in parts} - {""}


def days_of_month(month: str) -> tuple[date, date]:
    """The first and the last day of a month like "2011-11"."""
    first = date.fromisoformat(f"{month}-01")
    return first, first.replace(day=monthrange(first.year, first.month)[1])
