"""Small files that ask for much: what is read of them is bounded, whatever they say they hold.

The real ones are far larger (docs/reliability.md); here the budgets are small.
"""

import io
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from imports import xlsx_reader
from imports.files import FileRefused, tables_of
from imports.models import Import
from imports.pipeline import ReadOptions, read_file, write_import
from imports.tables import LIMITS
from imports.tests.workbooks import workbook
from imports.transcoding import ENCODINGS
from orders.models import Order

pytestmark = pytest.mark.once

SMALL = replace(LIMITS, rows=1000, cells=3000, sheet_cells=3000, sheet=20_000)
SHEET = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="A1"><v>1</v></c>%s</row></sheetData></worksheet>'
)


@pytest.fixture
def refused(tmp_path):
    def refuse(content, limits=SMALL, name="orders", **how):
        upload = tmp_path / "upload-of-somebody"
        upload.write_bytes(content)
        with pytest.raises(FileRefused) as caught:
            tables_of(upload, name, tmp_path, limits=limits, **how)
        return caught.value.code, caught.value.reason

    return refuse


def parquet(columns, **how):
    packed = io.BytesIO()
    pq.write_table(pa.table(columns), packed, **how)
    return packed.getvalue()


def sheet(inside):
    def change(files):
        files["xl/worksheets/sheet1.xml"] = SHEET % inside

    return workbook([1], change=change)


def texts(files):
    files["xl/sharedStrings.xml"] = b"<sst>" + b"<si><t>%s</t></si>" % (b"x" * 90) * 300 + b"</sst>"


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (parquet({"a": pa.nulls(1001)}), "too_many_rows", "1,001 rows; at most 1,000"),
        (parquet({n: pa.nulls(800) for n in "abcd"}), "too_many_rows", "3,200 values; at most"),
        (parquet({"a": ["x" * 500_000]}), "line_too_long", "longer than 400,000 bytes"),
        (b"a\n" * 1002, "too_many_rows", "more than 1,000 lines"),
        (b"a,b,c,d\n" + b",,,\n" * 800, "too_many_rows", "values are read"),
        (sheet(b'<c r="A1"/>' * 3000), "workbook_too_large", "larger than 20,000 bytes"),
        (sheet(b"<!-- -->" * 3000), "workbook_too_large", "larger than 20,000 bytes"),
        (sheet(b" " * 30_000), "workbook_too_large", "larger than 20,000 bytes"),
        (workbook([1], change=texts), "workbook_too_large", "larger than 20,000 bytes"),
        (sheet(b'<c r="Z200"/>'), "workbook_too_large", "200 rows × 26 columns"),
    ],
    ids=["rows", "values", "value", "lines", "cells of a CSV", "cells", "comments", "blanks",
         "texts", "corner"],
)  # fmt: skip
def test_a_file_that_asks_for_too_much_is_refused_with_the_reason(refused, content, code, words):
    found, reason = refused(content)
    assert (found, words in reason) == (code, True), reason


def test_a_parquet_file_whose_values_are_huge_is_no_more_than_its_process(refused):
    content = parquet({"a": pa.array(["x" * 60_000_000])}, compression="zstd")
    assert len(content) < 100_000
    code, reason = refused(content, LIMITS)
    assert code in ("file_too_demanding", "line_too_long"), reason


@pytest.mark.parametrize("name", ["punycode", "idna", "unicode_escape", "utf-7", "rot13", "zip"])
def test_an_encoding_that_is_no_files_is_not_known(refused, name):
    assert refused("a\né\n".encode("cp1252"), encoding=name) == (
        "unknown_encoding", f"the encoding '{name}' is not known",
    )  # fmt: skip
    assert name not in ENCODINGS


def test_many_purchases_at_once_are_a_plain_csv(api):
    for content in (parquet({"customer_name": ["Ada"]}), workbook(["customer_name"], ["Ada"])):
        answer = api.post("/api/purchases/bulk/", content, content_type="text/csv")
        assert answer.status_code == 400
        assert "only a plain CSV is accepted here" in answer.json()["errors"][0]["reason"]


def test_a_workbook_tells_how_far_it_is_read(tmp_path, monkeypatch):
    upload = tmp_path / "upload-of-somebody"
    upload.write_bytes(workbook(["a"], *([n] for n in range(20_100))))
    heard = []
    tables_of(upload, "a.xlsx", tmp_path, on_progress=lambda *progress: heard.append(progress))
    assert heard == [(0, 20_101), (20_000, 20_101)]


@pytest.mark.parametrize("first", [True, False])
def test_a_long_value_is_one_row_of_a_file_wherever_it_stands(tmp_path, db, first):
    good = "Anna,Germany,2024-03-05,10.00\n"
    long = "x" * 200_000 + ",Germany,2024-03-05,10.00\n"
    path = tmp_path / "purchases.csv"
    rows = [long, good * 300] if first else [good * 300, long]
    path.write_text("customer_name,country,purchase_date,amount\n" + "".join(rows))
    with read_file(path, path.name, ReadOptions()) as file:
        counts = write_import(file, Import(name=path.name, size=1, sha256="0" * 64))
    assert (counts["stored"], counts["reasons"]) == (300, {"too_long": 1})


# Numbers of 16 digits


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567890123451.0, "1234567890123451"),
        (2.0**53 - 1, "9007199254740991"),
        (-(2.0**53 - 1), "-9007199254740991"),
        (2.0**53, "9.007199e+15"),
        (1e22, "1.000000e+22"),
        (2**60, "1.152922e+18"),
        (0.1 + 0.2, "0.3"),
        (1e-7, "0.0000001"),
        (17850.0, "17850"),
        (True, "TRUE"),
    ],
)
def test_whole_numbers_of_a_workbook_are_exact_or_plainly_not(value, text):
    assert xlsx_reader.as_text(value) == text


@pytest.mark.django_db
def test_two_orders_of_sixteen_digits_stay_two_and_longer_numbers_are_rejected(tmp_path):
    header = ["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice"]
    numbers = [1234567890123451, 1234567890123452, 12345678901234567, 12345678901234568]
    path = tmp_path / "orders.xlsx"
    path.write_bytes(workbook(header, *([n, "mug", 1, "2024-03-05", 2.5] for n in numbers)))
    with read_file(path, path.name, ReadOptions()) as file:
        counts = write_import(file, run := Import(name=path.name, size=1, sha256="0" * 64))
    assert sorted(Order.objects.values_list("number", flat=True)) == [
        "1234567890123451", "1234567890123452",
    ]  # fmt: skip
    assert (counts["stored"], counts["reasons"]) == (2, {"number_not_exact": 2})
    assert run.rejects.first().reason == (
        "the order number is a number of which a spreadsheet kept the first digits only: "
        "make the column text there"
    )


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["document", "sku", "customer"])
def test_a_csv_in_which_a_spreadsheet_shortened_a_key_is_rejected_too(tmp_path, column):
    row = {"document": "7", "sku": "mug", "customer": "ada"} | {column: "1.23457E+15"}
    path = tmp_path / "orders.csv"
    path.write_text(
        "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n"
        f"{row['document']},{row['sku']},1,2024-03-05,2.5,{row['customer']}\n"
    )
    with read_file(path, path.name, ReadOptions()) as file:
        counts = write_import(file, Import(name=path.name, size=1, sha256="0" * 64))
    assert counts["reasons"] == {"number_not_exact": 1}
