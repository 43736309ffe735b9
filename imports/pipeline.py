"""The import of one file: read, check and compare it; then preview it or write all of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core.temporary_folders import scratch_folder
from core.tracking import filled
from imports.books import write_documents
from imports.comparison import EarlyComparison, compare_with_books, must_be_compared_late
from imports.csv_conversion import ReadProgress
from imports.file_warnings import file_warnings
from imports.files import FileRefused, Table, tables_of
from imports.format_choice import ReadOptions, find_format
from imports.formats import Format, normal
from imports.models import Import, ImportLock
from imports.rejects import RejectedRow, separate_malformed, unused_rows
from imports.staged_file import StagedFile
from imports.staging import Staging
from imports.vouchers import check_vouchers, write_vouchers
from imports.writers import WriteProgress, bulk_transaction, insert

PREVIEW_ROWS = 20
REJECTS = ["record", "line", "column", "code", "reason", "raw"]
PREVIEW_LINES = (
    "select o.document, o.kind, o.status, o.local_time as placed_at, o.customer, o.email, "
    "o.country, o.currency, l.sku, l.product, l.quantity, l.unit_price, l.discount, l.tax, "
    "o.action "
    "from lines l join orders o using (document) order by l.record"
)
PREVIEW_VOUCHERS = (
    "select local_time as sent_at, country, first_order, last_order, orders, amount "
    "from vouchers order by record"
)


# Raised if records do not match the header, or if megabytes of blank lines separate two of them
MALFORMED_CSV = (duckdb.InvalidInputException, duckdb.NotImplementedException)


class ImportSuperseded(Exception):
    """Another process wrote or canceled this import meanwhile."""


@contextmanager
def read_file(
    path: Path,
    name: str,
    options: ReadOptions,
    on_progress: ReadProgress = lambda done, total: None,
) -> Iterator["StagedFile"]:
    """Read and check a file; temporary files are deleted afterwards. `on_progress` is called while
    a workbook is read."""
    with scratch_folder("import") as folder:
        tables = tables_of(
            path,
            name,
            folder,
            options.encoding or None,
            only_csv=options.only_csv,
            on_progress=on_progress,
        )
        main, format = find_format(tables, options)
        with Staging(folder, settings.TIME_ZONE) as staging, memory_errors_as_refusals():
            malformed = load_tables(staging, tables, main, format)
            malformed += unused_rows(staging, [one for one in tables if one is not main], format)
            staging.warnings += files_not_read(tables, main, format)
            check_rows(staging, main, format, options.date_order)
            if not staging.is_correction:  # corrections are looked up in `raw` later
                # Memory for the next steps: the text of rejected rows is read from the file again.
                staging.run("drop view staged; drop table raw")
            # Each mapping has numbers of its own: bill 1 of one till is not bill 1 of another.
            source = f"generic:{options.mapping_name}" if format.name == "generic" else format.name
            # Inside of both contexts, so that the caller's steps report a lack of memory alike.
            yield StagedFile(staging, format, main, source, malformed)


def load_tables(
    staging: Staging, tables: list[Table], main: Table, format: Format
) -> list[RejectedRow]:
    """Load the tables; returns the malformed records of the main one, which are left out."""
    try:
        staging.load(tables, main, format)
        return []
    except MALFORMED_CSV:
        well_formed, malformed = separate_malformed(main, staging.folder)
    try:
        replaced = [well_formed if table is main else table for table in tables]
        staging.load(replaced, well_formed, format)
    except MALFORMED_CSV:
        names = ", ".join(table.name for table in tables if table is not main)
        reason = f"a row has more or fewer columns than its header in {names}"
        raise FileRefused("unreadable", reason) from None
    if malformed:
        # The last record may be a malformed one; `unused_rows` goes on counting from here.
        staging.last_record = max(staging.last_record, malformed[-1][0])
    return malformed


def check_rows(staging: Staging, main: Table, format: Format, date_order: str) -> None:
    if format.stores == "vouchers":
        check_vouchers(staging, format, date_order)
    else:
        staging.check_rows(
            format, comma=main.decimal_comma, has_nul=main.has_nul, date_order=date_order
        )


def files_not_read(tables: list[Table], main: Table, format: Format) -> list[str]:
    read = {normal(name) for name in format.tables}
    names = [t.name for t in tables if t is not main and normal(Path(t.name).stem) not in read]
    return [f"Files of the archive that are not read: {', '.join(names)}."] if names else []


@contextmanager
def memory_errors_as_refusals() -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        reason = "the rows need more memory or disk space than an import may use"
        raise FileRefused("out_of_memory", reason) from error


def preview(file: StagedFile) -> dict:
    """What an import would do, and the first rows as they would be stored; writes nothing."""
    counts = compare_with_books(file)
    check_that_nothing_is_lost(counts)
    staging = file.staging
    query = PREVIEW_VOUCHERS if file.format.stores == "vouchers" else PREVIEW_LINES
    result = staging.execute(f"{query} limit {PREVIEW_ROWS}")
    names = [column[0] for column in result.description]
    rows = [dict(zip(names, map(text_or_none, row), strict=True)) for row in result.fetchall()]
    recognised = set(file.format.columns) & {*map(file.format.canonical_name, file.table.header)}
    return {
        "format": file.format.name,
        "title": file.format.title,
        "columns": sorted(recognised),
        "fields": names,  # for their order: PostgreSQL does not preserve that of a JSON object
        "rows": rows,
        "warnings": file_warnings(staging),
        "rejects": previewed_rejects(staging),
        "counts": counts,
        "orders": orders_to_write(file),
        "delimiter": file.table.delimiter,
        "decimal_comma": file.table.decimal_comma,
    }


def orders_to_write(file: StagedFile) -> int | None:
    """Those that are new or changed; None for a file of vouchers."""
    if file.format.stores == "vouchers":
        return None
    return file.staging.scalar("select count(*) from documents where action <> 'unchanged'")


def previewed_rejects(staging: Staging) -> list[dict]:
    rows = staging.run(f"select * from reject_rows order by record limit {PREVIEW_ROWS}")
    return [dict(zip(REJECTS, map(text_or_none, row), strict=True)) for row in rows]


def text_or_none(value: object) -> str | None:
    return None if value is None else str(value)


def write_import(
    file: StagedFile, run: Import, on_progress: WriteProgress = lambda _: None
) -> dict:
    """Write all of the file in one transaction: rows, rejects and the import's own state."""
    started = time.monotonic()
    # A fifth of the work. Done ahead of the transaction, in which SQLite lets nobody sell.
    comparison = None if must_be_compared_late(file) else EarlyComparison(file)
    with bulk_transaction():
        # From here on no other import stores anything.
        ImportLock.acquire()
        mark_as_writing(run)
        counts = comparison.counts_now() if comparison else compare_with_books(file)
        check_that_nothing_is_lost(counts)
        run.preview = run.preview | {"warnings": file_warnings(file.staging)}
        if file.format.stores == "vouchers":
            counts |= write_vouchers(file.staging, run, on_progress)
        else:
            counts |= write_documents(file.staging, run, file.source, on_progress)
        rejects = "select * from reject_rows"
        insert("imports_reject", REJECTS, file.staging, rejects, fixed={"run_id": run.pk})
        on_progress(counts["read"])  # the last chance to cancel
        counts["seconds"] = round(time.monotonic() - started, 2)
        mark_as_done(run, file, counts)
    return counts


