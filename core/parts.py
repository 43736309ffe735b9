"""The parts of the ledger: a whole table, or one month of it."""

from collections.abc import Iterable
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
