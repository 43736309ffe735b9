"""What could be read as something else than it says is read right, rejected, or told of."""

from decimal import Decimal as D

import duckdb
import pytest

from customers.models import Country
from imports.models import Import
from imports.numbers import number
from imports.pipeline import ReadOptions, preview, read_file, write_import
from orders.models import Order, OrderItem

pytestmark = pytest.mark.once

UCI = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
OWN = {
    "document": "No", "placed": "Day", "unit_price": "Price", "quantity": "Pieces", "sku": "Art",
    "customer": "Who", "country": "Where", "shipping": "Postage", "kind": "Kind",
}  # fmt: skip


@pytest.fixture
def import_text(tmp_path, db):
    """Text of a file → its preview and the import's counts."""

    def read(text, **choices):
        path = tmp_path / "file.csv"
        path.write_text(text, encoding="utf-8")
        with read_file(path, path.name, ReadOptions(**choices)) as file:
            shown = preview(file)
        with read_file(path, path.name, ReadOptions(**choices)) as file:
            return shown, write_import(file, Import(name=path.name, size=1, sha256="0" * 64))

    return read


def rejects(shown):
    return [(row["record"], row["column"], row["code"]) for row in shown["rejects"]]


@pytest.mark.parametrize(
    ("text", "with_point", "with_comma"),
    [
        ("1_000", None, None),
        ("1_0", None, None),
        ("1 2", None, None),
        ("12.5.0", None, None),
        ("1,2,3", None, None),
        ("1€2", None, None),
        ("1 234,50", "1234.5", "1234.5"),
        ("1'234.50", "1234.5", "1234.5"),
        ("12,50", "12.5", "12.5"),
        ("12.50", "12.5", "12.5"),
        ("1.234", "1.234", "1234"),
        ("1,234", "1234", "1.234"),
        ("1,23,456.00", "123456", "123456"),
        ("-€ 1.234,5", "-1234.5", "-1234.5"),
        ("1e3", "1000", "1000"),
    ],
)
def test_a_number_is_read_as_it_says_or_not_at_all(text, with_point, with_comma):
    connection = duckdb.connect()
    found = [
        connection.execute(f"select {number('t', comma)} from (select ? as t)", [text]).fetchone()[
            0
        ]
        for comma in (False, True)
    ]
    assert found == [value and D(value) for value in (with_point, with_comma)]


@pytest.mark.parametrize(
    ("quantity", "price", "column", "code"),
    [
        ("1_0", "2", "Quantity", "bad_number"),
        ("1", "1_000", "UnitPrice", "bad_number"),
        ("1", "1e-400", "UnitPrice", "number_too_small"),
        ("1", "0.00001", "UnitPrice", "number_too_small"),
        ("0.00001", "2", "Quantity", "number_too_small"),
    ],
)
def test_a_number_that_would_be_kept_as_another_is_rejected(
    import_text, quantity, price, column, code
):
    row = f"1,A,Thing,{quantity},2011-01-05 08:00:00,{price},,France"
    shown, counts = import_text(f"{UCI}\n{row}\n")
    assert rejects(shown) == [("1", column, code)]
    assert (counts["stored"], counts["rejected"]) == (0, 1)


def test_a_number_of_nothing_is_no_small_number(import_text):
    _, counts = import_text(f"{UCI}\n1,A,Thing,1,2011-01-05 08:00:00,0.0000,,France\n")
    assert (counts["stored"], OrderItem.objects.get().unit_price) == (1, 0)


def test_a_rounded_amount_is_told_of(import_text):
    rows = ["2.5000", "6.66666667", "1.2345e-3"]
    lines = "\n".join(f"1,A{n},Thing,1,2011-01-05 08:00:00,{p},,France" for n, p in enumerate(rows))
    shown, counts = import_text(f"{UCI}\n{lines}\n")
    assert counts["stored"] == 3
    assert shown["warnings"][0] == (
        "2 rows have an amount with more than four decimals; it is rounded to four "
        "(first in record 2)."
    )