def mark_as_writing(run: Import) -> None:
    """Save a new import, of a command; refuse an uploaded one that was canceled meanwhile."""
    if run.pk is None:
        run.state = Import.State.WRITING
        run.save()
    elif not Import.objects.filter(pk=run.pk, state=Import.State.WRITING).exists():
        raise ImportSuperseded


def mark_as_done(run: Import, file: StagedFile, counts: dict) -> None:
    """In the transaction of the rows, and only if it is still being written: not twice."""
    done = {"state": Import.State.DONE, "finished_at": timezone.now(), "counts": counts}
    done["preview"] = run.preview
    writing = Import.objects.filter(pk=run.pk, state=Import.State.WRITING)
    if not writing.update(**done, **file_properties(file)):
        raise ImportSuperseded
    run.counts = counts
    # Robust: what a receiver does wrong must not make a committed import look like a failed one.
    transaction.on_commit(lambda: filled.send(sender=Import), robust=True)


def file_properties(file: StagedFile) -> dict:
    """What an import stores of its file, which is deleted afterwards."""
    header, delimiter = list(file.table.header), file.table.delimiter
    return {"format": file.format.name, "header": header, "delimiter": delimiter}


def check_that_nothing_is_lost(counts: dict) -> None:
    accounted = sum(counts[what] for what in ("stored", "updated", "unchanged", "rejected"))
    if counts["read"] != accounted:
        # Not by `assert`, which `python -O` leaves out.
        raise AssertionError(f"{counts['read']} rows were read, but {accounted} are accounted for.")
