"""Every format: its file is recognised however it is written, and becomes exactly these lines."""

import csv
import io
from pathlib import Path

import pytest

from imports.files import tables_of
from imports.formats import FIELDS, formats, recognise
from imports.formats.generic import BadMapping, generic
from imports.staging import Staging

pytestmark = pytest.mark.once

SAMPLES = Path(__file__).parents[2] / "tests" / "data"
FILES = {
    "amazon": "amazon.txt",
    "olist": "olist/olist_order_items_dataset.csv",
    "purchases": "purchases.csv",
    "shopify": "shopify.csv",
    "stripe": "stripe.csv",
    "uci": "uci.csv",
    "vouchers": "vouchers.csv",
    "woocommerce": "woocommerce.csv",
}


def header_of(name):
    text = (SAMPLES / FILES[name]).read_text(encoding="utf-8")
    return next(csv.reader(io.StringIO(text), delimiter="\t" if name == "amazon" else ","))


def checked(known, folder, *paths, zone="UTC"):
    """The lines of the files, the first of which is the main one, as staging checks them."""
    tables = []
    for number, path in enumerate(paths):
        (folder / str(number)).mkdir()
        tables += tables_of(path, path.name, folder / str(number))
    staging = Staging(folder, zone)
    staging.load(tables, tables[0], known)
    staging.check_rows(known, comma=tables[0].decimal_comma, has_nul=tables[0].has_nul)
    return staging


def lines(staging, *names):
    """The good lines as text, empty where there is nothing, by record and then by document."""
    shown = ", ".join(f"coalesce(cast({name} as varchar), '')" for name in names)
    return staging.run(
        f"select record, {shown} from checked where problem is null order by record, document, sku"
    )


def problems(staging):
    found = staging.run(
        "select record, problem from checked where problem is not null order by record"
    )
    return [(record, staging.rules[problem].code) for record, problem in found]


def sample(name, folder):
    return checked(formats()[name], folder, SAMPLES / FILES[name])


@pytest.mark.parametrize("name", FILES)
def test_a_sample_is_recognised_as_its_format(name):
    assert recognise(header_of(name)).name == name


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "written",
    [
        lambda names: [name.upper() for name in names],
        lambda names: [f"  {name.lower()} " for name in names],
        lambda names: [name.replace("_", " ").replace("-", " ") for name in names],
        lambda names: ["\ufeff" + names[0], *names[1:]],
        lambda names: names[::-1],
        lambda names: ["Extra", *names, "Another Column"],
    ],
    ids=["upper", "blanks", "other signs", "BOM", "reversed", "extra columns"],
)
def test_a_header_is_recognised_however_it_is_written(name, written):
    assert recognise(written(header_of(name))).name == name


@pytest.mark.parametrize("name", FILES)
def test_a_header_without_a_needed_column_is_not_that_format(name):
    known = formats()[name]
    needed = known.required[0]
    without = [title for title in header_of(name) if known.canonical_name(title) != needed]
    assert known.matched(without) == 0


def test_an_unknown_header_is_no_format_and_none_takes_it_by_chance():
    assert recognise(["Datum", "Artikel", "Anzahl", "Preis"]) is None


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("uci", "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country"),
        ("stripe", "id,Created (UTC),Amount,Amount Refunded,Currency,Status,Customer Email"),
        (
            "vouchers",
            "order_ts,country_code,last_order_ts,first_order_ts,total_orders,voucher_amount",
        ),
    ],
)
def test_other_spellings_of_a_format_are_recognised(name, header):
    assert recognise(header.split(",")).name == name


@pytest.mark.parametrize("known", formats().values(), ids=lambda known: known.name)
def test_a_format_fills_known_fields_only(known):
    if known.stores == "orders":
        assert set(known.fields) <= set(FIELDS)


