"""Nothing of a file is gone without a word: each of its rows is stored, unchanged or rejected."""

import csv
import io
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from imports.files import FileRefused
from imports.models import Import, VoucherSent
from imports.pipeline import ReadOptions, compare_with_books, preview, read_file, write_import
from imports.tests.test_formats import FILES, SAMPLES
from imports.tests.workbooks import workbook
from orders.models import ExchangeRate, Order, OrderItem

pytestmark = pytest.mark.django_db
OWN = {"document": "InvoiceNo", "placed": "InvoiceDate", "sku": "StockCode",
       "quantity": "Quantity", "unit_price": "UnitPrice"}  # fmt: skip


@pytest.fixture(autouse=True)
def _rates(db):
    ExchangeRate.objects.bulk_create(
        ExchangeRate(currency=currency, date="2010-01-01", rate=1)
        for currency in ("USD", "GBP", "BRL")
    )


def rows_of(path):
    text = path.read_text(encoding="utf-8")
    return list(csv.reader(io.StringIO(text), delimiter="\t" if path.suffix == ".txt" else ","))


def as_csv(path, folder):
    return path


def as_zip(path, folder):
    target = folder / "all.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for file in path.parent.iterdir() if path.parent.name == "olist" else [path]:
            archive.write(file, file.name)
    return target


def as_workbook(path, folder):
    (folder / "book.xlsx").write_bytes(workbook(*rows_of(path)))
    return folder / "book.xlsx"


def as_parquet(path, folder):
    header, *rows = rows_of(path)
    columns = dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))
    pq.write_table(pa.table(columns), folder / "file.parquet")
    return folder / "file.parquet"


CASES = [(name, as_zip if name == "olist" else as_csv, {}) for name in FILES]
CASES += [("uci", way, {}) for way in (as_zip, as_workbook, as_parquet)]
CASES += [("uci", as_csv, {"format": "generic", "mapping": OWN, "mapping_name": "own"})]


def fates(path, choices):
    """(record numbers that are taken, that are rejected), as the importer compares them."""
    with read_file(path, path.name, ReadOptions(**choices)) as file:
        counts = compare_with_books(file)
        table = "checked_vouchers" if file.format.stores == "vouchers" else "lines"
        where = "where problem is null" if table == "checked_vouchers" else ""
        taken = file.staging.run(f"select distinct record from {table} {where} order by 1")
        rejected = file.staging.run("select record from reject_rows order by 1")
    return counts, [n for (n,) in taken], [n for (n,) in rejected]


def taken_in(path, choices):
    with read_file(path, path.name, ReadOptions(**choices)) as file:
        return write_import(file, Import(name=path.name, size=1, sha256="0" * 64))


@pytest.mark.parametrize(("name", "wrapped", "choices"), CASES)
def test_every_row_of_a_file_is_stored_or_rejected_and_then_unchanged(
    tmp_path, name, wrapped, choices
):
    sample = SAMPLES / FILES[name]
    path = wrapped(sample, tmp_path)
    left_over = 1 if name == "olist" else 0  # an order without items
    read = len(rows_of(sample)) - 1 + left_over
    counts, taken, rejected = fates(path, choices)
    assert sorted([*taken, *rejected]) == list(range(1, read + 1))
    assert (counts["read"], counts["stored"], counts["rejected"]) == (
        read, len(taken), len(rejected),
    )  # fmt: skip
    first = taken_in(path, choices)
    assert {**counts, **first} == first
    again = taken_in(path, choices)
    assert [again[n] for n in ("read", "stored", "updated", "unchanged", "rejected")] == [
        read, 0, 0, len(taken), len(rejected),
    ]  # fmt: skip
    assert VoucherSent.objects.exists() if name == "vouchers" else Order.objects.exists()


def test_an_order_without_items_is_rejected_with_the_reason(tmp_path):
    path = as_zip(SAMPLES / FILES["olist"], tmp_path)
    with read_file(path, path.name, ReadOptions()) as file:
        shown = preview(file)
    last = shown["rejects"][-1]
    assert (last["record"], last["line"], last["column"], last["code"]) == (
        "5", "4", "order_id", "no_items",
    )  # fmt: skip
    assert last["reason"] == (
        "the order has no items, so there is nothing to store (olist_orders_dataset.csv)"
    )
    assert last["raw"] == "a3,c3,unavailable,2017-10-04 11:00:00,,,,"
    assert (shown["counts"]["read"], shown["counts"]["reasons"]) == (
        5, {"missing_placed": 1, "no_items": 1},
    )  # fmt: skip
    assert taken_in(path, {})["rejected"] == 2
    assert OrderItem.objects.count() == 3


def test_files_of_an_archive_that_are_not_read_are_named(tmp_path):
    path = as_zip(SAMPLES / FILES["olist"], tmp_path)
    with read_file(path, path.name, ReadOptions()) as file:
        assert preview(file)["warnings"][0] == (
            "Files of the archive that are not read: olist_order_payments_dataset.csv."
        )


@pytest.mark.parametrize("main", [False, True])
def test_a_broken_row_in_one_of_several_tables_is_no_crash(tmp_path, main):
    path = tmp_path / "broken.zip"
    broken = "olist_order_items_dataset.csv" if main else "olist_orders_dataset.csv"
    with zipfile.ZipFile(path, "w") as archive:
        for file in (SAMPLES / "olist").iterdir():
            archive.writestr(file.name, file.read_text() + ("x,y\n" if file.name == broken else ""))
    if main:
        counts = taken_in(path, {})
        assert (counts["read"], counts["reasons"]["missing_column"]) == (6, 1)
        return
    with pytest.raises(FileRefused, match="a row has more or fewer columns than its header in"):
        taken_in(path, {})
