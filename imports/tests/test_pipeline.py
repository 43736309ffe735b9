"""From a file's rows to the books: what is checked, matched, compared and kept."""

from datetime import UTC, datetime
from decimal import Decimal as D
from pathlib import Path

import duckdb
import pytest
from django.db import IntegrityError, connection, transaction

from catalog.models import Product
from core.tracking import changed
from customers.models import Country, Customer
from imports.models import Import, ImportLock
from imports.pipeline import (
    ImportSuperseded,
    ReadOptions,
    check_that_nothing_is_lost,
    read_file,
    write_import,
)
from imports.staging import Staging
from imports.tests.desk import HEADER, SALES, STORED, lines
from imports.tests.test_formats import SAMPLES
from imports.writers import bulk_transaction
from orders.models import Order
from orders.services import return_items

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_closed_at_the_commit_is_no_error():
    """Whoever waits for the commit may find the connection old, and close it."""
    with bulk_transaction():
        Country.objects.create(name="Narnia")
        transaction.on_commit(connection.close)
    assert Country.objects.filter(name="Narnia").exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.bulk_create([Customer(code="lucy", country_id=10**9)])


def uci(*rows):
    return "\n".join([HEADER, *rows]) + "\n"


def line(**changes):
    cells = {
        "number": "1", "sku": "A", "name": "Thing", "quantity": "1", "at": "2011-01-05 08:00:00",
        "price": "2", "customer": "", "country": "France",
    }  # fmt: skip
    return ",".join((cells | changes).values())


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"number": ""}, "InvoiceNo", "missing_document"),
        ({"sku": ""}, "StockCode", "missing_sku"),
        ({"quantity": ""}, "Quantity", "missing_quantity"),
        ({"price": ""}, "UnitPrice", "missing_unit_price"),
        ({"at": ""}, "InvoiceDate", "missing_placed"),
        ({"quantity": "0"}, "Quantity", "quantity_zero"),
        ({"quantity": "1.5"}, "Quantity", "quantity_not_whole"),
        ({"quantity": "2147483648"}, "Quantity", "number_too_large"),
        ({"quantity": "-1"}, "Quantity", "stock_correction"),
        ({"price": "-1"}, "UnitPrice", "negative_unit_price"),
        ({"price": "NaN"}, "UnitPrice", "bad_number"),
        ({"price": "Infinity"}, "UnitPrice", "bad_number"),
        ({"price": "1E+1000000000"}, "UnitPrice", "bad_number"),
        ({"price": "9" * 5000}, "UnitPrice", "bad_number"),
        ({"price": "2000000000"}, "UnitPrice", "number_too_large"),
        ({"at": "2011-02-30 08:00:00"}, "InvoiceDate", "bad_date"),
        ({"at": "1900-01-01 08:00:00"}, "InvoiceDate", "date_out_of_range"),
        ({"at": "2999-01-01 08:00:00"}, "InvoiceDate", "date_out_of_range"),
        ({"at": "1970-12-31 23:59:59"}, "InvoiceDate", "date_out_of_range"),
        ({"quantity": "2", "price": "500000000"}, "UnitPrice", "amount_too_large"),
        ({"number": "9" * 101}, "InvoiceNo", "too_long"),
        ({"sku": "A" * 101}, "StockCode", "too_long"),
        ({"customer": "9" * 101}, "CustomerID", "too_long"),
        ({"country": "x" * 101}, "Country", "too_long"),
        ({"name": "x" * 201}, "Description", "too_long"),
        ({"name": "a\0b"}, "Description", "control_character"),
        ({"country": "a,b"}, "", "extra_column"),
    ],
)
def test_a_bad_row_is_set_aside_with_its_reason_and_the_others_are_taken(
    desk, changes, column, code
):
    text = uci(line(number="7"), line(**changes), line(number="8"))
    pk = desk.bring_in(text)
    (row,) = desk.rejected(pk)
    found = (row["reject_record"], row["reject_line"], row["reject_column"], row["reject_code"])
    assert found == ("2", "3", column, code)
    assert [row[0] for row in lines()] == ["7", "8"]


def test_the_longest_words_and_the_first_day_are_taken(desk):
    longest = {"number": "9" * 100, "sku": "A" * 100, "customer": "9" * 100, "country": "x" * 100}
    pk = desk.bring_in(uci(line(**longest, name="x" * 200, at="1971-01-01 00:00:00")))
    assert desk.counts(pk) == (1, 1, 0, 0, 0)
    order = Order.objects.get()
    assert (order.number, order.customer.code, order.country.name) == (
        "9" * 100,
        "9" * 100,
        "x" * 100,
    )


