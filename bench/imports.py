"""How fast the importer is, beside the fastest that each database can do with the same rows.

    make bench-import [DATA=file.csv]

For each database that answers: the whole `import_sales` command less the start of an interpreter,
and in the same run the floor: the same four tables, with the same indexes, loaded by the database's
own tool from files that hold the finished rows. Prints ratios; nothing here is asserted in tests.
"""

import argparse
import csv
import gzip
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
TABLES = ("catalog_product", "customers_customer", "orders_order", "orders_orderitem")
TARGETS = {"sqlite3": 1.5, "mysql": 1.6, "postgresql": 1.8}
RUNS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--databases", nargs="*", default=list(TARGETS))
    options = parser.parse_args()
    start = median(lambda: manage({}, "version"))
    print(f"{options.data.name}, interpreter and Django start {start:.2f} s, medians of {RUNS}")
    print(f"{'database':12}{'ours s':>9}{'floor s':>9}{'ratio':>8}{'target':>8}")
    with TemporaryDirectory() as temporary:
        if options.data.suffix == ".gz":  # the floor reads plain files
            plain = Path(temporary) / options.data.stem
            with gzip.open(options.data) as packed, plain.open("wb") as out:
                shutil.copyfileobj(packed, out)
            options.data = plain
        for name in options.databases:
            ours, floor = BENCHES[name](options.data, Path(temporary), start)
            print(f"{name:12}{ours:9.2f}{floor:9.2f}{ours / floor:8.2f}{TARGETS[name]:8.1f}")
        memory(options.data, Path(temporary))


def on_sqlite(data: Path, folder: Path, start: float) -> tuple[float, float]:
    empty, books = folder / "empty.sqlite3", folder / "books.sqlite3"
    environment = {"DATABASE_ENGINE": "django.db.backends.sqlite3", "DATABASE_NAME": str(empty)}
    manage(environment, "migrate", "-v0")

    def ours() -> float:
        fresh(empty, books)
        return (
            manage(environment | {"DATABASE_NAME": str(books)}, "import_sales", str(data)) - start
        )

    taken = median(ours)
    with sqlite3.connect(books) as connection:
        for table in TABLES:
            rows = connection.execute(f"select * from {table}")
            write_csv(folder / f"{table}.csv", rows)
        schema = floor_schema(connection)
    script = "\n".join(
        ["pragma journal_mode = wal;", "pragma synchronous = normal;", ".mode csv", "begin;"]
        + [f".import {folder}/{table}.csv {table}" for table in TABLES]
        + ["commit;"]
    )

    def floor() -> float:
        for leftover in folder.glob("floor.sqlite3*"):
            leftover.unlink()
        with sqlite3.connect(folder / "floor.sqlite3") as connection:
            connection.executescript(schema)
        return timed(["sqlite3", str(folder / "floor.sqlite3")], script)

    return taken, median(floor)


def floor_schema(connection) -> str:
    """The tables without the one CHECK that the stand-ins for NULL would break."""
    names = ", ".join(f"'{table}'" for table in TABLES)
    found = connection.execute(
        f"select sql from sqlite_master where sql is not null and tbl_name in ({names})"
    )
    return ";\n".join(
        without(', CONSTRAINT "order_kind_and_status_agree"', sql) for (sql,) in found
    )


def without(start: str, sql: str) -> str:
    """The statement without the constraint that begins so, up to its closing bracket."""
    before, found, after = sql.partition(start)
    depth = 0
    for n, letter in enumerate(after):
        depth += (letter == "(") - (letter == ")")
        if found and letter == ")" and depth == 0:
            return before + after[n + 1 :]
    return sql


def on_mysql(data: Path, folder: Path, start: float) -> tuple[float, float]:
    server = {"HOST": "127.0.0.1", "USER": "root", **of_environment("MARIADB")}
    client = ["mariadb", "--local-infile=1", f"-h{server['HOST']}", f"-u{server['USER']}"]
    if server.get("PASSWORD"):
        client.append(f"-p{server['PASSWORD']}")

    def load(database: str, rows: Path) -> str:
        return (
            "set foreign_key_checks = 1; start transaction;"
            + "".join(
                f"load data local infile '{rows}/{table}.tsv' "
                f"into table {table} ({columns[table]});"
                for table in TABLES
            )
            + "commit;"
        )

    columns: dict[str, str] = {}

    def export() -> None:
        for table in TABLES:
            names = subprocess.run(
                [*client, "-N", "bench_books", "-e",
                 "select group_concat(concat('`', column_name, '`') order by ordinal_position) "
                 "from information_schema.columns where generation_expression is null "
                 f"and table_schema = 'bench_books' and table_name = '{table}'"],
                capture_output=True, check=True, text=True,
            ).stdout.strip()  # fmt: skip
            columns[table] = names
            with (folder / f"{table}.tsv").open("wb") as out:
                subprocess.run(
                    [*client, "-N", "bench_books", "-e", f"select {names} from {table}"],
                    stdout=out, check=True,
                )  # fmt: skip
            nulls(folder / f"{table}.tsv")

    return on_server("mysql", client, server, data, start, export, lambda: load("", folder))