def own(*rows):
    return "No;Day;Price;Pieces;Art;Who;Where;Postage;Kind\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ("7;2026-01-05;2.5;1;a;ada;DE;;", "7;2026-01-05;3.5;1;b;bob;DE;;", "mixed_customers"),
        ("7;2026-01-05;2.5;1;a;ada;DE;;", "7;2026-01-05;3.5;1;b;ada;FR;;", "mixed_countries"),
        ("7;2026-01-05;2.5;1;a;ada;DE;;", "7;2026-01-06;3.5;1;b;ada;DE;;", "mixed_dates"),
        ("7;2026-01-05;2.5;1;a;ada;DE;;", "7;2026-01-05;3.5;1;b;ada;DE;;return", "mixed_kinds"),
        ("7;2026-01-05;2.5;0;a;ada;DE;;", "7;2026-01-05;3.5;1;b;bob;DE;;", "mixed_customers"),
    ],
)
def test_an_order_of_two_customers_countries_or_days_is_rejected(import_text, first, second, code):
    good = "8;2026-01-05;9;1;a;bob;DE;;"
    shown, counts = import_text(own(first, second, good), format="generic", mapping=OWN)
    assert code in counts["reasons"]
    assert (counts["read"], counts["stored"], counts["rejected"]) == (3, 1, 2)
    assert ("2", code) in [(row["record"], row["code"]) for row in shown["rejects"]]
    assert [order.number for order in Order.objects.all()] == ["8"]


def test_one_country_in_two_spellings_is_one_country(import_text):
    Country.objects.get_or_create(name="Germany", defaults={"code": "DE"})
    rows = ("7;2026-01-05;2.5;1;a;ada;DE;;", "7;2026-01-05;3.5;1;b;ada;germany;;")
    _, counts = import_text(own(*rows), format="generic", mapping=OWN)
    assert (counts["stored"], Order.objects.get().total) == (2, D(6))


def test_what_only_the_first_row_is_heard_for_is_told_of(import_text):
    rows = (
        "7;2026-01-05 10:00;2.5;1;a;ada;DE;3;",
        "7;2026-01-05 10:02;3.5;1;b;ada;DE;4;",
        "8;2026-01-05 23:59;3.5;1;b;ada;DE;4;",
        "8;2026-01-06 00:01;3.5;1;c;ada;DE;;",
    )
    shown, counts = import_text(own(*rows), format="generic", mapping=OWN)
    assert counts["stored"] == 4
    assert shown["warnings"] == [
        "The rows of 1 order differ in their shipping; the first counts (as in order 7).",
        "The rows of 2 orders differ in their time of day; the earliest counts (as in order 7).",
    ]


@pytest.mark.parametrize("text", ["2024035", "202435", "2024-03-05x"])
def test_a_date_with_a_digit_too_few_is_no_date(import_text, text):
    shown, _ = import_text(f"{UCI}\n1,A,Thing,1,{text},2,,France\n")
    assert rejects(shown) == [("1", "InvoiceDate", "bad_date")]


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"last": "2018-03-05x"}, "last_order_ts", "bad_date"),
        ({"orders": "1_0"}, "total_orders", "bad_number"),
        ({"amount": "1_000"}, "voucher_amount", "bad_number"),
        ({"amount": "1e-9"}, "voucher_amount", "number_too_small"),
    ],
)
def test_a_voucher_is_read_as_strictly(import_text, changes, column, code):
    row = {"at": "2018-05-01", "country": "Peru", "last": "2018-03-05", "first": "2018-01-05",
           "orders": "2.0", "amount": "2640"} | changes  # fmt: skip
    header = "timestamp,country_code,last_order_ts,first_order_ts,total_orders,voucher_amount"
    shown, _ = import_text(f"{header}\n{','.join(row.values())}\n")
    assert rejects(shown) == [("1", column, code)]
