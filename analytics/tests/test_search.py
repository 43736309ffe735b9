"""The search page: what a text finds, for whom, in which order, and how many queries it takes."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.pages import search_books
from analytics.pages.search import search
from analytics.semantics.report import reports
from catalog.models import Product
from customers.models import Customer
from orders.models import Order
from orders.services import pay
from orders.tests.visitor import Visitor, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor(signed_in):
    return lambda role, *countries: Visitor(signed_in(role, *countries).user)


@pytest.fixture
def find(visitor):
    """What a role finds: {group: [title, …]} in their order."""

    def find(words, role="admin", *countries):
        answer = visitor(role, *countries).client.get("/search/", {"q": words, "format": "json"})
        groups = answer.json()["groups"]
        return {each["name"]: [hit["title"] for hit in each["hits"]] for each in groups}

    return find


@pytest.fixture(params=["few rows", "many rows"])
def size(request, monkeypatch):
    """Both ways to look into the books find the same."""
    if request.param == "many rows":
        monkeypatch.setattr(search_books, "FEW", -1)


@pytest.fixture
def books(shop, size):
    """Customers in two countries, with an order each."""
    shop.mug = shop.product("MUG-1")
    Product.objects.update(name="Blue mug")
    shop.france = shop.country("France", "FR")
    shop.greta = shop.customer("greta-77")
    Customer.objects.filter(pk=shop.greta.pk).update(name="Greta Holm")
    shop.margaret = shop.customer("margaret-7", shop.france)
    for customer, number in ((shop.greta, "#1001"), (shop.margaret, "A1001")):
        order = pay(shop.sell((shop.mug, 2), customer=customer))
        Order.objects.filter(pk=order.pk).update(number=number)
    return shop


# Reports, pages and actions


def test_what_begins_so_comes_first_then_what_has_such_a_word(find):
    assert find("ret")["Reports"] == [
        "Retention",
        "Returned products",
        "Returned lines",
        "New and returning customers",
    ]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("ltv", "Lifetime value"),
        ("clv", "Lifetime value"),
        ("vat", "Tax by country and rate"),
        ("gst", "Tax by country and rate"),
        ("aov", "Average order value by hour"),
        ("refunded", "Returned products"),
        ("turnover by category", "Net sales by category"),
        ("coup", "Voucher segments"),
        ("profit", "Key figures"),
        ("heatmap", "Orders by weekday and hour"),
        ("hour weekday", "Orders by weekday and hour"),
    ],
)
def test_another_word_for_it_finds_it_too(find, words, first):
    assert next(iter(find(words)["Reports"])) == first


def test_every_report_is_the_first_hit_of_its_name(find):
    missed = []
    for report in reports().values():
        [first, *_] = next(iter(find(report.title).values()))
        missed += [report.title] if first != report.title else []
    assert missed == []


def test_an_entry_and_its_report_at_the_same_address_are_one_hit(visitor):
    page = visitor("admin").opens("/search/?q=retention").content.decode()
    assert page.count('href="/reports/customers/retention/"') == 1


def test_before_typing_there_is_what_was_opened_last(visitor):
    admin = visitor("admin")
    admin.opens("/reports/revenue/monthly/")
    page = admin.opens("/search/")
    assert "Recently opened Net sales over time Sales How much is sold each day" in text(page)


def test_a_role_finds_what_it_may_open(find):
    assert "Top customers" in find("top")["Reports"]
    assert "Top customers" not in find("top", "operator")["Reports"]
    assert find("import") == {"Pages": ["Imports"], "Actions": ["Import file"]}
    assert find("import", "manager") == {}
    assert find("import", "analyst") == {"Pages": ["Imports"]}


def test_actions_alone(find):
    everything = [
        "Switch to light or dark", "Change password", "Import file", "New export",
        "Create schedule", "Create alert",
    ]  # fmt: skip
    assert {*find(">")["Actions"]} == {*everything}
    assert find("> create") == {"Actions": ["Create schedule", "Create alert"]}
    assert find("dark")["Actions"] == ["Switch to light or dark"]


# Books


def test_customers_by_name_code_and_address(find, books):
    for words in ("greta", "GRETA HOLM", "greta-7", "Greta-77@example.com"):
        assert find(words) == {"Customers": ["Greta Holm"]}, words


def test_among_few_customers_also_by_what_is_inside_of_their_names(find, books):
    inside = {"Customers": ["Greta Holm", "Margaret-7"]}
    assert find("ret").get("Customers") == (inside["Customers"] if search_books.FEW > 0 else None)
    assert find("holm") == ({"Customers": ["Greta Holm"]} if search_books.FEW > 0 else {})


def test_products_by_name_and_sku(find, books):
    assert find("mug-1") == find("blue m") == find("Mug-1") == {"Products": ["Blue mug"]}


def test_orders_by_number_with_or_without_its_sign(find, books):
    assert find("1001")["Orders"][0] == "#1001"
    assert find("#1001")["Orders"][0] == "#1001"
    assert find("#10")["Orders"][0] == "#1001"
    assert find("a1001") == find("A10") == {"Orders": ["A1001"]}
    assert find("#a1001") == {"Orders": ["A1001"]}


def test_a_country_manager_finds_what_is_in_the_country(find, books):
    assert find("a1001", "manager", books.germany) == {}
    assert find("a1001", "manager", books.france) == {"Orders": ["A1001"]}
    assert find("margaret", "manager", books.germany) == {}
    assert find("margaret", "manager", books.france) == {"Customers": ["Margaret-7"]}


def test_an_operator_finds_no_customers(find, books):
    assert find("greta", "operator") == {}
    assert find("#1001", "operator")["Orders"][0] == "#1001"


def test_an_inactive_product_is_found_by_those_who_may_change_it(find, books):
    Product.objects.update(is_active=False)
    assert find("blue", "analyst") == {}
    assert find("blue") == {"Products": ["Blue mug"]}


def test_a_percent_sign_is_no_wildcard(find, books):
    assert find("%%") == find("A_001") == {}


def test_the_group_with_the_best_hit_comes_first(find, shop):
    shop.customer("tax")
    assert list(find("tax by")) == ["Reports"]
    assert next(iter(find("tax"))) == "Customers"  # exactly this name


# The page


def test_the_page_says_what_each_hit_is(visitor, books):
    page = visitor("admin").opens("/search/?q=a1001")
    assert "Orders A1001 Paid · 5 Mar 2026 · 24.00 EUR" in text(page)
    assert "Search all reports · customers · products · orders" in text(page)
    assert f'<a href="/orders/{Order.objects.get(number="A1001").pk}/">A1001</a>' in (
        page.content.decode()
    )
    page = visitor("admin").opens("/search/?q=greta+h")
    assert "Greta Holm Germany · greta-77@example.com" in text(page)
    assert 'href="/customers/?search=greta+h"' in page.content.decode()
    page = visitor("admin").opens("/search/?q=mug-1")
    assert "Blue mug MUG-1" in text(page)
    page = visitor("admin").opens("/search/?q=churn+rate")
    assert "Churn rate Customers What share of past buyers has stopped buying?" in text(page)


@pytest.mark.parametrize(
    ("words", "note"),
    [
        ("", "Search reports, pages, customers, products and order numbers."),
        ("x", "Type at least two characters."),
        ("zzqx", "Nothing matches “zzqx”."),
    ],
)
def test_an_empty_answer_says_why(visitor, words, note):
    admin = visitor("admin")
    assert note in text(admin.opens(f"/search/?q={words}"))


def test_a_search_that_cannot_be_read_says_so(visitor):
    admin = visitor("admin")
    assert "at most 100 characters" in text(admin.opens(f"/search/?q={'x' * 101}", 400))
    assert "Null characters" in text(admin.opens("/search/?q=%00", 400))


# Speed


# The stars; of each table a count and the rows; where there are many, three spellings of each field
@pytest.mark.parametrize(("few", "queries"), [(5000, 7), (-1, 28)])
def test_the_number_of_queries_does_not_grow(
    signed_in, books, rf, monkeypatch, few, queries, django_assert_max_num_queries
):
    monkeypatch.setattr(search_books, "FEW", few)
    request = rf.get("/search/", {"q": "mug", "format": "json"})
    request.user = signed_in("admin").user
    with django_assert_max_num_queries(queries):
        search(request)


FULL_SCAN = {
    "sqlite": lambda plan: [row for row in plan if "SCAN" in row[3]],
    "postgresql": lambda plan: [row for row in plan if "Seq Scan" in row[0]],
    "mysql": lambda plan: [row for row in plan if row[3] in ("ALL", "index")],
}


@pytest.fixture
def many(shop, monkeypatch):
    monkeypatch.setattr(search_books, "FEW", 10)
    countries = [shop.germany, shop.country("France", "FR")]
    Customer.objects.bulk_create(
        Customer(
            code=f"C{n}", name=f"Name {n}", email=f"n{n}@example.com", country=countries[n % 2]
        )
        for n in range(3000)
    )
    Product.objects.bulk_create(
        Product(sku=f"S{n}", name=f"Name {n}", price=1) for n in range(3000)
    )
    Order.objects.bulk_create(
        Order(number=f"N{n}", country=countries[n % 2], currency="EUR", placed_on=date(2026, 3, 5))
        for n in range(3000)
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("analyze")
            # Of a small table PostgreSQL reads all rows even if it need not.
            cursor.execute("set local enable_seqscan = off")
    return shop


@pytest.mark.parametrize("role", ["admin", "manager"])
@pytest.mark.parametrize("words", ["n", "n1", "name 12", "n2999", "zzqx"])
def test_no_search_reads_a_whole_table(many, signed_in, role, words):
    user = signed_in(role, many.germany).user
    with CaptureQueriesContext(
        connection,
    ) as captured:
        search_books.customers(user, words)
        search_books.products(user, words)
        search_books.orders(user, words)
    explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
    scans = []
    with connection.cursor() as cursor:
        # Rows are counted up to FEW only.
        for sql in (
            each["sql"] for each in captured.captured_queries if "COUNT(" not in each["sql"]
        ):
            cursor.execute(explain + sql)
            scans += FULL_SCAN[connection.vendor](cursor.fetchall())
    assert scans == []