def test_as_many_pieces_as_an_order_can_hold_are_taken(desk):
    desk.bring_in(uci(line(quantity="2147483647", price="0.01")))
    assert (lines()[0][3], Order.objects.get().total) == (2147483647, D("21474836.47"))


def test_an_imported_moment_is_written_as_the_shop_writes_its_own(desk):
    desk.bring_in(uci(line(customer="17850")))
    moment = datetime(2011, 1, 5, 8, tzinfo=UTC)
    assert Order.objects.filter(placed_at=moment).exists()
    assert Customer.objects.filter(registered_at=moment).exists()


def test_what_an_order_took_off_and_taxed_is_spread_by_what_its_lines_cost(desk):
    """By 60 and 40, then by 53.99 and 36: the cent goes where most was cut off."""
    columns = {
        "document": "Bon", "placed": "Tag", "sku": "Art", "unit_price": "Preis",
        "discount": "Rabatt", "order_discount": "Auf alles", "order_tax": "Steuer",
        "shipping": "Versand",
    }  # fmt: skip
    desk.client.post("/api/import-mappings/", {"name": "till", "columns": columns})
    header = ",".join(columns.values())
    rows = "1,2025-12-31,A,100,40,10.01,7,5\n1,2025-12-31,B,40,0,10.01,7,5\n"
    desk.bring_in(f"{header}\n{rows}", mapping="till")
    order = Order.objects.get()
    assert list(order.items.order_by("pk").values_list("discount", "tax", "tax_rate")) == [
        (D("46.01"), D("4.20"), D("7.8")), (D("4.00"), D("2.80"), D("7.8")),
    ]  # fmt: skip
    amounts = (order.subtotal, order.discount, order.shipping, order.tax, order.total)
    assert amounts == (D(140), D("50.01"), D(5), D(7), D("101.99"))


def test_an_order_is_kept_up_to_a_cent_below_a_billion(desk):
    half, rest = line(price="500000000"), line(sku="B", price="499999999.99")
    desk.bring_in(uci(half, rest))
    assert Order.objects.get().total == D("999999999.99")
    pk = desk.bring_in(uci(half, rest.replace("499999999.99", "500000000")))
    assert {row["reject_code"] for row in desk.rejected(pk)} == {"amount_too_large"}


def test_an_order_that_moves_changes_the_month_it_leaves_and_the_one_it_goes_to(desk):
    desk.bring_in(SALES)
    heard = set()

    def hear(sender, parts, **_):
        heard.update(parts if sender is Order else ())

    changed.connect(hear)
    try:
        desk.bring_in(SALES.replace("2010-12-02 10:00:00", "2011-03-02 10:00:00"))
    finally:
        changed.disconnect(hear)
    assert heard == {"orders/2010-12", "lines/2010-12", "orders/2011-03", "lines/2011-03"}


