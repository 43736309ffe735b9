"""Both ways to read the books give the same ledger, of one moment, whatever is in the books."""

from contextlib import nullcontext
from datetime import UTC, datetime
from decimal import Decimal as D

import duckdb
import pytest
from django.conf import settings
from django.db import connection, transaction

from analytics.tests.forks import Forks
from catalog.models import Category, Product, Tag
from ledger import book_reader, build
from ledger.check import differences
from ledger.models import Snapshot
from ledger.sources import unusable_parts
from ledger.tables import UNPARTITIONED
from orders import services
from orders.models import ExchangeRate, Order
from orders.tests.shop import Shop, at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(transactional_db):
    return Shop()


@pytest.fixture
def odd_books(shop, settings):
    """Sold in three currencies, with tax in the price and beside it, returned, canceled."""
    japan, usa = shop.country("日本", "JP", "JPY", "10"), shop.country("USA", "US", "USD")
    ExchangeRate.objects.create(currency="USD", date="2011-01-01", rate=D("0.9123456789"))
    ExchangeRate.objects.create(currency="JPY", date="2011-01-01", rate=D("0.0071"))
    Category.objects.create(name="Küche 🍳", parent=Category.objects.create(name="Haus"))
    pan = shop.product("Pan ", "19.99", cost="7.3333", category="Küche 🍳")
    tea = shop.product(" été'\"\\", "0.0625", stock=None)
    services.correct_stock(tea, 2000)
    Product.objects.create(sku="sku1", name="x\ty\nz", price=D("99999999999.9999"))
    pan.tags.add(*(Tag.objects.create(name=name) for name in ("gift", "Gift", " 🎁", "é", "e")))
    Product.objects.create(sku="SKU1", name="", price=D(0), cost=D(0), is_active=False)
    ken = shop.customer("Ken|健", japan)
    sale = shop.sell(
        (pan, 3), (tea, 1001), on="2011-01-31 23:59", voucher=D("5"), shipping=D("4.9")
    )
    services.return_items(services.pay(sale), {sale.items.first(): 2}, at=at("2011-02-01 00:00"))
    services.cancel(shop.sell((pan, 1), on="2011-02-28"))
    settings.PRICES_INCLUDE_TAX = True
    foreign = shop.sell((pan, 7), (tea, 3), on="2011-03-13 07:30", customer=ken, shipping=D(500))
    services.return_items(services.pay(foreign), {foreign.items.first(): 1}, at=at("2011-03-31"))
    shop.sell((pan, 3), on="2011-03-13", voucher=D("0.01"))
    shop.sell((pan, 2), on="2011-12-31 23:30", customer=None, country=usa)
    last_moment = datetime(2011, 1, 31, 23, 59, 59, 999999, UTC)
    Order.objects.filter(pk=sale.pk).update(placed_at=last_moment)
    return shop


def contents(snapshot) -> dict[str, bytes]:
    return {
        part: (settings.LEDGER_FOLDER / file).read_bytes() for part, file in snapshot.files.items()
    }


def lines(snapshot, month: str, columns: str) -> list[tuple]:
    file = str(settings.LEDGER_FOLDER / snapshot.files[f"lines/{month}"])
    return duckdb.read_parquet(file).select(columns).fetchall()


def money(amounts: str) -> tuple:
    return tuple(map(D, amounts.split()))


def test_both_readers_write_the_same_bytes(odd_books):
    """Inside of a transaction rows come through the cursor, on every database."""
    assert bool(book_reader.extension_file()) == (connection.vendor != "sqlite")
    outside = contents(build.build(full=True))
    with transaction.atomic():
        inside = contents(build.build(full=True))
    assert [part for part in outside if outside[part] != inside.get(part)] == []
    months = ("2011-01", "2011-02", "2011-03", "2011-12")
    assert inside.keys() == {
        *(f"{kind}/{month}" for month in months for kind in ("lines", "orders")),
        "countries", "customers", "inventory", "product_tags", "products",
    }  # fmt: skip


@pytest.mark.parametrize("in_transaction", [True, False])
def test_the_ledger_of_odd_books_says_what_they_say(odd_books, in_transaction):
    with transaction.atomic() if in_transaction else nullcontext():
        build.build(full=True)
        assert list(differences()) == []


