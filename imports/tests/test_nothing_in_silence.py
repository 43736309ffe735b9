"""What could be dropped or misread without a word is refused, or told."""

import csv
import io
import zipfile
from decimal import Decimal as D

import pytest

from imports.files import FileRefused
from imports.models import Import
from imports.pipeline import ReadOptions, preview, read_file, write_import
from orders.models import ExchangeRate, Order

HEADER = (
    "Name,Financial Status,Created at,Currency,Shipping,Email,"
    "Lineitem quantity,Lineitem name,Lineitem price"
)
PURCHASES = "customer_name,country,purchase_date,amount\nAnna,Germany,2024-03-05,10.00\n"


def brought_in(path, **choices):
    with read_file(path, path.name, ReadOptions(**choices)) as read:
        return write_import(read, Import(name=path.name, size=1, sha256="0" * 64))


@pytest.mark.django_db
def test_an_order_keeps_what_its_rejected_first_row_says_of_it(tmp_path):
    ExchangeRate.objects.create(currency="USD", date="2024-01-01", rate=D("0.9"))
    path = tmp_path / "shopify.csv"
    path.write_text(
        f"{HEADER}\n#1,paid,2024-03-05 10:00:00,USD,5.00,ann@example.com,0,Tee,9.99\n"
        "#1,,,,,,1,Mug,10.00\n"
    )
    counts = brought_in(path)
    assert (counts["stored"], counts["reasons"]) == (1, {"quantity_zero": 1})
    order = Order.objects.get()
    assert (order.currency, order.customer.email, order.total) == ("USD", "ann@example.com", D(15))


def test_several_files_of_one_format_are_not_taken_for_one(tmp_path):
    path = tmp_path / "both.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("january.csv", PURCHASES)
        archive.writestr("february.csv", PURCHASES)
    with (
        pytest.raises(FileRefused, match=r"one by one: january\.csv, february\.csv"),
        read_file(path, path.name, ReadOptions()),
    ):
        pass


def test_a_mapping_to_a_column_that_is_not_there_is_refused(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("when,what,price\n2024-03-05,mug,1.00\n")
    mapping = {"placed": "when", "sku": "what", "unit_price": "price", "customer": "Kunde"}
    with (
        pytest.raises(FileRefused, match="needs the columns customer"),
        read_file(path, path.name, ReadOptions("generic", mapping, "own")),
    ):
        pass


@pytest.mark.django_db
def test_rejected_rows_of_a_dry_run_are_not_taken_for_mended_ones(tmp_path):
    path = tmp_path / "mended.csv"
    header = "customer_name,country,purchase_date,amount,reject_import,reject_record"
    path.write_text(f"{header}\nAnna,Germany,2024-03-05,10.00,,1\n")
    with pytest.raises(FileRefused, match="correct them in the file itself"):
        brought_in(path)
    assert not Order.objects.exists()


@pytest.mark.django_db
def test_a_preview_shows_the_first_rejected_rows(tmp_path):
    path = tmp_path / "purchases.csv"
    path.write_text(PURCHASES + "Bert,Germany,2024-02-30,10.00\n")
    with read_file(path, path.name, ReadOptions()) as read:
        (row,) = preview(read)["rejects"]
    assert (row["record"], row["line"], row["column"], row["code"]) == (
        "2", "3", "purchase_date", "bad_date",
    )  # fmt: skip
    assert next(csv.reader(io.StringIO(row["raw"])))[2] == "2024-02-30"


@pytest.mark.django_db
@pytest.mark.parametrize("rows", ["", "Anna,Germany,2024-03-05,10.00\n"])
def test_megabytes_of_blank_lines_are_no_rows(tmp_path, rows):
    path = tmp_path / "purchases.csv"
    header = PURCHASES.partition("\n")[0]
    path.write_text(header + "\n" * 3_000_000 + rows)
    counts = brought_in(path)
    assert (counts["read"], counts["stored"]) == (len(rows.splitlines()), len(rows.splitlines()))
