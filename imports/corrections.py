"""Rejected rows as a file that can be mended and imported again.

It has the columns of the file that they came from, and behind them what is wrong with each row.
By the import and the record that stand there too, each rejected row is taken once, however often
and however mended the file comes back.
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
    """The lines of the file, of rows as `REASONS` names their values."""
    kept = [n for n, title in enumerate(header) if not title.lower().startswith(PREFIX)]
    yield csv_line([*(header[n] for n in kept), *ADDED], delimiter)
    for row in rows:
        cells = reject_cells(row[-1], header, delimiter)
        yield csv_line([*(cells[n] for n in kept), *row], delimiter)


def reject_cells(raw: str, header: list[str], delimiter: str) -> list[str]:
    """The row's cells. One that has not the header's shape has none: cut to fit, it might be taken
    unmended. Its text stands in the last column."""
    try:
        rows = list(csv.reader(io.StringIO(raw, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        rows = []
    if len(rows) != 1 or len(rows[0]) != len(header) or len(raw) >= LONGEST_RAW:
        return [""] * len(header)
    mended_before = any(title.lower().startswith(PREFIX) for title in header)
    return [unescaped(cell) for cell in rows[0]] if mended_before else rows[0]


def csv_line(cells: list, delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerow(
        ["" if cell is None else escaped(str(cell)) for cell in cells]
    )
    return out.getvalue()


# The way back

# A cast would take 1_0 for ten and 1.5 for two.
NUMBERS = ", ".join(
    f"case when regexp_full_match({column}, '[0-9]+') then try_cast({column} as bigint) end "
    f"as {name}"
    for column, name in (("rejectimport", "run"), ("rejectrecord", "reject"))
)


@step(reads="raw corrections accepted", writes="corrections accepted checked")
def skip_accepted_corrections(staging: Staging) -> int:
    """Leave out the rows that were mended and taken before, and are still in the books."""
    if not staging.is_correction:
        return 0
    staging.run(f"create table corrections as select record, {NUMBERS} from raw")
    if staging.scalar("select count(*) from corrections where run is null or reject is null"):
        raise FileRefused(
            "rejects_of_no_import",
            "these rejected rows do not say which import they come from, as those of a dry run: "
            "mend them in the file itself",
        )
    runs = [
        run for (run,) in staging.run("select distinct run from corrections where run is not null")
    ]
    taken = Reject.objects.filter(run__in=runs, mended_into__in=Order.objects.values("pk"))
    staging.create("accepted")
    staging.insert_rows("accepted", list(taken.values_list("run_id", "record")))
    gone = "select record from corrections join accepted using (run, reject)"
    staging.run(f"delete from checked where record in ({gone})")
    return staging.scalar(f"select count(*) from ({gone})")


@step(reads="lines orders corrections", writes="")
def record_corrections(staging: Staging) -> None:
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
