"""A file's rows in DuckDB, on their way from text to order lines that the books can take.

raw (text as in the file) → staged (the format's fields, still text) → checked (numbers,
times, and for each row the first rule it breaks). `imports/staging_tables.py` has all columns.
"""

import csv
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import duckdb

from imports import totals
from imports.checks import NUMBERS, rules_for
from imports.files import FileRefused, Table
from imports.formats import FIELDS, Format, Rule, normal
from imports.formulas import unescaped_sql
from imports.numbers import is_rounded, number
from imports.sql import quoted
from imports.staging_tables import MONEY, STAGING_TABLES
from imports.steps import step
from imports.timestamps import parse_timestamps

# CSV cannot tell a missing value from an empty text.
NULL = r"\N"
MAX_MEMORY = 1024  # MB
MAX_DISK = "6GB"  # for data that does not fit into the memory: three times the largest file

# Numbers the records of a file that its malformed records were taken out of. The blank keeps the
# name apart from the names of the file's own columns, which have none.
RECORD_NUMBER = "record number"


class Staging:
    """A DuckDB database in memory for one file; data that does not fit is written to `folder`."""

    def __init__(self, folder: Path, zone: str):
        self.memory = 96  # MB; doubled whenever it is not enough
        config: dict[str, Any] = {
            "memory_limit": f"{self.memory}MB", "threads": 2,
            "temp_directory": str(folder / "spill"), "max_temp_directory_size": MAX_DISK,
        }  # fmt: skip
        self.con = duckdb.connect(config=config)
        self.con.execute(f"set TimeZone = {quoted(zone)}")
        self.con.execute("set enable_progress_bar = false")
        self.folder, self.zone = folder, zone
        self.fields: list[str] = []  # the fields that the file's format fills
        self.total, self.last_record, self.is_correction = 0, 0, False
        self.rules: list[Rule] = []
        self.warnings: list[str] = []

    def __enter__(self) -> "Staging":
        return self

    def __exit__(self, *_: object) -> None:
        self.con.close()

    def run(self, sql: str, parameters: dict[str, Any] | None = None) -> list[tuple]:
        return self.execute(sql, parameters).fetchall()

    def execute(
        self, sql: str, parameters: dict[str, Any] | None = None
    ) -> duckdb.DuckDBPyConnection:
        """Execute with more memory if it is not enough: wide rows and large groups need more than
        most files."""
        while True:
            try:
                # A statement that failed has changed nothing, so it can be repeated.
                return self.con.execute(sql, parameters)
            except duckdb.OutOfMemoryException:
                if self.memory >= MAX_MEMORY:
                    raise
                self.memory *= 2
                self.con.execute(f"set memory_limit = '{self.memory}MB'")

    def scalar(self, sql: str) -> Any:
        return self.run(sql)[0][0]

    def tables(self) -> set[str]:
        return {name for (name,) in self.run("select table_name from duckdb_tables()")}

    def state(self) -> tuple[set[str], int, int]:
        return self.tables(), len(self.rules), len(self.warnings)

    def return_to(self, state: tuple[set[str], int, int]) -> None:
        """Forget what was created since, so that its steps can be run again."""
        tables, rules, warnings = state
        for table in self.tables() - tables:
            self.run(f"drop table {table}")
        del self.rules[rules:], self.warnings[warnings:]

    def create(self, table: str) -> None:
        """Create an empty table with its declared columns."""
        self.run(STAGING_TABLES[table].create_sql)

    def insert_rows(self, table: str, rows: Iterable[tuple]) -> None:
        """Insert rows that come from Python, through a CSV file: DuckDB reads that fastest."""
        path = self.folder / "fill.csv"
        with path.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([NULL if v is None else v for v in row] for row in rows)
        types = {name: kind for name, kind, *_ in self.run(f"describe {table}")}
        self.run(
            f"insert into {table} select * from read_csv({quoted(path)}, columns = {types}, "
            f"header = false, auto_detect = false, quote = '\"', escape = '\"', nullstr = '{NULL}')"
        )

    @step(reads="", writes="raw")
    def load(self, tables: list[Table], main: Table, format: Format) -> None:
        """Load the main table as `raw`, and the format's other tables under their own names."""
        for table in tables:
            name = normal(Path(table.name).stem)
            if table is not main and name in format.tables:
                self._load(name, table, normal)
        if missing := {*format.tables} - self.tables():
            raise FileRefused("missing_table", f"the file lacks {', '.join(sorted(missing))}")
        self._load("raw", main, format.canonical_name)
        columns = {name for name, *_ in self.run("describe raw")}
        ((self.total, self.last_record),) = self.run(
            "select count(*), coalesce(max(record), 0) from raw"
        )
        self.is_correction = {"rejectimport", "rejectrecord"} <= columns
        for name in format.columns:
            if name not in columns:
                # The format's SQL names all of its columns, whether the file has them or not.
                self.run(f'alter table raw add column "{name}" varchar')

    def _load(self, target: str, table: Table, canonical_name: Callable[[str], str]) -> None:
        names = column_names(table.header, canonical_name)
        # All as text: detection would make 7 of the SKU 007. Lines of more than 400,000 bytes were
        # refused by `csv_files`, which says where they are.
        types = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in names)
        # Without strict_mode DuckDB would make something of quotes that are not closed.
        source = (
            f"read_csv({quoted(table.path)}, columns = {{{types}}}, header = true, "
            f"delim = {quoted(table.delimiter)}, quote = '\"', escape = '\"', "
            "auto_detect = false, strict_mode = true, max_line_size = 500000, "
            "buffer_size = 2000000)"
        )
        # A file without its malformed records numbers the others itself: see imports/rejects.py.
        number = "" if RECORD_NUMBER in names else "row_number() over () as record, "
        # Corrected rows were written by the shop, with formulas escaped: see imports/formulas.py.
        cells = ", ".join(map(unescaped_sql, names)) if "rejectrecord" in names else "*"
        # row_number() is the order of the file while DuckDB preserves it: see `check_rows`.
        self.run(f"create or replace table {target} as select {number}{cells} from {source}")
        if RECORD_NUMBER in names:
            self.run(f'alter table {target} rename "{RECORD_NUMBER}" to record')
            self.run(f"alter table {target} alter record type bigint")

    def check_rows(
        self, format: Format, *, comma: bool, has_nul: bool, date_order: str = ""
    ) -> None:
        """Give each row its typed fields and, in `problem`, the first rule that it breaks."""
        self.run("set preserve_insertion_order = false")  # the rows have their record numbers
        fields = self._select_fields(format)
        self.warnings += parse_timestamps(self, format, date_order)
        self.rules = rules_for(format, has_nul)
        self._check_rows(fields, comma)
        totals.warn_of_likely_mistakes(self, format, fields)
        self._warn_of_rounding()

    @step(reads="raw", writes="staged")
    def _select_fields(self, format: Format) -> list[str]:
        """The names of the fields that the format fills; their values are still text."""
        fields = [name for name in FIELDS if name in format.fields]
        self.fields = [*fields, *totals.derived_fields(fields)]
        columns = ", ".join(f"{format.fields[name]} as {name}" for name in fields)
        self.run(f"create view staged as select record, {columns} {format.rows}")
        return fields

    @step(reads="staged timestamps", writes="checked")
    def _check_rows(self, fields: list[str], comma: bool) -> None:
        cases = " ".join(f"when {rule.when} then {n}" for n, rule in enumerate(self.rules))
        rounded = " or ".join(is_rounded(name) for name in NUMBERS if name in fields) or "false"
        scale = totals.percent_scale(self, fields, typed_number("discount_percent", fields, comma))
        columns = ", ".join(checked_columns(self.fields))
        self.run(
            f"create table checked as select record, utc_time, local_time, {columns}, "
            f"case {cases} end as problem, {rounded} as rounded from ("
            f"select * {totals.derived_columns_sql(fields, scale)} from ("
            f"select record, {typed_columns(fields, comma)}, utc_time, local_time, lost, "
            "placed as placed_text "
            "from staged left join timestamps on timestamps.text = staged.placed))"
        )

    @step(reads="checked", writes="")
    def _warn_of_rounding(self) -> None:
        ((rows, first),) = self.run(
            "select count(*), min(record) from checked where rounded and problem is null"
        )
        if rows:
            self.warnings.append(
                f"{pluralized(rows, 'row has', 'rows have')} an amount with more than four "
                f"decimals; it is rounded to four (first in record {first})."
            )

    def column(self, name: str) -> str:
        """The column of `checked`, or a typed null if the file does not have it."""
        # Typed, because DuckDB makes an integer of a plain null.
        return name if name in checked_columns(self.fields) else f"null::{column_type(name)}"


