"""Rejected rows are downloaded, mended and imported again."""

from decimal import Decimal as D

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
    again = once.replace(",four,", ",4,", 1)  # mended further, the first row is still in it
    last = desk.bring_in(again)
    assert desk.counts(last) == (3, 1, 0, 1, 1)
    assert desk.counts(desk.bring_in(again)) == (3, 0, 0, 2, 1)
    assert desk.counts(desk.bring_in(broken)) == (5, 0, 0, 2, 3)
    assert lines() == STORED
    desk.step(last, "undo")
    assert desk.counts(desk.bring_in(again)) == (3, 1, 0, 1, 1)
    assert lines() == STORED
