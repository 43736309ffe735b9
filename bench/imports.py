"""Speed of `import_sales`, beside the bulk loader of each database with the same rows.

    make bench-import [DATA=file.csv]

For each database that is available: the whole command less the start of an interpreter. The floor,
in the same run: the database's own tool loads the finished rows into the same four tables with the
same indexes.
"""

import csv
import gzip
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.databases import (
    NAME,
    TITLES,
    drop,
    environment,
    manage,
    recreate,
    run_script,
    shell,
    unavailable,
)
from bench.row import Row, elapsed, runs_note
from bench.web import memory_mb

ROOT = Path(__file__).resolve().parent.parent
TABLES = ("catalog_product", "customers_customer", "orders_order", "orders_orderitem")
TARGETS = {"sqlite3": 1.5, "mysql": 1.6, "postgresql": 1.8}
FLOORS = {"sqlite3": ".import of sqlite3", "mysql": "LOAD DATA", "postgresql": "COPY"}
RUNS, RUNS_OF_MANY = 3, 1  # with many lines one run takes minutes
MILLION = 1_000_000


def measure(data: Path, scale: int) -> Iterator[Row]:
    # Python and Django start for every command; the database's own tool has no such start.
    start = median(lambda: manage("version"), RUNS)
    runs = RUNS if scale == 1 else RUNS_OF_MANY
    with TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        data = unpacked(data, folder)
        for name in TARGETS:
            known = {"work": f"import, {TITLES[name]}", "floor": FLOORS[name],
                     "times": TARGETS[name], "note": runs_note(runs)}  # fmt: skip
            if reason := unavailable(name):
                yield Row(**known | {"note": reason})
                continue
            on = on_sqlite if name == "sqlite3" else on_server
            ours, floor = on(name, data, folder, start, runs)
            yield Row(**known, ours=ours, floor_figure=floor)
        yield memory_row(data, folder)


def unpacked(data: Path, folder: Path) -> Path:
    """The floor reads plain files."""
    if data.suffix != ".gz":
        return data
    path = folder / data.stem
    with gzip.open(data) as packed, path.open("wb") as out:
        shutil.copyfileobj(packed, out)
    return path


def on_sqlite(name: str, data: Path, folder: Path, start: float, runs: int) -> tuple[float, float]:
    empty, books = folder / "empty.sqlite3", folder / "books.sqlite3"
    env = {"DATABASE_ENGINE": "django.db.backends.sqlite3", "DATABASE_NAME": str(empty)}
    manage("migrate", "-v0", env=env)

    def ours() -> float:
        copy_fresh(empty, books)
        used = env | {"DATABASE_NAME": str(books)}
        return manage("import_sales", str(data), env=used) - start

    taken = median(ours, runs)
    with sqlite3.connect(books) as connection:
        for table in TABLES:
            rows = connection.execute(f"select * from {table}")
            write_csv(folder / f"{table}.csv", rows)
        schema = floor_schema(connection)
    script = "\n".join(
        # The same durability as settings.py gives the books, or the floor would write more.
        ["pragma journal_mode = wal;", "pragma synchronous = normal;", ".mode csv", "begin;"]
        # In one transaction, as the command writes: sqlite3 alone would commit after each table.
        + [f".import {folder}/{table}.csv {table}" for table in TABLES]
        + ["commit;"]
    )

    def floor() -> float:
        # The pattern also finds the write-ahead log beside it.
        for leftover in folder.glob("floor.sqlite3*"):
            leftover.unlink()
        with sqlite3.connect(folder / "floor.sqlite3") as connection:
            connection.executescript(schema)
        return script_seconds(["sqlite3", str(folder / "floor.sqlite3")], script)

    return taken, median(floor, runs)


def floor_schema(connection) -> str:
    """The tables without the CHECK that fails on the values written in place of NULL."""
    names = ", ".join(f"'{table}'" for table in TABLES)
    found = connection.execute(
        f"select sql from sqlite_master where sql is not null and tbl_name in ({names})"
    )
    return ";\n".join(
        without_constraint(', CONSTRAINT "order_kind_and_status_agree"', sql) for (sql,) in found
    )


def without_constraint(start: str, sql: str) -> str:
    """The statement without the constraint that starts with `start`, up to its closing bracket."""
    before, found, after = sql.partition(start)
    depth = 0
    for n, letter in enumerate(after):
        depth += (letter == "(") - (letter == ")")
        if found and letter == ")" and depth == 0:
            return before + after[n + 1 :]
    return sql


def on_server(name: str, data: Path, folder: Path, start: float, runs: int) -> tuple[float, float]:
    env = environment(name, folder)
    inside = shell(name, *(["-d"] if name == "postgresql" else []), NAME)
    tool = LoadData(inside, folder) if name == "mysql" else Copy(inside, folder)

    def empty() -> None:
        recreate(name)
        manage("migrate", "-v0", env=env)

    def ours() -> float:
        empty()
        return manage("import_sales", str(data), env=env) - start

    def floor() -> float:
        empty()
        # The rows refer to countries, which exist before, as they do for the command.
        run_script(inside, countries)
        return script_seconds(inside, load)

    try:
        taken = median(ours, runs)
        # What our last run has left in the tables, so the floor loads the same rows.
        tool.export()
        countries, load = missing_countries(inside, tool.bare), tool.load()
        return taken, median(floor, runs)
    finally:
        drop(name)


