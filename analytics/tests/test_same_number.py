"""One word, one number: whoever tells the revenue of a shop tells the same revenue."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal as D

import orjson
import pytest
from django.db import transaction
from django.db.models import F
from django.test import override_settings
from django.utils.datastructures import MultiValueDict
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from analytics.faces import render_query
from analytics.query.query import build_query
from analytics.query.run import run_report
from analytics.semantics.comparison import row_keys
from analytics.semantics.filters import Reader
from analytics.semantics.measures import WORDS
from analytics.semantics.report import reports
from catalog.models import Product
from customers.models import Customer
from demo import shop
from ledger import build
from ledger.check import base_amount
from orders.models import Order, OrderItem
from orders.money import rounded
from orders.pricing import Line
from orders.services import place_order
from orders.tests.shop import at

pytestmark = [pytest.mark.django_db, pytest.mark.once]

LAST = date(2026, 11, 1)
NEW_OR_NOT = "customers/new-vs-returning"
ADD_UP = {"gross", "discounts", "returns", "revenue", "tax", "units", "margin"}
# Of these reports each order is in one row; of others it may be in the rows of several products.
BY_DOCUMENT = {path for path, report in reports().items() if report.totals == "orders"}
BY_LINE = {path for path, report in reports().items() if report.totals in ("lines", "goods")}
SEVERAL_ROWS_AN_ORDER = {"revenue/by-category"}
ORDERS_OF_PRODUCTS = ("products/performance", "orders")
UNABRIDGED = {"products/top": "10000", "products/by-country": "1000", "customers/top": "10000"}


@pytest.fixture(scope="module")
def a_busy_shop(django_db_setup, django_db_blocker):
    """With all that could be counted twice or not at all."""
    with django_db_blocker.unblock(), transaction.atomic():
        shop.create_shop(orders=400, customers=60, seed=1, today=LAST + timedelta(1))
        with_the_tax_in_the_price()
        build.current()  # once for all tests: what a test writes goes with its end
        yield
        transaction.set_rollback(True)


def with_the_tax_in_the_price() -> None:
    goods = Product.objects.filter(inventory__quantity__gt=5).order_by("pk")[:3]
    for customer in Customer.objects.exclude(country__code="DE").order_by("pk")[:5]:
        with override_settings(PRICES_INCLUDE_TAX=True):
            order = place_order(
                [Line(good, 1) for good in goods], customer=customer, at=at("2026-10-05")
            )
        # A file may name a product of an order twice.
        order.items.create(product=goods[0], quantity=2, unit_price=D("1.50"))


days = st.dates(LAST - timedelta(760), LAST)
periods = st.tuples(st.none() | days, st.none() | days).map(
    lambda pair: sorted(pair) if all(pair) else pair
)
filters = st.fixed_dictionaries(
    {},
    optional={
        "country": st.lists(
            st.sampled_from(["DE", "FR", "GB", "JP", "CH"]), min_size=1, max_size=3, unique=True
        ),
        "category": st.sampled_from(["Coffee", "Brewing", "Kitchen", "Garden"]).map(lambda x: [x]),
        "returns_on": st.sampled_from(["return", "order"]).map(lambda day: [day]),
    },
)


@st.composite
def questions(draw) -> dict:
    start, end = draw(periods)
    given_days = {"start": start, "end": end}
    return draw(filters) | {name: [str(day)] for name, day in given_days.items() if day}


def ask(path: str, asked: dict):
    more = {"limit": [UNABRIDGED[path]]} if path in UNABRIDGED else {}
    return run_report(path, MultiValueDict(asked | more), Reader())


def added(path: str, asked: dict, *words: str) -> D:
    rows = ask(path, asked).rows
    return sum((row[word] for row in rows for word in words if row[word] is not None), D(0))


@pytest.mark.usefixtures("a_busy_shop")
def test_the_shop_has_all_that_could_go_wrong():
    """Else the next test would say little."""
    assert Order.objects.filter(customer=None).exists()
    assert Order.objects.filter(status="canceled").exists()
    assert Order.objects.filter(kind="return").exists()
    assert Order.objects.filter(tax_included=True).exists()
    assert Order.objects.exclude(currency="EUR").exists()
    assert Order.objects.filter(voucher_amount__gt=0).exists()
    assert Order.objects.filter(shipping_tax__gt=0).exclude(currency="EUR").exists()
    assert Order.objects.filter(kind="return").exclude(placed_on=F("returns__placed_on")).exists()
    assert OrderItem.objects.filter(discount__gt=0).exists()
    assert OrderItem.objects.filter(unit_cost=None).exists()
    pairs = OrderItem.objects.order_by().values("order", "product").distinct()
    assert pairs.count() < OrderItem.objects.count()


@pytest.mark.usefixtures("a_busy_shop")
@settings(
    max_examples=5,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # to shrink an example would take minutes
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(asked=questions())
@example(asked={"start": ["2026-06-05"]})
def test_every_report_tells_the_same_numbers(asked):
    kpis, on_shipping = ask("analytics/kpis", asked).rows[0], tax_on_shipping(asked)
    for path in BY_DOCUMENT | BY_LINE:
        result = ask(path, asked)
        numbers = kpis | {"tax": kpis["tax"] - on_shipping} if path in BY_LINE else kpis
        for word in result.totals.keys() & numbers.keys():
            assert (path, word, result.totals[word]) == (path, word, numbers[word])
        for word in {column.name for column in result.columns} & additive(path):
            assert (path, word, added(path, asked, word)) == (path, word, numbers[word])
    assert added("analytics/daily", asked, "revenue") == kpis["revenue"]
    assert steps(asked) == {name: kpis[name] for name in steps(asked)}
    people_add_up(kpis, asked)


def tax_on_shipping(asked: dict) -> D:
    """What the books have of it: orders count it, lines do not. Of a category there is none."""
    if "category" in asked:
        return D(0)
    (start,), (end,) = asked.get("start", [None]), asked.get("end", [None])
    limits = {"country__code__in": asked.get("country"), "placed_on__gte": start,
              "placed_on__lte": end}  # fmt: skip
    sales = Order.objects.filter(**{name: limit for name, limit in limits.items() if limit})
    taxes = sales.exclude(status="canceled").values_list("shipping_tax", "exchange_rate")
    return sum((base_amount(tax, rate, is_sale=True) for tax, rate in taxes), D(0))


def additive(path: str) -> set[str]:
    once = path in BY_DOCUMENT - SEVERAL_ROWS_AN_ORDER
    return ADD_UP | {"orders"} if once else ADD_UP


def steps(asked: dict) -> dict:
    """Gross sales to revenue and tax; what is taken away stands there with a minus."""
    told = {row["step"]: abs(row["amount"]) for row in ask("revenue/breakdown", asked).rows}
    return {name: told[WORDS[name].label] for name in ("gross", "discounts", "returns")}


def people_add_up(kpis: dict, asked: dict) -> None:
    """Customers are those who bought; what guests bought is told apart."""
    known = added(NEW_OR_NOT, asked, "new_revenue", "returning_revenue")
    assert known + added(NEW_OR_NOT, asked, "guest_revenue") == kpis["revenue"]
    for path in ("customers/by-country", "customers/segments"):
        assert (path, added(path, asked, "revenue")) == (path, known)
        assert (path, ask(path, asked).totals["customers"]) == (path, kpis["customers"])
    assert ask("customers/top", asked).totals["revenue"] == known
    assert len(ask("customers/top", asked).rows) == kpis["customers"]
    assert len(ask("customers/rfm", asked).rows) == kpis["customers"]
    assert added("customers/segments", asked, "customers") == kpis["customers"]
    assert ask("customers/repeat-rate", asked).rows[0]["customers"] == kpis["customers"]
    stats = ask("customers/stats", asked).rows[0]
    assert (stats["customers"], stats["guests"]) == (kpis["customers"], kpis["guests"])
    new = {added(p, asked, "new_customers") for p in ("customers/growth", NEW_OR_NOT)}
    assert len(new) == 1
    if asked.keys() & {"country", "category"}:  # who first bought something else is new in no month
        assert new.pop() <= kpis["new_customers"]
    else:
        assert new == {kpis["new_customers"]}
    assert stats["new_customers"] == kpis["new_customers"]


@pytest.mark.usefixtures("a_busy_shop")
@pytest.mark.parametrize(
    "path", ["revenue/monthly", "products/performance", "customers/by-country"]
)
def test_every_face_tells_the_same_numbers(path):
    question = build_query(reports()[path], MultiValueDict(), Reader())
    told = orjson.loads(render_query(question, "json"))
    table = list(csv.DictReader(io.StringIO(render_query(question, "csv").decode())))
    sheet = load_workbook(io.BytesIO(render_query(question, "xlsx")))["Report"].iter_rows(
        values_only=True
    )
    labels, *cells = sheet
    for column in question.report.columns:
        if column.name in ADD_UP | {"orders"} and (path, column.name) != ORDERS_OF_PRODUCTS:
            place = labels.index(column.label)
            total = D(told["totals"][column.name])
            # Rows are exact, and their sum is rounded once.
            exact = sum(D(row[column.name]) for row in told["rows"])
            assert rounded(exact, "EUR") == total
            assert sum(D(row[column.name]) for row in table) == exact
            assert sum(D(str(row[place])) for row in cells) == exact


LINES = {"orders/lines", "orders/returned"}  # single lines, which no other period has again


@pytest.mark.usefixtures("a_busy_shop")
@pytest.mark.parametrize("path", sorted(reports().keys() - LINES))
def test_no_two_rows_are_about_the_same(path):
    """Else a comparison could not tell which row belongs to which."""
    result = ask(path, {})
    keys = [*row_keys(result.report.key_columns, result.rows)]
    assert len({*keys}) == len(keys)
