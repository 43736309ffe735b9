"""One file through the importer: read, checked and compared; then looked at, or written whole."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core.temporary_folders import scratch_folder
from core.tracking import filled
from imports.books import known_rates, stored_documents, write_documents
from imports.corrections import skip_accepted_corrections
from imports.csv_conversion import Tell as Progress
from imports.documents import build_documents
from imports.file_warnings import file_warnings
from imports.files import FileRefused, Table, tables_of
from imports.formats import Format, formats, normal, recognise
from imports.formats.generic import generic
from imports.models import Import, ImportLock
from imports.rejects import list_rejects, separate_malformed, unused_rows
from imports.staging import Staging
from imports.vouchers import check_vouchers, compare_vouchers, write_vouchers
from imports.writers import Tell, insert, many_writes

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


# Some record has not the header's shape; or megabytes of blank lines lie between two
CANNOT_READ = (duckdb.InvalidInputException, duckdb.NotImplementedException)


class ImportSuperseded(Exception):
    """Somebody else wrote this import meanwhile, or canceled it."""


@dataclass
class ReadOptions:
    """What the user may say about a file; left alone, it is found out."""

    format: str = "auto"
    mapping: dict[str, str] | None = None
    mapping_name: str = ""
    encoding: str = ""
    date_order: str = ""
    only_csv: bool = False


@dataclass
class StagedFile:
    """A file that was read and checked, on a staging that is still open."""

    staging: Staging
    known: Format
    table: Table
    source: str
    broken: list = field(default_factory=list)


@contextmanager
def read_file(
    path: Path, name: str, choices: ReadOptions, tell: Progress = lambda done, total: None
) -> Iterator["StagedFile"]:
    """Read and check a file; temporary files are deleted afterwards. `tell` is called with the
    progress of reading a workbook."""
    with scratch_folder("import") as folder:
        tables = tables_of(
            path, name, folder, choices.encoding or None, only_csv=choices.only_csv, tell=tell
        )
        main, known = find_format(tables, choices)
        with Staging(folder, settings.TIME_ZONE) as staging, enough_memory():
            broken: list = []
            try:
                staging.load(tables, main, known)
            except CANNOT_READ:
                well_formed, broken = separate_malformed(main, folder)
                load_sifted(staging, tables, main, well_formed, known)
            last = broken[-1][0] if broken else 0
            staging.last_record = max(staging.last_record, last)
            broken += unused_rows(staging, [one for one in tables if one is not main], known)
            staging.warnings += files_not_read(tables, main, known)
            if known.stores == "vouchers":
                check_vouchers(staging, known, choices.date_order)
            else:
                staging.check(
                    known,
                    comma=main.decimal_comma,
                    has_nul=main.has_nul,
                    date_order=choices.date_order,
                )
            if not staging.is_correction:
                staging.run("drop view staged; drop table raw")  # the file itself has it
            source = f"generic:{choices.mapping_name}" if known.name == "generic" else known.name
            yield StagedFile(staging, known, main, source, broken)


def load_sifted(staging, tables, main, well_formed, known) -> None:
    try:
        replaced = [well_formed if table is main else table for table in tables]
        staging.load(replaced, well_formed, known)
    except CANNOT_READ:
        names = ", ".join(table.name for table in tables if table is not main)
        reason = f"a row has not the shape of its header in {names}"
        raise FileRefused("unreadable", reason) from None


def files_not_read(tables: list[Table], main: Table, known: Format) -> list[str]:
    read = {normal(name) for name in known.tables}
    names = [t.name for t in tables if t is not main and normal(Path(t.name).stem) not in read]
    return [f"Files of the archive that are not read: {', '.join(names)}."] if names else []


@contextmanager
def enough_memory():
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        reason = "the rows need more memory or disk than the importer allows itself"
        raise FileRefused("out_of_memory", reason) from error


def find_format(tables: list[Table], choices: ReadOptions) -> tuple[Table, Format]:
    """Which format the file has, and which of its tables holds the lines."""
    if choices.mapping is not None:
        known = generic(choices.mapping)
    else:
        known = formats().get(choices.format) if choices.format != "auto" else first_known(tables)
    if known is None:
        raise FileRefused("unknown_format", f"there is no format {choices.format}")
    if matched := [table for table in tables if known.matched(table.header)]:
        if len(matched) > 1:
            names = ", ".join(table.name for table in matched)
            raise FileRefused("several_files", f"bring these files one by one: {names}")
        return matched[0], known
    missing = {*known.required} - {known.canonical_name(title) for title in tables[0].header}
    names = ", ".join(sorted(name.removeprefix("mapped_") for name in missing))
    reason = f"{known.title} needs the columns {names}"
    raise FileRefused("wrong_columns", reason, 1, seen=tables[0])


def first_known(tables: list[Table]) -> Format:
    for table in tables:
        if known := recognise(table.header):
            return known
    raise FileRefused(
        "unknown_format",
        f"the columns {', '.join(tables[0].header[:12])} belong to no known format: "
        "draw a mapping for them",
        1,
        seen=tables[0],
    )


def compare_with_books(read: StagedFile) -> dict:
    """Compare with the books; how many rows would be stored, updated, unchanged and rejected."""
    staging, taken = read.staging, 0
    if read.known.stores == "vouchers":
        actions = compare_vouchers(staging)
    else:
        taken = skip_accepted_corrections(staging)
        build_documents(
            staging,
            read.known,
            base_currency=settings.BASE_CURRENCY,
            rates=known_rates(staging) if "currency" in read.known.fields else [],
            stored=stored_documents(read.source),
        )
        actions = _actions(read)
    rejected = list_rejects(staging, read.table, read.known, read.broken)
    reasons = staging.run("select code, count(*) from reject_rows group by code order by 2 desc, 1")
    return {
        "read": staging.total + len(read.broken),
        "stored": actions.get("new", 0),
        "updated": actions.get("changed", 0) + actions.get("added", 0),
        "unchanged": actions.get("unchanged", 0) + taken,
        "rejected": rejected,
        "reasons": dict(reasons),
    }


def preview(read: StagedFile) -> dict:
    """What would happen, and the first rows as they would be stored; nothing is written."""
    counts = compare_with_books(read)
    check_that_nothing_is_lost(counts)
    staging = read.staging
    shown = PREVIEW_VOUCHERS if read.known.stores == "vouchers" else PREVIEW_LINES
    found = staging.execute(f"{shown} limit {PREVIEW_ROWS}")
    names = [column[0] for column in found.description]
    rows = [dict(zip(names, map(text_or_none, row), strict=True)) for row in found.fetchall()]
    recognised = set(read.known.columns) & {*map(read.known.canonical_name, read.table.header)}
    return {
        "format": read.known.name,
        "title": read.known.title,
        "columns": sorted(recognised),
        "fields": names,  # in their order: PostgreSQL keeps none within a row
        "rows": rows,
        "warnings": file_warnings(staging),
        "rejects": first_rejects(staging),
        "counts": counts,
    }


def first_rejects(staging: Staging) -> list[dict]:
    rows = staging.run(f"select * from reject_rows order by record limit {PREVIEW_ROWS}")
    return [dict(zip(REJECTS, map(text_or_none, row), strict=True)) for row in rows]


def text_or_none(value) -> str | None:
    return None if value is None else str(value)


def _actions(read: StagedFile) -> dict[str, int]:
    if read.known.rows == "from raw":  # a record is a line
        sql = "select action, sum(lines)::bigint from documents group by action"
    else:  # a record counts once, for the most that came of it
        sql = (
            "select action, count(*) from (select record, min_by(action, "
            "case action when 'new' then 1 when 'unchanged' then 3 else 2 end) as action "
            "from lines join documents using (document) group by record) group by action"
        )
    return dict(read.staging.run(sql))


def write_import(read: StagedFile, run: Import, tell: Tell = lambda _: None) -> dict:
    """Everything into the books or nothing: rows, rejects and the import's own state."""
    started = time.monotonic()
    with many_writes():
        ImportLock.acquire()
        mark_as_writing(run)
        counts = compare_with_books(read)
        check_that_nothing_is_lost(counts)
        run.preview = run.preview | {"warnings": file_warnings(read.staging)}
        if read.known.stores == "vouchers":
            counts |= write_vouchers(read.staging, run, tell)
        else:
            counts |= write_documents(read.staging, run, read.source, tell)
        rejects = "select * from reject_rows"
        insert("imports_reject", REJECTS, read.staging, rejects, fixed={"run_id": run.pk})
        tell(counts["read"])  # the last chance to cancel
        counts["seconds"] = round(time.monotonic() - started, 2)
        mark_as_done(run, read, counts)
    return counts


