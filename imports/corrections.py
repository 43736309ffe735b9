"""Rejected rows as a file that can be corrected and imported again.

It has the columns of the original file, followed by what is wrong with each row. The columns with
the import and the record identify each rejected row: it is imported once, however often and
however corrected the file is imported.
"""

import csv
import io
from collections.abc import Iterable, Iterator

from django.db import connection

from imports.files import FileRefused
from imports.formulas import escaped, unescaped
from imports.models import Import, Reject
from imports.rejects import LONGEST_RAW
from imports.staging import Staging
from imports.steps import step
from orders.models import Order

REASONS = ("run_id", "record", "line", "column", "code", "reason", "raw")
PREFIX = "reject_"
ADDED = [f"{PREFIX}{name}".replace("run_id", "import") for name in REASONS]


def rejected_csv(run: Import) -> Iterator[str]:
    rows = Reject.objects.filter(run=run).order_by("record", "id").values_list(*REASONS)
    return corrections_csv(run.header, run.delimiter, rows.iterator())


def corrections_csv(header: list[str], delimiter: str, rows: Iterable[tuple]) -> Iterator[str]:
    """The lines of the file; `rows` hold the values that `REASONS` names."""
    # A corrected file whose rows are rejected once more has the added columns already.
    original = [n for n, title in enumerate(header) if not title.lower().startswith(PREFIX)]
    yield csv_line([*(header[n] for n in original), *ADDED], delimiter)
    for row in rows:
        cells = reject_cells(row[-1], header, delimiter)
        yield csv_line([*(cells[n] for n in original), *row], delimiter)


def reject_cells(raw: str, header: list[str], delimiter: str) -> list[str]:
    """The row's cells; empty if it does not match the header: cut to fit, the row might be imported
    without a correction. The last column has its text."""
    try:
        rows = list(csv.reader(io.StringIO(raw, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        rows = []
    if len(rows) != 1 or len(rows[0]) != len(header) or len(raw) >= LONGEST_RAW:
        return [""] * len(header)
    # Cells of a corrected file are escaped already: escaped twice, they would not come back right.
    is_correction = any(title.lower().startswith(PREFIX) for title in header)
    return [unescaped(cell) for cell in rows[0]] if is_correction else rows[0]


def csv_line(cells: list, delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerow(
        ["" if cell is None else escaped(str(cell)) for cell in cells]
    )
    return out.getvalue()


# Importing the corrected file

# A plain cast would read 1_0 as ten and 1.5 as two.
NUMBERS = ", ".join(
    f"case when regexp_full_match({column}, '[0-9]+') then try_cast({column} as bigint) end "
    f"as {name}"
    for column, name in (("rejectimport", "run"), ("rejectrecord", "reject"))
)


@step(reads="raw corrections accepted", writes="corrections accepted checked")
def skip_accepted_corrections(staging: Staging) -> int:
    """Leave out rows whose correction was imported before and is still in the books; how many."""
    if not staging.is_correction:
        return 0
    staging.run(f"create table corrections as select record, {NUMBERS} from raw")
    if staging.scalar("select count(*) from corrections where run is null or reject is null"):
        raise FileRefused(
            "rejects_of_no_import",
            "these rejected rows do not say which import they come from, like those of a dry run: "
            "correct them in the file itself",
        )
    runs = [
        run for (run,) in staging.run("select distinct run from corrections where run is not null")
    ]
    # If the order was removed since, by undo for instance, the row may be imported again.
    corrected = Reject.objects.filter(run__in=runs, mended_into__in=Order.objects.values("pk"))
    staging.create("accepted")
    staging.insert_rows("accepted", list(corrected.values_list("run_id", "record")))
    accepted = "select record from corrections join accepted using (run, reject)"
    staging.run(f"delete from checked where record in ({accepted})")
    return staging.scalar(f"select count(*) from ({accepted})")


@step(reads="lines orders corrections", writes="")
def record_corrections(staging: Staging) -> None:
    """Record at each rejected row which order its correction went into."""
    if staging.is_correction:
        rows = staging.run(
            "select distinct o.order_id, m.run, m.reject "
            "from lines l join orders o using (document) join corrections m on m.record = l.record "
            "where m.run is not null"
        )
        with connection.cursor() as cursor:
            cursor.executemany(
                "update imports_reject set mended_into = %s where run_id = %s and record = %s", rows
            )