class LoadData:
    """LOAD DATA of MariaDB, from tab-separated files."""

    bare = ("-N",)

    def __init__(self, inside: list[str], folder: Path):
        self.inside, self.folder = inside, folder
        self.columns: dict[str, str] = {}

    def export(self) -> None:
        for table in TABLES:
            # By name and without generated columns, which LOAD DATA could not write.
            names = self.columns[table] = run_script(
                [*self.inside, *self.bare],
                "select group_concat(concat('`', column_name, '`') order by ordinal_position) "
                "from information_schema.columns where generation_expression is null "
                f"and table_schema = database() and table_name = '{table}'",
            ).strip()
            query = [*self.inside, *self.bare, "-e", f"select {names} from {table}"]
            with (self.folder / f"{table}.tsv").open("wb") as out:
                subprocess.run(query, stdout=out, check=True)
            nulls(self.folder / f"{table}.tsv")

    def load(self) -> str:
        loads = (
            f"load data local infile '{self.folder}/{table}.tsv' "
            f"into table {table} ({self.columns[table]});"
            for table in TABLES
        )
        return f"set foreign_key_checks = 1; start transaction;{''.join(loads)}commit;"


class Copy:
    """COPY of PostgreSQL."""

    bare = ("-At", "-F", "\t")

    def __init__(self, inside: list[str], folder: Path):
        self.inside, self.folder = inside, folder

    def export(self) -> None:
        for table in TABLES:
            # PostgreSQL leaves generated columns out by itself.
            command = f"\\copy {table} to '{self.folder}/{table}.copy'"
            subprocess.run([*self.inside, "-c", command], check=True)

    def load(self) -> str:
        copies = (f"\\copy {table} from '{self.folder}/{table}.copy'\n" for table in TABLES)
        return f"begin;\n{''.join(copies)}commit;\n"


def nulls(path: Path) -> None:
    r"""The client prints NULL, the server reads \N."""
    with path.open("rb") as rows, (path.with_suffix(".new")).open("wb") as out:
        for row in rows:
            cells = row.rstrip(b"\n").split(b"\t")
            out.write(b"\t".join(b"\\N" if cell == b"NULL" else cell for cell in cells) + b"\n")
    path.with_suffix(".new").replace(path)


def missing_countries(inside: list[str], bare: tuple[str, ...]) -> str:
    found = run_script(
        [*inside, *bare], "select id, name from customers_country where code = '' order by id;"
    )
    return "".join(
        "insert into customers_country (id, name, code, currency, taxes_shipping) values "
        "({}, '{}', '', '', false);\n".format(*row.split("\t"))
        for row in found.splitlines()
    )


def memory_row(data: Path, folder: Path) -> Row:
    """The command's peak on a million rows: the file repeated, with other invoice numbers."""
    million = folder / "million.csv"
    with data.open() as rows, million.open("w") as out:
        header, count = next(rows), sum(1 for _ in rows)
        out.write(header)
        for copy in range(-(-MILLION // count)):
            rows.seek(len(header.encode()))
            out.writelines(f"{copy}-{line}" if line[:1].isdigit() else line for line in rows)
    env = environment("sqlite3", folder) | {"DATABASE_NAME": str(folder / "million.sqlite3")}
    manage("migrate", "-v0", env=env)
    command = [sys.executable, ROOT / "manage.py", "import_sales", million]
    process = subprocess.Popen(command, env=os.environ | env, stdout=subprocess.DEVNULL)
    peak = 0.0
    while process.poll() is None:  # RUSAGE_CHILDREN would include our own fork
        peak = max([peak, *memory_mb(process.pid)])
        # VmHWM is a peak: at most what happens in the last 20 ms is missed.
        time.sleep(0.02)
    if process.returncode:
        raise SystemExit("The import of a million rows failed.")
    return Row(work="memory of the command, a million rows and more", unit="MB", most=300,
               ours=peak, note=f"SQLite, {count * -(-MILLION // count):,} rows")  # fmt: skip


def copy_fresh(empty: Path, books: Path) -> None:
    for leftover in books.parent.glob(f"{books.name}*"):
        leftover.unlink()
    shutil.copy(empty, books)


def write_csv(path: Path, rows) -> None:
    """`.import` cannot read NULL: an empty text, or the row's id where it must be unique."""
    unique = path.stem == "customers_customer"
    with path.open("w", newline="") as out:
        csv.writer(out).writerows(
            [(f"-{row[0]}" if unique else "") if cell is None else cell for cell in row]
            for row in rows
        )


def script_seconds(command: list[str], script: str) -> float:
    return elapsed(lambda: run_script(command, script))


def median(measure: Callable[[], float], runs: int) -> float:
    return sorted(measure() for _ in range(runs))[runs // 2]