def pluralized(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


def column_names(header: Iterable[str], canonical_name: Callable[[str], str]) -> list[str]:
    """A unique name for each column: the format's name for it, or its position."""
    names: list[str] = []
    for position, title in enumerate(header, 1):
        name = canonical_name(title)
        if title == RECORD_NUMBER:
            name = RECORD_NUMBER
        # `record` is the column that numbers the rows.
        elif not name or name in names or name == "record":
            name = f"column{position}"
        names.append(name)
    return names


def checked_columns(fields: list[str]) -> list[str]:
    return [name for name in FIELDS if name in fields or name in DEFAULTS if name != "placed"]


def column_type(name: str) -> str:
    return MONEY if name in NUMBERS else "varchar"


def typed_columns(fields: list[str], comma: bool) -> str:
    columns = []
    for name in FIELDS:
        if name == "placed":
            continue
        if name in NUMBERS:
            text = f"nullif(trim({name}), '')" if name in fields else "null::varchar"
            columns += [f"{text} as {name}_text", f"{typed_number(name, fields, comma)} as {name}"]
        elif name not in fields:
            columns.append(f"{DEFAULTS.get(name, 'null::varchar')} as {name}")
        elif name in ("document", "sku"):  # keys stay as they are, byte for byte
            columns.append(f"nullif({name}, '') as {name}")
        else:
            columns.append(
                f"{CLEANED.get(name, '{0}').format(f'''nullif(trim({name}), '')''')} as {name}"
            )
    return ", ".join(columns)


def typed_number(name: str, fields: list[str], comma: bool) -> str:
    if name not in fields:
        return f"null::{MONEY}"
    text = f"trim(rtrim(trim({name}), '%'))" if name == "discount_percent" else f"trim({name})"
    return number(f"nullif({text}, '')", comma)


DEFAULTS = {"kind": "'sale'", "status": "'delivered'"}
CLEANED = {
    "email": "lower({0})",
    "currency": "upper({0})",
    "kind": "coalesce({0}, 'sale')",
    "status": "coalesce({0}, 'delivered')",
}