def nulls(path: Path) -> None:
    r"""The client prints NULL, the server reads \N."""
    with path.open("rb") as rows, (path.with_suffix(".new")).open("wb") as out:
        for row in rows:
            cells = row.rstrip(b"\n").split(b"\t")
            out.write(b"\t".join(b"\\N" if cell == b"NULL" else cell for cell in cells) + b"\n")
    path.with_suffix(".new").replace(path)


def on_postgresql(data: Path, folder: Path, start: float) -> tuple[float, float]:
    server = {"HOST": "127.0.0.1", "USER": "postgres", **of_environment("POSTGRES")}
    os.environ.update(PGPASSWORD=server.get("PASSWORD", ""))
    client = ["psql", "-q", "-h", server["HOST"], "-U", server["USER"], "-v", "ON_ERROR_STOP=1"]

    def export() -> None:
        for table in TABLES:
            command = f"\\copy {table} to '{folder}/{table}.copy'"
            subprocess.run([*client, "-d", "bench_books", "-c", command], check=True)

    def load() -> str:
        copies = "".join(f"\\copy {table} from '{folder}/{table}.copy'\n" for table in TABLES)
        return f"begin;\n{copies}commit;\n"

    return on_server("postgresql", client, server, data, start, export, load)


def on_server(
    name: str,
    client: list[str],
    server: dict,
    data: Path,
    start: float,
    export: Callable[[], None],
    load: Callable[[], str],
) -> tuple[float, float]:
    environment = {"DATABASE_ENGINE": f"django.db.backends.{name}", "DATABASE_NAME": "bench_books"}
    environment |= {f"DATABASE_{key}": value for key, value in server.items()}
    into = ["-d"] if name == "postgresql" else []

    def empty() -> None:
        maintenance = [*into, "postgres"] if into else []
        for sql in ("drop database if exists bench_books", "create database bench_books"):
            timed([*client, *maintenance], sql)
        manage(environment, "migrate", "-v0")

    def ours() -> float:
        empty()
        return manage(environment, "import_sales", str(data)) - start

    def floor() -> float:
        empty()
        # Countries are what the rows refer to; they are there before, as for us.
        subprocess.run([*client, *into, "bench_books"], input=countries, check=True, text=True)
        return timed([*client, *into, "bench_books"], load())

    taken = median(ours)
    export()
    countries = missing_countries(client, into)
    found = taken, median(floor)
    timed([*client, *([*into, "postgres"] if into else [])], "drop database bench_books")
    return found


def missing_countries(client, into) -> str:
    flags = ["-At", "-F", "\t"] if into else ["-N"]
    rows = subprocess.run(
        [*client, *into, "bench_books", *flags],
        input="select id, name from customers_country where code = '' order by id;",
        capture_output=True, check=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    return "".join(
        "insert into customers_country (id, name, code, currency) values "
        "({}, '{}', '', '');\n".format(*row.split("\t"))
        for row in rows
    )


def memory(data: Path, folder: Path) -> None:
    """The command's peak on a million rows: the file twice, with other numbers."""
    million = folder / "million.csv"
    with data.open() as rows, million.open("w") as out:
        header = next(rows)
        out.write(header)
        lines = rows.readlines()
        for copy in range(-(-1_000_000 // len(lines))):
            out.writelines(f"{copy}-{line}" if line[:1].isdigit() else line for line in lines)
    environment = {"DATABASE_ENGINE": "django.db.backends.sqlite3",
                   "DATABASE_NAME": str(folder / "million.sqlite3")}  # fmt: skip
    manage(environment, "migrate", "-v0")
    manage(environment, "import_sales", str(million))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"peak memory of the largest process, a million rows included: {peak:.0f} MB (target 300)"
    )


def of_environment(prefix: str) -> dict[str, str]:
    keys = ("HOST", "USER", "PASSWORD", "PORT")
    return {key: os.environ[f"{prefix}_{key}"] for key in keys if f"{prefix}_{key}" in os.environ}


def fresh(empty: Path, books: Path) -> None:
    for leftover in books.parent.glob(f"{books.name}*"):
        leftover.unlink()
    shutil.copy(empty, books)


def write_csv(path: Path, rows) -> None:
    """The shell has no word for NULL: an empty text, or where it must be unique the row's id."""
    unique = path.stem == "customers_customer"
    with path.open("w", newline="") as out:
        csv.writer(out).writerows(
            [(f"-{row[0]}" if unique else "") if cell is None else cell for cell in row]
            for row in rows
        )


def manage(environment: dict[str, str], *command: str) -> float:
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *command],
        env=os.environ | environment, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - started


def timed(command: list[str], script: str) -> float:
    started = time.perf_counter()
    subprocess.run(command, input=script, check=True, text=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def median(run: Callable[[], float]) -> float:
    return sorted(run() for _ in range(RUNS))[RUNS // 2]


BENCHES = {"sqlite3": on_sqlite, "mysql": on_mysql, "postgresql": on_postgresql}

if __name__ == "__main__":
    main()