def test_uci_lines_are_exact(tmp_path):
    staging = sample("uci", tmp_path)
    names = ("document", "kind", "utc_time", "customer", "country", "sku", "quantity", "unit_price")
    uk = "United Kingdom"
    assert lines(staging, *names) == [
        (1, "536365", "sale", "2010-12-01 08:26:00", "17850", uk, "85123A", "6.0000", "2.5500"),
        (2, "536365", "sale", "2010-12-01 08:26:00", "17850", uk, "71053", "6.0000", "3.3900"),
        (3, "536365", "sale", "2010-12-01 08:26:00", "17850", uk, "84406B", "8.0000", "2.7500"),
        (4, "536381", "sale", "2010-12-01 09:41:00", "15311", uk, "15056BL", "2.0000", "5.9500"),
        (5, "C536379", "return", "2010-12-01 09:41:00", "14527", uk, "D", "1.0000", "27.5000"),
        (6, "536414", "sale", "2010-12-01 11:52:00", "", uk, "22139", "56.0000", "0.0000"),
        (8, "536862", "sale", "2010-12-03 11:13:00", "", uk, "15056bl", "1.0000", "12.7200"),
        (9, "A563185", "sale", "2011-08-12 14:50:00", "", uk, "B", "1.0000", "11062.0600"),
    ]
    assert problems(staging) == [(7, "stock_correction"), (10, "negative_unit_price")]


def test_purchases_that_say_the_same_are_two(tmp_path):
    staging = sample("purchases", tmp_path)
    names = ("customer", "country", "utc_time", "sku", "quantity", "unit_price")
    assert lines(staging, *names) == [
        (1, "Ada Miller", "Norway", "2024-12-05 00:00:00", "purchase", "1.0000", "418.1500"),
        (2, "Ben Okafor", "New Caledonia", "2024-03-07 00:00:00", "purchase", "1.0000", "352.1300"),
        (3, "Ada Miller", "Norway", "2024-12-05 00:00:00", "purchase", "1.0000", "418.1500"),
        (4, "Costa, Rui", "PT", "2025-02-14 00:00:00", "purchase", "1.0000", "10.8700"),
    ]
    assert staging.scalar("select count(distinct document) from checked") == 4