def mark_as_writing(run: Import) -> None:
    """A command's import begins here; an uploaded one was told to write, and perhaps canceled."""
    if run.pk is None:
        run.state = Import.State.WRITING
        run.save()
    elif not Import.objects.filter(pk=run.pk, state=Import.State.WRITING).exists():
        raise ImportSuperseded


def mark_as_done(run: Import, read: StagedFile, counts: dict) -> None:
    """Conditional on its state, in the transaction of the rows: nobody writes a file twice."""
    done = {"state": Import.State.DONE, "finished_at": timezone.now(), "counts": counts}
    done["preview"] = run.preview
    writing = Import.objects.filter(pk=run.pk, state=Import.State.WRITING)
    if not writing.update(**done, **file_properties(read)):
        raise ImportSuperseded
    run.counts = counts
    transaction.on_commit(lambda: filled.send(sender=Import), robust=True)


def file_properties(read: StagedFile) -> dict:
    """What an import remembers of its file when the file is gone."""
    header, delimiter = list(read.table.header), read.table.delimiter
    return {"format": read.known.name, "header": header, "delimiter": delimiter}


def check_that_nothing_is_lost(counts: dict) -> None:
    kept = sum(counts[what] for what in ("stored", "updated", "unchanged", "rejected"))
    if counts["read"] != kept:
        raise AssertionError(f"{counts['read']} rows were read, but {kept} are accounted for.")
