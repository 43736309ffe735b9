"""Totals of lines and discounts in percent are read as what they are, and told of where they may
be taken for something else."""

from decimal import Decimal as D

import pytest

from imports.formats.generic import suggested_mapping
from imports.models import Import, Reject
from imports.pipeline import ReadOptions, preview, read_file, write_import
from orders.models import OrderItem

pytestmark = [pytest.mark.django_db, pytest.mark.once]
HEADER = "Order ID,Order Date,Product ID,Quantity,Sales,Discount,Price\n"
ROWS = (
    "1,2026-01-05,chair,3,731.94,0,243.98\n"
    "2,2026-01-05,table,5,957.5775,0.45,348.21\n"
    "3,2026-01-06,desk,3,20.00,0.2,8.3333\n"
    "4,2026-01-06,chair,2,487.96,0,243.98\n"
)
BASIS = {
    "document": "Order ID",
    "placed": "Order Date",
    "sku": "Product ID",
    "quantity": "Quantity",
}


@pytest.fixture
def taken(tmp_path):
    def take(text, **mapping):
        path = tmp_path / "superstore.csv"
        path.write_text(text, encoding="utf-8")
        choices = ReadOptions("generic", BASIS | mapping, "own")
        with read_file(path, path.name, choices) as file:
            warnings = preview(file)["warnings"]
        with read_file(path, path.name, choices) as file:
            counts = write_import(file, Import(name=path.name, size=1, sha256="0" * 64))
        assert counts["rejected"] == 0, counts
        return [
            (item.unit_price, item.discount, item.quantity * item.unit_price - item.discount)
            for item in OrderItem.objects.order_by("order__number")
        ], [words for words in warnings if "Unknown" not in words]

    return take


def test_a_line_total_is_what_the_line_comes_to(taken):
    found, warnings = taken(HEADER + ROWS, line_total="Sales", discount_percent="Discount")
    assert [total for _, _, total in found] == [D("731.94"), D("957.5775"), D("20"), D("487.96")]
    assert found[1][:2] == (D("348.21"), D("783.4725"))  # 45 % of 5 × 348.21
    assert warnings == ["The discounts are read as parts of one: 0.45 is 45 %."]


def test_a_line_total_without_discounts_is_divided_and_nothing_is_lost(taken):
    found, _ = taken(HEADER + ROWS, line_total="Sales")
    assert found[2] == (D("6.6667"), D("0.0001"), D("20"))
    assert sum(total for *_, total in found) == D("2197.4775")


@pytest.mark.parametrize("written", ["0.2", "20", "20 %", "20%"])
def test_a_discount_in_percent_is_of_the_price(taken, written):
    found, _ = taken(
        f"{HEADER}1,2026-01-05,mug,2,0,{written},12.50\n",
        unit_price="Price", discount_percent="Discount",
    )  # fmt: skip
    assert found == [(D("12.5"), D("5"), D("20"))]


@pytest.mark.parametrize(("row", "mapping", "code"), [
    ("9,2026-01-05,mug,2000000000,0,50,900000000", {"unit_price": "Price"}, "amount_too_large"),
    ("9,2026-01-05,mug,2000000000,0,50,-90000000000000", {"unit_price": "Price"},
     "negative_unit_price"),
    ("9,2026-01-05,mug,-90000000000000,0,50,90000000000000", {"unit_price": "Price"},
     "quantity_negative"),
    ("9,2026-01-05,mug,1,999999999,99.9999,0", {"line_total": "Sales"}, "amount_too_large"),
    ("9,2026-01-05,mug,1,-90000000000000,99.9999,0", {"line_total": "Sales"},
     "negative_line_total"),
    ("9,2026-01-05,mug,90000000000000,999999999,99.9999,0", {"line_total": "Sales"},
     "number_too_large"),
])  # fmt: skip
def test_amounts_beyond_all_bounds_are_refused_and_other_rows_are_taken(
    tmp_path, row, mapping, code
):
    path = tmp_path / "large.csv"
    path.write_text(f"{HEADER}{row}\n1,2026-01-05,mug,2,20,20,12.50\n", encoding="utf-8")
    choices = ReadOptions("generic", BASIS | mapping | {"discount_percent": "Discount"}, "own")
    with read_file(path, path.name, choices) as file:
        counts = write_import(file, Import(name=path.name, size=1, sha256="0" * 64))
    assert (counts["stored"], counts["rejected"]) == (1, 1)
    assert list(Reject.objects.values_list("code", flat=True)) == [code]
    item = OrderItem.objects.get()
    assert (item.unit_price, item.discount) == (D("12.5"), D("5"))


def test_a_total_that_contradicts_the_price_is_told_of(taken):
    _, warnings = taken(
        HEADER + ROWS.replace("487.96", "500"),
        unit_price="Price", line_total="Sales", discount_percent="Discount",
    )  # fmt: skip
    assert warnings[1:] == [
        "In 1 rows the line total is not quantity × price less discount "
        "(first in record 4: 500.00 is written, 487.96 is stored)."
    ]


def test_a_total_that_is_mapped_as_a_price_is_told_of(taken):
    _, warnings = taken(HEADER + ROWS, unit_price="Sales")
    words = (
        "is read as the price of one piece, and 4 rows have several. If it is what the whole line "
        "came to, map it as the line total."
    )
    assert f'"Sales" {words}' in warnings
    other = HEADER.replace("Sales", "Value")
    assert f'"Value" {words}' in taken(other + ROWS, unit_price="Value")[1]
    assert not any("price of one" in told for told in taken(HEADER + ROWS, unit_price="Price")[1])


def test_shares_that_are_mapped_as_money_are_told_of(taken):
    _, warnings = taken(HEADER + ROWS, unit_price="Price", discount="Discount")
    assert warnings == [
        "All discounts lie between 0 and 1 (0.45 at most) and are read as money. If they are parts "
        "of the price, map the column as the discount in percent."
    ]


def test_german_headings_are_suggested():
    header = ["Bestellnummer", "Datum", "Kunde", "E-Mail", "Artikelnummer", "Artikel", "Menge",
              "Preis", "Rabatt", "MwSt", "Versandkosten", "Land", "Währung"]  # fmt: skip
    assert suggested_mapping(header) == {
        "document": "Bestellnummer", "placed": "Datum", "customer_name": "Kunde",
        "email": "E-Mail", "sku": "Artikelnummer", "product": "Artikel", "quantity": "Menge",
        "unit_price": "Preis", "discount": "Rabatt", "tax": "MwSt", "shipping": "Versandkosten",
        "country": "Land", "currency": "Währung",
    }  # fmt: skip


def test_a_total_is_suggested_where_no_price_is():
    assert suggested_mapping(["Order Date", "Sales", "Qty"])["line_total"] == "Sales"
    assert "line_total" not in suggested_mapping(["Order Date", "Price", "Total"])