def test_amounts_are_in_the_base_currency_and_without_tax(odd_books):
    snapshot = build.build()
    amounts = "gross, discount, returned, revenue, tax, costed, cost"
    assert lines(snapshot, "2011-03", f"{amounts}, units, returned_units") == [
        # 7 at 2815 yen, 1791 of it tax, 1 yen = 0.0071 EUR; 3 at 9 yen of unknown cost
        (*money("127.1894 0 0 127.1894 12.7161 127.1894 51.3401"), 7, 0),
        (*money("0.1775 0 0 0.1775 0.0142 0 0"), 3, 0),
        # 3 at 19.99 EUR less a voucher of 0.01, 9.57 of it tax
        (*money("50.3984 0.0084 0 50.39 9.57 50.39 21.9999"), 3, 0),
        # one of the seven came back
        (*money("0 0 18.1689 -18.1689 -1.8176 -18.1689 -7.3343"), 0, 1),
    ]
    assert lines(snapshot, "2011-01", amounts) == [
        money("59.97 2.45 0 57.52 10.93 57.52 21.9999"),
        money("62.5625 2.55 0 60.0125 11.40 0 0"),
    ]


def test_one_line_of_each_product_in_an_order_is_the_first(shop):
    mug, pot = shop.product("mug"), shop.product("pot")
    sale = shop.sell((mug, 1), (pot, 2), on="2011-03-13")
    for product, quantity in ((pot, 3), (mug, 4), (mug, 5)):
        sale.items.create(product=product, quantity=quantity, unit_price=D(10))
    shop.sell((mug, 6), on="2011-03-13")
    shop.give_back(sale, 1, on="2011-03-14")
    columns = "order_id, product_id, units - returned_units, first_of_product"
    first, second, third = Order.objects.order_by("pk").values_list("pk", flat=True)
    assert lines(build.build(), "2011-03", columns) == [
        (first, mug.pk, 1, True),
        (first, mug.pk, 4, False),
        (first, mug.pk, 5, False),
        (first, pot.pk, 2, True),
        (first, pot.pk, 3, False),
        (second, mug.pk, 6, True),
        (third, mug.pk, -1, True),
    ]
    assert list(differences()) == []


def test_orders_have_the_sums_of_their_lines_and_amounts_and_tax_of_their_own(odd_books):
    file = str(settings.LEDGER_FOLDER / build.build().files["orders/2011-03"])
    columns = "kind, returns_id is null, revenue, tax, units, returned_units, shipping, voucher"
    assert duckdb.read_parquet(file).select(columns).fetchall() == [
        # 500 yen of shipping, 45 of it tax
        ("sale", True, D("127.3669"), D("13.0498"), 10, 0, D("3.2305"), D(0)),
        ("sale", True, D("50.39"), D("9.57"), 3, 0, D(0), D("0.01")),
        ("return", False, D("-18.1689"), D("-1.8176"), 0, 1, D(0), D(0)),
    ]


def test_text_comes_as_it_was_written(odd_books):
    files = build.build().files
    products = duckdb.read_parquet(str(settings.LEDGER_FOLDER / files["products"]))
    assert products.select("sku, product, category, price, unit_cost, is_active").fetchall() == [
        ("Pan ", "Pan ", "Küche 🍳", D("19.99"), D("7.3333"), True),
        (" été'\"\\", " Été'\"\\", None, D("0.0625"), None, True),
        ("sku1", "x\ty\nz", None, D("99999999999.9999"), None, True),
        ("SKU1", "", None, D(0), D(0), False),
    ]
    countries = duckdb.read_parquet(str(settings.LEDGER_FOLDER / files["countries"]))
    assert ("日本", "JP") in countries.select("country, country_code").fetchall()


# The shop's clock


def sell_at_midnight_in_new_york():
    """In a process whose TIME_ZONE is America/New_York: 4 or 5 hours behind UTC."""
    shop = Shop()
    mug = shop.product("mug")
    for moment in "2026-03-01 04:59", "2026-03-01 05:00", "2026-03-08 07:00", "2026-04-01 03:59":
        shop.sell((mug, 1), on=moment)
    snapshot = build.current(0)
    told = "cast(placed_at as varchar), cast(day as varchar)"
    assert lines(snapshot, "2026-02", told) == [("2026-02-28 23:59:00", "2026-02-28")]
    assert lines(snapshot, "2026-03", told) == [
        ("2026-03-01 00:00:00", "2026-03-01"),
        ("2026-03-08 03:00:00", "2026-03-08"),  # the first minute of summer time
        ("2026-03-31 23:59:00", "2026-03-31"),
    ]
    assert snapshot.files.keys() == {
        "lines/2026-02", "orders/2026-02", "lines/2026-03", "orders/2026-03", *UNPARTITIONED
    }  # fmt: skip
    assert list(differences()) == []


def test_days_and_months_end_at_the_shops_own_midnight(transactional_db):
    with Forks(TIME_ZONE="America/New_York") as new_york:
        assert new_york.run(sell_at_midnight_in_new_york) == 0
    assert (
        unusable_parts(Snapshot.objects.get()) == Snapshot.objects.get().files.keys()
    )  # here it is UTC
