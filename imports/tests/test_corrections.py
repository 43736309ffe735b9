"""Rejected rows are downloaded, mended and imported again."""

import csv
import io
from decimal import Decimal as D

import pyarrow as pa
import pyarrow.parquet as pq

from imports.models import Import
from imports.tests.desk import SALES, STORED, lines
from orders.models import Order


def test_rejected_rows_have_the_columns_of_their_file_and_the_reasons(desk):
    pk = desk.bring_in(SALES)
    assert desk.rejected(pk) == [{
        "InvoiceNo": "536589", "StockCode": "21777", "Description": "", "Quantity": "-10",
        "InvoiceDate": "2010-12-01 16:50:00", "UnitPrice": "0", "CustomerID": "",
        "Country": "United Kingdom", "reject_import": str(pk),
        "reject_record": "5", "reject_line": "6",
        "reject_column": "Quantity", "reject_code": "stock_correction",
        "reject_reason":
            "a quantity below zero outside of a return (C…) corrects stock and is no sale",
        "reject_raw": "536589,21777,,-10,2010-12-01 16:50:00,0,,United Kingdom",
    }]  # fmt: skip


def test_rejected_rows_are_mended_and_imported_again(desk):
    """Formulas go out harmless and come back as they were."""
    odd = SALES + '536400,X1,=1+1,zero,2010-12-05 08:00:00,1,,"\'=a,b"\n536401,X2,x,1\n'
    pk = desk.bring_in(odd)
    file = desk.rejected_file(pk)
    assert ",'=1+1,zero," in file
    assert "\"''=a,b\"" in file
    again = desk.bring_in(file)  # nothing mended: nothing taken
    assert desk.counts(again) == (3, 0, 0, 0, 3)
    assert [row["reject_code"] for row in desk.rejected(again)] == [
        "stock_correction", "bad_number", "missing_document",
    ]  # fmt: skip
    mended = desk.bring_in(desk.rejected_file(again).replace(",zero,", ",2,", 1))
    assert desk.counts(mended) == (3, 1, 0, 0, 2)
    order = Order.objects.get(number="536400")
    assert (order.items.get().product.name, order.country.name) == ("=1+1", "'=a,b")


def test_a_mended_row_joins_its_order_once(desk):
    """The other rows of the order are not in the file of rejected rows: they stay."""
    broken = SALES.replace("LANTERN,6", "LANTERN,six").replace("WARMER,4", "WARMER,four")
    first = desk.bring_in(broken)
    assert lines() == [STORED[1], STORED[3]]
    once = desk.rejected_file(first).replace(",six,", ",6,", 1)
    assert desk.counts(desk.bring_in(once)) == (3, 0, 1, 0, 2)
    assert lines() == [STORED[0], STORED[1], STORED[3]]
    order = Order.objects.get(number="536365")
    assert (order.subtotal, order.total) == (D("35.64"), D("35.64"))
    # What came later is known, so that nobody undoes the ground under it.
    assert (order.imported.run_id, order.imported.total) == (first, D("35.64"))
    later = "Orders changed by a later import that must be undone first: 1."
    assert desk.step(first, "undo", 409)["detail"] == later
    again = once.replace(",four,", ",4,", 1)  # mended further, the first row is still in it
    last = desk.bring_in(again)
    assert desk.counts(last) == (3, 1, 0, 1, 1)
    assert desk.counts(desk.bring_in(again)) == (3, 0, 0, 2, 1)
    assert desk.counts(desk.bring_in(broken)) == (5, 0, 0, 2, 3)
    assert lines() == STORED
    desk.step(last, "undo")
    assert desk.counts(desk.bring_in(again)) == (3, 1, 0, 1, 1)
    assert lines() == STORED


def parquet(text: str) -> bytes:
    """The same rows in a file of columns, where an empty cell is none at all."""
    header, *rows = csv.reader(io.StringIO(text))
    columns = zip(*([cell or None for cell in row] for row in rows), strict=True)
    packed = io.BytesIO()
    pq.write_table(pa.table(dict(zip(header, columns, strict=True))), packed)
    return packed.getvalue()


def test_a_parquet_file_is_taken_and_its_rejected_rows_are_mended_as_text(desk):
    pk = desk.bring_in(parquet(SALES), name="sales.parquet")
    assert (desk.counts(pk), lines()) == ((5, 4, 0, 0, 1), STORED)
    (row,) = desk.rejected(pk)
    assert (row["reject_record"], row["reject_line"], row["reject_code"], row["reject_raw"]) == (
        "5", "", "stock_correction",
        "536589,21777,,-10,2010-12-01 16:50:00,0,,United Kingdom",
    )  # fmt: skip
    mended = desk.bring_in(desk.rejected_file(pk).replace("21777,,-10,", "21777,,10,", 1))
    assert desk.counts(mended) == (1, 1, 0, 0, 0)


def test_a_parquet_file_of_no_known_format_shows_its_first_rows(desk):
    pk = desk.preview(parquet("Bon,Tag\n1,\n2,31.12.2025\n"), name="till.parquet")
    run = Import.objects.get(pk=pk)
    assert (run.state, run.header) == ("failed", ["Bon", "Tag"])
    assert run.preview == {"first_rows": [["1", ""], ["2", "31.12.2025"]]}
