"""The tables of an uploaded file, the limits for reading it, and the error that refuses it."""

import csv
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

LONGEST = 400_000  # bytes of a line or record; longer ones are no table, and fill the memory
csv.field_size_limit(LONGEST)  # so that Python's reader accepts the same values as DuckDB's

# Refusals after which the file can be read again with another format, mapping or encoding
ANSWERABLE = ("unknown_format", "wrong_columns", "bad_encoding", "unknown_encoding")


class FileRefused(Exception):
    """The file cannot be imported as it is; `reason` says why and where."""

    def __init__(
        self,
        code: str,
        reason: str,
        line: int | None = None,
        column: str | None = None,
        seen: "Table | None" = None,
        encoding: str = "",
    ):
        super().__init__(reason)
        self.code, self.reason, self.line, self.column = code, reason, line, column
        self.encoding = encoding  # the likely one
        self.header = list(seen.header) if seen else []
        # Read now: the unpacked files are deleted before anybody shows the refusal.
        self.first_rows = seen.first_rows() if seen else []

    @property
    def answerable(self) -> bool:
        return self.code in ANSWERABLE


@dataclass(frozen=True)
class Limits:
    unpacked: int = 2 * 1024**3  # bytes, of all files of an archive together
    ratio: int = 200  # deflate gives text 3 to 20; a bomb 1,000 and more
    ratio_from: int = 10 * 1000**2  # bytes; smaller files may have any ratio
    entries: int = 50
    columns: int = 2000
    rows: int = 10_000_000  # a billion equal rows fit into a kilobyte
    cells: int = 100_000_000
    sheet_cells: int = 8_000_000
    sheet: int = 400 * 1024**2  # bytes of a workbook's sheets and texts, unpacked


LIMITS = Limits()


@dataclass(frozen=True)
class Table:
    name: str  # the file's name inside the upload
    path: Path  # UTF-8 CSV without BOM
    header: tuple[str, ...]  # trimmed
    delimiter: str = ","
    decimal_comma: bool = False  # numbers look like 12,50
    has_nul: bool = False  # some value holds a NUL byte
    simple_lines: bool = True  # one record per line, none blank: the n-th record is on line n + 1
    has_lines: bool = True  # line numbers mean something to the user; not in Parquet

    def first_rows(self, most: int = 5) -> list[list[str]]:
        """The rows under the header, to tell the columns apart; empty if they cannot be read."""
        try:
            with self.path.open(newline="", encoding="utf-8") as file:
                rows = list(islice(csv.reader(file, delimiter=self.delimiter), 1, most + 1))
        except csv.Error:
            return []
        return [[shortened(cell) for cell in row] for row in rows]


def shortened(cell: str) -> str:
    """A value for display; PostgreSQL cannot store NUL."""
    return cell.replace("\0", "␀")[:100]


def checked_header(names: list[str], limits: Limits = LIMITS) -> tuple[str, ...]:
    """The columns' names, trimmed; a column without one is named by its position."""
    if len(names) > limits.columns:
        reason = f"the first line names {len(names):,} columns; at most {limits.columns:,} are read"
        raise FileRefused("too_many_columns", reason, 1)
    if not any(name.strip() for name in names):
        raise FileRefused("no_header", "the first line is blank: it must name the columns", 1)
    seen: set[str] = set()
    header = tuple(name.strip() or f"column_{n}" for n, name in enumerate(names, 1))
    for name in header:
        if name.casefold() in seen:
            reason = f'the column "{name}" is there twice: give each its own name'
            raise FileRefused("duplicate_column", reason, 1, name)
        seen.add(name.casefold())
    return header