def test_a_purchase_keeps_its_number_when_others_stand_before_it(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    header, *rows = (SAMPLES / "purchases.csv").read_text().splitlines(keepends=True)
    moved = tmp_path / "moved.csv"
    moved.write_text(header + "".join(reversed(rows)))
    before = checked(formats()["purchases"], tmp_path / "a", SAMPLES / "purchases.csv")
    after = checked(formats()["purchases"], tmp_path / "b", moved)
    numbers = "select document from checked order by document"
    assert before.run(numbers) == after.run(numbers)


def test_shopify_lines_are_exact(tmp_path):
    staging = sample("shopify", tmp_path)
    assert lines(staging, "document", "kind", "status", "utc_time", "email", "country") == [
        (1, "#1001", "sale", "shipped", "2024-05-01 14:58:12", "ann@example.com", "US"),
        (2, "#1001", "sale", "shipped", "2024-05-01 14:58:12", "", ""),
        (3, "#1002", "sale", "paid", "2024-05-03 16:00:00", "bo@example.com", "Germany"),
        (3, "#1002-refund", "return", "paid", "2024-05-04 13:00:00", "bo@example.com", "Germany"),
        (4, "#1003", "sale", "shipped", "2024-05-05 17:30:00", "ann@example.com", "US"),
        (4, "#1003-refund", "return", "shipped", "2024-05-06 15:00:00", "ann@example.com", "US"),
        (5, "#1004", "sale", "canceled", "2024-05-07 15:00:00", "", ""),
    ]
    names = ("sku", "product", "quantity", "unit_price", "discount", "order_discount", "shipping")
    assert lines(staging, *names, "order_tax") == [
        (1, "TEE-BLK-S", "Crew Tee - Black / S", "2.0000", "9.9900", "0.0000", "0.0000", "5.0000",
         "2.4000"),
        (2, "MUG", "Mug", "1.0000", "10.0000", "0.0000", "0.0000", "", ""),
        (3, "MUG", "Mug", "3.0000", "10.0000", "0.0000", "3.0000", "0.0000", "0.0000"),
        (3, "MUG", "Mug", "3.0000", "10.0000", "0.0000", "3.0000", "0.0000", "0.0000"),
        # The discount amount holds the line's own, as the subtotal tells: nothing is left over.
        (4, "CAP", 'Cap, "Classic"', "4.0000", "10.0000", "2.0000", "0.0000", "4.0000", "0.0000"),
        (4, "refund", "Refund", "1.0000", "8.5000", "", "", "", ""),
        (5, "Gift wrap", "Gift wrap", "1.0000", "10.0000", "0.0000", "0.0000", "0.0000", "0.0000"),
    ]  # fmt: skip
    assert problems(staging) == []


def test_shopify_discounts_of_lines_are_told_once_whatever_the_discount_amount_holds(tmp_path):
    """Of the first order it holds them, of the second it does not: the subtotals tell."""
    path = tmp_path / "discounts.csv"
    path.write_text(
        "Name,Financial Status,Created at,Subtotal,Discount Amount,Lineitem quantity,Lineitem name,"
        "Lineitem price,Lineitem discount\n"
        "#1,paid,2024-05-01 10:00:00 +0000,25.00,5.00,1,Mug,10.00,1.00\n#1,,,,,2,Cap,10.00,2.00\n"
        "#2,paid,2024-05-01 10:00:00 +0000,25.00,2.00,1,Mug,10.00,1.00\n#2,,,,,2,Cap,10.00,2.00\n"
    )
    staging = checked(formats()["shopify"], tmp_path, path)
    assert lines(staging, "document", "sku", "discount", "order_discount") == [
        (1, "#1", "Mug", "1.0000", "2.0000"),
        (2, "#1", "Cap", "2.0000", "2.0000"),
        (3, "#2", "Mug", "1.0000", "2.0000"),
        (4, "#2", "Cap", "2.0000", "2.0000"),
    ]


def test_a_shopify_refund_that_cannot_be_read_sets_the_order_aside(tmp_path):
    text = (SAMPLES / "shopify.csv").read_text().replace(",8.50,", ",eight,")
    path = tmp_path / "bad.csv"
    path.write_text(text)
    staging = checked(formats()["shopify"], tmp_path, path)
    assert problems(staging) == [(4, "bad_number")]


def test_woocommerce_lines_are_exact(tmp_path):
    staging = sample("woocommerce", tmp_path)
    assert lines(staging, "document", "kind", "status", "utc_time", "email", "country") == [
        (1, "501", "sale", "delivered", "2024-03-05 14:22:10", "cara@example.com", "AT"),
        (1, "501", "sale", "delivered", "2024-03-05 14:22:10", "cara@example.com", "AT"),
        (2, "502", "sale", "paid", "2024-03-06 09:00:00", "cara@example.com", "AT"),
        (2, "502-refund", "return", "paid", "2024-03-09 10:00:00", "cara@example.com", "AT"),
        (3, "503", "sale", "paid", "2024-03-07 09:00:00", "dan@example.com", "DE"),
        (3, "503-refund", "return", "paid", "2024-03-07 09:00:00", "dan@example.com", "DE"),
    ]
    names = ("sku", "product", "quantity", "unit_price", "discount", "shipping", "order_tax")
    assert lines(staging, *names) == [
        (1, "16", "Sticker: small", "3.0000", "6.6667", "0.0001", "4.9000", "9.0900"),
        (1, "woo-beanie", "Beanie with Logo", "2.0000", "20.0000", "4.0000", "4.9000", "9.0900"),
        (2, "woo-cap", "Cap", "1.0000", "20.0000", "0.0000", "0.0000", "0.0000"),
        (2, "refund", "Refund", "1.0000", "5.0000", "0.0000", "", ""),
        (3, "woo-cap", "Cap", "1.0000", "20.0000", "0.0000", "0.0000", "0.0000"),
        (3, "woo-cap", "Cap", "1.0000", "20.0000", "0.0000", "0.0000", "0.0000"),
    ]
    assert problems(staging) == [(4, "missing_sku")]


def test_amazon_lines_are_exact(tmp_path):
    staging = sample("amazon", tmp_path)
    assert lines(staging, "document", "status", "utc_time", "country", "currency", "email") == [
        (1, "112-0000001-0000001", "shipped", "2024-04-10 09:15:00", "US", "USD", ""),
        (2, "112-0000001-0000001", "shipped", "2024-04-10 09:15:00", "US", "USD", ""),
        (5, "112-0000003-0000003", "delivered", "2024-04-12 10:00:00", "GB", "GBP", ""),
    ]
    names = ("sku", "quantity", "unit_price", "discount", "tax", "shipping", "order_tax")
    assert lines(staging, *names) == [
        (1, "SHEET-Q", "3.0000", "33.3334", "10.0002", "8.2500", "5.0000", "0.5000"),
        (2, "MUG-4", "1.0000", "21.0000", "0.0000", "", "5.0000", "0.5000"),
        (5, "MUG-4", "2.0000", "21.0000", "0.0000", "", "0.0000", "0.0000"),
    ]
    assert problems(staging) == [(3, "canceled_item"), (4, "canceled_item")]


def test_stripe_lines_are_exact_and_its_times_are_utc(tmp_path):
    staging = checked(formats()["stripe"], tmp_path, SAMPLES / "stripe.csv", zone="Europe/Berlin")
    names = ("document", "kind", "status", "utc_time", "customer", "sku", "unit_price")
    assert lines(staging, *names) == [
        (1, "ch_1", "sale", "paid", "2025-01-10 10:00:00", "cus_1", "payment", "35.1000"),
        (2, "ch_2", "sale", "paid", "2025-01-11 23:59:59", "cus_1", "payment", "10.0000"),
        (2, "ch_2-refund", "return", "paid", "2025-01-20 08:00:00", "cus_1", "payment", "10.0000"),
        (3, "ch_3", "sale", "paid", "2025-01-12 12:00:00", "", "payment", "1234.5000"),
        (3, "ch_3-refund", "return", "paid", "2025-01-13 09:00:00", "", "refund", "200.0000"),
        (5, "ch_5", "sale", "pending", "2025-01-14 12:00:00", "cus_1", "payment", "50.0000"),
    ]
    assert lines(staging, "email", "currency", "customer_name")[0] == (
        1, "eve@example.com", "EUR", "Eve Example",
    )  # fmt: skip
    assert problems(staging) == [(4, "failed_payment")]


def test_an_old_stripe_export_with_decimal_commas_is_read(tmp_path):
    staging = checked(formats()["stripe"], tmp_path, SAMPLES / "stripe_old.csv")
    assert lines(staging, "document", "utc_time", "country", "sku", "unit_price") == [
        (1, "ch_9", "2016-02-01 13:05:00", "IE", "payment", "20.5000"),
        (1, "ch_9-refund", "2016-02-01 13:05:00", "IE", "refund", "5.2500"),
    ]


def test_whether_prices_hold_the_tax_is_told_by_the_totals_or_the_market(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    path = tmp_path / "german.csv"
    path.write_text((SAMPLES / "shopify.csv").read_text().replace(",37.38,", ",34.98,"))
    told = "select distinct tax_included from checked where document = '#1001' and record = 1"
    assert sample("shopify", tmp_path / "a").scalar(told) == "false"
    assert checked(formats()["shopify"], tmp_path / "b", path).scalar(told) == "true"

    path = tmp_path / "german.txt"
    path.write_text((SAMPLES / "amazon.txt").read_text().replace("Amazon.com", "Amazon.de"))
    (tmp_path / "c").mkdir()
    (tmp_path / "d").mkdir()
    told = "select distinct tax_included from checked"
    assert sample("amazon", tmp_path / "c").scalar(told) == "false"
    assert checked(formats()["amazon"], tmp_path / "d", path).scalar(told) == "true"


def test_olist_lines_are_exact(tmp_path):
    main = SAMPLES / "olist" / "olist_order_items_dataset.csv"
    others = sorted(path for path in main.parent.iterdir() if path != main)
    staging = checked(formats()["olist"], tmp_path, main, *others)
    perfume = "1e9e8ef04dbcff4541ed26657ea517e5"
    other = "3aa071139cb16b67ca9e5dea641aaa2f"
    names = ("document", "status", "utc_time", "customer", "country", "currency", "shipping")
    assert lines(staging, *names) == [
        (1, "a1", "delivered", "2017-10-02 10:56:33", "u1", "Brazil", "BRL", "17.4400"),
        (2, "a1", "delivered", "2017-10-02 10:56:33", "u1", "Brazil", "BRL", "17.4400"),
        (3, "a2", "paid", "2017-10-03 11:00:00", "u1", "Brazil", "BRL", "22.7600"),
    ]
    assert lines(staging, "sku", "product", "category", "quantity", "unit_price") == [
        (1, perfume, "perfumaria 1e9e8ef0", "perfumaria", "1.0000", "29.9900"),
        (2, perfume, "perfumaria 1e9e8ef0", "perfumaria", "1.0000", "29.9900"),
        (3, other, "product 3aa07113", "", "1.0000", "118.7000"),
    ]
    assert problems(staging) == [(4, "missing_placed")]


def test_olist_pieces_of_a_product_that_is_not_told_of_are_kept(tmp_path):
    main = SAMPLES / "olist" / "olist_order_items_dataset.csv"
    others = [path for path in sorted(main.parent.iterdir()) if path != main]
    header = (main.parent / "olist_products_dataset.csv").read_text().splitlines()[0]
    empty = tmp_path / "olist_products_dataset.csv"
    empty.write_text(f"{header}\n")
    others = [empty if path.name == empty.name else path for path in others]
    staging = checked(formats()["olist"], tmp_path, main, *others)
    assert lines(staging, "product", "category") == [
        (1, "product 1e9e8ef0", ""),
        (2, "product 1e9e8ef0", ""),
        (3, "product 3aa07113", ""),
    ]


def test_every_record_of_a_format_leads_to_a_line_or_a_reason(tmp_path):
    for name in ("amazon", "shopify", "stripe", "woocommerce"):
        (tmp_path / name).mkdir()
        staging = sample(name, tmp_path / name)
        told = staging.run("select distinct record from checked order by 1")
        assert told == staging.run("select record from raw order by 1")


def test_voucher_fields_stand_for_the_columns_of_the_file():
    assert formats()["vouchers"].fields == {
        "sent_at": "timestamp",
        "country": "countrycode",
        "first_order": "firstorderts",
        "last_order": "lastorderts",
        "orders": "totalorders",
        "amount": "voucheramount",
    }
    assert formats()["vouchers"].stores == "vouchers"


def test_a_drawn_mapping_reads_a_file_of_no_known_format(tmp_path):
    path = tmp_path / "kasse.csv"
    path.write_text(
        "Beleg;Datum;Ware;Preis €;Preis $;顧客\nB1;24.12.2025 10:00;Tee;3,50;4,00;李\n", "utf-8"
    )
    known = generic(
        {
            "document": "Beleg",
            "placed": "datum",
            "sku": "Ware",
            "unit_price": "Preis $",
            "customer": "顧客",
        }
    )
    staging = checked(known, tmp_path, path)
    assert lines(staging, "document", "utc_time", "sku", "quantity", "unit_price", "customer") == [
        (1, "B1", "2025-12-24 10:00:00", "Tee", "1.0000", "4.0000", "李")
    ]


def test_a_mapping_without_a_number_makes_each_row_an_order(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("When,How much\n2025-01-01,5\n2025-01-01,5\n2025-01-02,\n")
    staging = checked(generic({"placed": "When", "unit_price": "How much"}), tmp_path, path)
    assert lines(staging, "sku", "product", "unit_price") == [
        (1, "item", "Item", "5.0000"),
        (2, "item", "Item", "5.0000"),
    ]
    assert staging.scalar("select count(distinct document) from checked") == 3
    assert problems(staging) == [(3, "missing_unit_price")]


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"placed": "Day"}, "unit_price: say which column it is."),
        ({"placed": "Day", "unit_price": "P", "colour": "C"}, "colour: not a field."),
        ({"placed": "Day", "unit_price": "P", "sku": " "}, "sku: say which column it is, or"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused_with_words(mapping, words):
    with pytest.raises(BadMapping, match=words):
        generic(mapping)


def test_a_generic_file_is_never_recognised_by_itself():
    assert "generic" not in formats()


def test_what_a_format_reckons_is_right_beside_decimal_commas(tmp_path):
    path = tmp_path / "amazon.txt"
    text = (SAMPLES / "amazon.txt").read_text()
    path.write_text(
        text.replace("100.00", "1.000,00").replace("5.99", "5,99").replace("21.00", "21,00")
    )
    for old, new in (("10.00", "10,00"), ("8.25", "8,25"), ("0.50", "0,50"), ("2.00", "2,00")):
        path.write_text(path.read_text().replace(old, new))
    staging = checked(formats()["amazon"], tmp_path, path)
    assert lines(staging, "sku", "unit_price", "discount", "tax", "shipping")[0] == (
        1, "SHEET-Q", "333.3334", "10.0002", "8.2500", "5.0000",
    )  # fmt: skip