def test_an_hour_that_the_clocks_jumped_over_never_was(desk, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    times = ("2011-03-27 02:30:00", "3/27/2011 02:30", "2011-03-27 03:30:00")
    pk = desk.bring_in(uci(*(line(number=str(n), at=at) for n, at in enumerate(times))))
    assert [row["reject_code"] for row in desk.rejected(pk)] == ["lost_hour", "lost_hour"]
    assert f"{Order.objects.get().placed_at:%H:%M %Z}" == "01:30 UTC"


def test_keys_are_compared_byte_for_byte(desk):
    skus = ["sku1", "SKU1", "cafe", "café", "x", "x ", "😀", "😁"]
    desk.bring_in(uci(*(line(number=f"n{sku}", sku=sku, customer=sku) for sku in skus)))
    assert {*Product.objects.values_list("sku", flat=True)} == {*skus}
    assert Order.objects.count() == len(skus)
    assert {*Customer.objects.values_list("code", flat=True)} == {sku.strip() for sku in skus}
    assert (
        desk.counts(
            desk.bring_in(uci(*(line(number=f"n{sku}", sku=sku, customer=sku) for sku in skus)))
        )[3]
        == 8
    )


def test_what_is_known_is_used_and_not_made_again(desk):
    germany = Country.objects.get(name="Germany")
    anna = Customer.objects.create(code="17850", name="Anna", country=germany)
    mug = Product.objects.create(sku="A", name="Mug", price=9)
    pk = desk.bring_in(uci(line(customer="17850.0", country="de")))
    order = Order.objects.get()
    assert (order.customer, order.country, order.items.get().product) == (anna, germany, mug)
    anna.refresh_from_db()
    mug.refresh_from_db()
    assert (anna.name, mug.name, mug.price) == ("Anna", "Mug", 9)
    made = desk.shown(pk)["counts"]
    assert (made["customers"], made["products"], made["countries"]) == (0, 0, 0)


def test_a_new_product_costs_what_was_last_paid_for_it(desk):
    """What was given away for nothing tells no price."""
    prices = enumerate(("2.50", "3.50", "0"))
    desk.bring_in(uci(*(line(number=str(n), sku="A", price=price) for n, price in prices)))
    assert Product.objects.get().price == D("3.50")


@pytest.mark.parametrize("with_tax", [True, False])
def test_whether_the_prices_held_the_tax_is_kept(desk, with_tax):
    """Told by the totals of the file: 37.38 with the tax on top, or 34.98 with the tax inside."""
    file = (SAMPLES / "shopify.csv").read_text().replace(",USD,", ",EUR,")
    desk.bring_in(file.replace(",37.38,", ",34.98,") if with_tax else file)
    order = Order.objects.get(number="#1001")
    assert (order.tax_included, f"{order.total:.2f}") == (
        with_tax,
        "34.98" if with_tax else "37.38",
    )


def test_a_price_of_zero_and_an_empty_country_are_kept(desk):
    desk.bring_in(uci(line(price="0", country="")))
    assert (lines()[0][-1], Order.objects.get().country.name) == ("0.00", "Unspecified")


def test_warnings_tell_of_ambiguous_dates_and_unknown_countries(desk):
    pk = desk.preview(uci(line(at="03/04/2011 08:00", country="Atlantis")))
    assert desk.shown(pk)["preview"]["warnings"] == [
        "Dates such as 03/04/2011 08:00 are ambiguous; they are read month first.",
        "Unknown countries, kept without a code: Atlantis.",
    ]


@pytest.mark.parametrize(
    ("plain", "read"), [("13/04/2011", "2011-04-03"), ("04/13/2011", "2011-03-04")]
)
def test_dates_that_can_be_read_one_way_only_say_how_the_others_are_read(desk, plain, read):
    rows = (line(number=str(n), at=f"{day} 08:00") for n, day in enumerate((plain, "03/04/2011")))
    pk = desk.bring_in(uci(*rows))
    assert str(Order.objects.get(number="1").placed_on) == read
    assert desk.shown(pk)["preview"]["warnings"] == []


def test_the_owner_may_say_how_dates_are_read(desk):
    desk.bring_in(uci(line(at="03/04/2011 08:00")), dates="dmy")
    assert str(Order.objects.get().placed_on) == "2011-04-03"


def test_an_order_whose_goods_came_back_is_not_rewritten(desk):
    desk.bring_in(SALES)
    sale = Order.objects.get(number="536366")
    return_items(sale, {sale.items.get(): 1})
    pk = desk.bring_in(SALES.replace("WARMER,4", "WARMER,5"))
    assert desk.counts(pk) == (5, 0, 0, 3, 2)
    assert desk.rejected(pk)[0]["reject_code"] == "has_returns"
    assert sale.items.get().quantity == 4


def test_a_header_in_any_dress_is_recognised(desk):
    header = (
        "\ufeff country ;CUSTOMER ID;Price;Invoice_Date;Quantity;description;StockCode;Invoice;Note"
    )
    desk.bring_in(header + "\nFrance;1;2,50;2011-01-05 08:00:00;2;Thing;A;9;hello\n")
    assert lines() == [("9", "sale", "A", 2, "2.50")]


def test_rows_that_are_not_accounted_for_stop_everything():
    counts = {"read": 3, "stored": 1, "updated": 0, "unchanged": 0, "rejected": 1}
    with pytest.raises(AssertionError, match="3 rows were read, but 2 are accounted for"):
        check_that_nothing_is_lost(counts)


@pytest.mark.parametrize("state", ["uploaded", "canceled", "done", "undone", "failed"])
def test_only_an_import_that_shall_be_written_is(tmp_path, state):
    path = tmp_path / "sales.csv"
    path.write_text(SALES)
    run = Import.objects.create(name="x", sha256="", size=1, state=state)
    with read_file(path, "sales.csv", ReadOptions()) as read, pytest.raises(ImportSuperseded):
        write_import(read, run)
    run.refresh_from_db()
    assert (run.state, lines()) == (state, [])


def test_one_who_is_overtaken_at_the_end_takes_everything_back(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text(SALES)
    run = Import.objects.create(name="x", sha256="", size=1, state="writing")

    def canceled_meanwhile(_):
        Import.objects.filter(pk=run.pk).update(state="canceled")

    with read_file(path, "sales.csv", ReadOptions()) as read, pytest.raises(ImportSuperseded):
        write_import(read, run, canceled_meanwhile)
    assert (lines(), Product.objects.count()) == ([], 0)


def test_a_file_is_compared_again_with_what_was_committed_meanwhile(desk, tmp_path, monkeypatch):
    """The comparison precedes the transaction: a return and another import come between."""
    desk.bring_in(SALES)
    changed = SALES.replace(",6,2010-12-01", ",5,2010-12-01") + (
        "536400,22633,WARMER,2,2010-12-04 10:00:00,1.85,,France\n"
    )
    path = tmp_path / "sales.csv"
    path.write_text(changed)
    acquire = ImportLock.acquire

    def after_others():
        monkeypatch.setattr(ImportLock, "acquire", acquire)
        sale = Order.objects.get(number="536365")
        return_items(sale, {sale.items.first(): 1})
        desk.bring_in(SALES + "536400,22633,WARMER,2,2010-12-04 10:00:00,1.85,,France\n")
        acquire()

    with read_file(path, "sales.csv", ReadOptions()) as read:
        monkeypatch.setattr(ImportLock, "acquire", after_others)
        counts = write_import(read, Import(name="x", size=1))
    assert (counts["stored"], counts["updated"], counts["unchanged"]) == (0, 0, 3)
    assert (counts["reasons"]["has_returns"], counts["read"]) == (2, 6)
    assert [line for line in lines() if line[0] in ("536365", "536400")] == [
        *STORED[:2], ("536400", "sale", "22633", 2, "1.85")
    ]  # fmt: skip


class Greedy:
    """A database in memory whose queries need so many MB."""

    def __init__(self, needs):
        self.needs, self.given, self.asked = needs, 96, []

    def execute(self, sql, parameters=None):
        if sql.startswith("set memory_limit"):
            self.given = int(sql.split("'")[1].removesuffix("MB"))
            self.asked.append(self.given)
        elif self.given < self.needs:
            raise duckdb.OutOfMemoryException("too little")
        return self


def test_memory_grows_when_it_must_and_not_without_end(tmp_path):
    with Staging(tmp_path, "UTC") as staging:
        real, staging.con = staging.con, Greedy(500)
        assert staging.execute("select 1").asked == [192, 384, 768]
        staging.con.needs = 10_000
        with pytest.raises(duckdb.OutOfMemoryException):
            staging.execute("select 1")
        assert staging.con.asked[-1] == 1536
        staging.con = real


def test_a_file_that_is_the_first_in_its_currency_has_its_rates_loaded(desk):
    columns = {"placed": "Day", "unit_price": "Price", "currency": "Cur"}
    desk.client.post("/api/import-mappings/", {"name": "abroad", "columns": columns})
    rows = "2026-10-30,10,USD\n2026-10-31,10,JPY\n2026-10-30,10,XAU\n"
    pk = desk.bring_in(f"Day,Price,Cur\n{rows}", mapping="abroad")
    assert desk.shown(pk)["counts"]["reasons"] == {"unknown_rate": 1}
    rates = Order.objects.order_by("currency").values_list("exchange_rate", flat=True)
    assert list(rates) == [D("0.0056921676"), D("0.8950948801")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite's own log")
def test_an_import_leaves_a_short_log_behind(tmp_path):
    with bulk_transaction():
        Country.objects.bulk_create(Country(name=f"{n}-{'x' * 80}") for n in range(3000))
    log = Path(f"{connection.settings_dict['NAME']}-wal")
    assert log.stat().st_size == 0
    with connection.cursor() as cursor:
        cursor.execute("pragma journal_size_limit")
        assert cursor.fetchone() == (16 * 2**20,)
        cursor.execute("pragma busy_timeout")
        assert cursor.fetchone() == (60_000,)
