"""The lists of orders, products and customers over HTTP."""

import re
from decimal import Decimal as D
from html import escape, unescape
from urllib.parse import urlencode

import pytest
from django.utils.datastructures import MultiValueDict

from analytics.pages.overview_panels import TILES
from analytics.pages.report_links import ReportLinks
from analytics.query.run import run_report
from analytics.semantics.filters import Reader
from analytics.semantics.report import reports
from catalog.models import Category, Inventory, Product
from customers.models import Customer
from orders.services import cancel, pay, return_items
from orders.tests.shop import at
from orders.tests.visitor import Visitor, cells, text

pytestmark = pytest.mark.django_db

NEWEST = "1 to 4 of 4, the newest first"


@pytest.fixture
def visitor(signed_in):
    return lambda role, *countries: Visitor(signed_in(role, *countries).user)


@pytest.fixture
def admin(visitor):
    return visitor("admin")


LEAD_TO_ONE_ORDER = {"orders/list", "orders/amounts"}
LEAD_TO_ORDERS = {
    "analytics/daily",
    "analytics/kpis",
    "customers/buyers",
    "customers/by-country",
    "customers/cohort-value",
    "customers/cohorts",
    "customers/growth",
    "customers/new-vs-returning",
    "customers/retention",
    "customers/stats",
    "customers/top",
    "explore",
    "geographic/country-performance",
    "geographic/revenue-by-country",
    "orders/by-day-of-month",
    "orders/by-day-of-week",
    "orders/by-hour",
    "orders/by-month",
    "orders/heatmap",
    "orders/status",
    "orders/value-by-hour",
    "products/abc",
    "products/by-country",
    "products/over-time",
    "products/performance",
    "products/returns",
    "products/sell-through",
    "products/sold",
    "products/top",
    "products/where",
    "revenue/by-category",
    "revenue/by-day-of-week",
    "revenue/by-hour",
    "revenue/daily-trend",
    "revenue/growth",
    "revenue/monthly",
}


@pytest.fixture
def week(shop):
    """Three sales in two countries, one canceled, one that comes back in part."""
    shop.mug = shop.product("mug", "10.00", category="Mugs")
    shop.cup = shop.product("cup", "4.00", category="Cups")
    Category.objects.filter(name="Cups").update(parent=shop.mug.category)
    shop.lid = shop.product("lid", "1.00")
    shop.france = shop.country("France", "FR", rate="20")
    shop.ben = shop.customer("ben", shop.france)
    shop.first = pay(shop.sell((shop.mug, 2), (shop.cup, 1), on="2026-03-02 09:15"))
    shop.second = shop.sell((shop.cup, 3), on="2026-03-03 20:00", customer=shop.ben)
    shop.third = shop.sell((shop.lid, 7), on="2026-03-08 23:59", customer=None)
    shop.fourth = cancel(shop.sell((shop.mug, 9), on="2026-03-04 09:30"))
    mugs = shop.first.items.get(product=shop.mug)
    shop.back = return_items(shop.first, {mugs: 1}, at=at("2026-03-09 10:00"))
    return shop


def summed(page) -> str:
    found = re.search('<h2 id="documents">(.*?)</h2>', page.content.decode(), re.DOTALL)[1]
    return unescape(" ".join(re.sub("<[^>]*>", " ", found).split()))


def first_cells(page) -> list[str]:
    return re.findall(r'<tr><td><a href="[^"]*">(.*?)</a>', page.content.decode())


# Orders


def test_the_list_shows_the_documents_and_what_they_come_to(week, admin):
    page = admin.opens("/orders/")
    assert summed(page) == "3 sales and 1 return · net sales 33.00 EUR"
    assert cells(page, NEWEST) == [
        [week.back.number, "return", "refunded", "9 Mar 2026, 10:00", "Anna", "Germany",
         "11.90 EUR", "-10.00"],
        [week.third.number, "sale", "pending", "8 Mar 2026, 23:59", "guest", "Germany",
         "8.33 EUR", "7.00"],
        [week.second.number, "sale", "pending", "3 Mar 2026, 20:00", "Ben", "France",
         "14.40 EUR", "12.00"],
        [week.first.number, "sale", "paid", "2 Mar 2026, 09:15", "Anna", "Germany",
         "28.56 EUR", "24.00"],
    ]  # fmt: skip
    assert f'href="/orders/{week.back.pk}/"' in page.content.decode()
    assert f'href="/customers/{week.ben.pk}/"' in page.content.decode()


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("start=2026-03-03&end=2026-03-08", "2 sales · net sales 19.00 EUR"),
        ("country=FR", "1 sale · net sales 12.00 EUR"),
        ("buyer=ann", "1 sale and 1 return · net sales 14.00 EUR"),
        ("kind=return", "0 sales and 1 return · net sales -10.00 EUR"),
        ("category=Mugs", "2 sales and 1 return · net sales 26.00 EUR"),
        ("shelf=Mugs", "1 sale and 1 return · net sales 10.00 EUR"),
        ("weekday=1&hour=9", "1 sale · net sales 24.00 EUR"),
        ("total_min=20", "1 sale · net sales 24.00 EUR"),
        (
            "status=canceled",
            "1 canceled order · net sales would have been 90.00 EUR; not counted in any report",
        ),
    ],
)
def test_the_sum_is_that_of_what_is_chosen(week, admin, query, told):
    assert summed(admin.opens(f"/orders/?{query}")) == told


@pytest.mark.once
@pytest.mark.parametrize("path", [path for path in reports() if path not in LEAD_TO_ONE_ORDER])
def test_a_row_of_a_report_leads_to_orders_of_that_total(week, admin, path):
    asked = {"product": [str(week.mug.pk)]} if "product" in reports()[path].form.own_names() else {}
    links = ReportLinks(run_report(path, MultiValueDict(asked), Reader()), may_list_orders=True)
    rows = links.answer.rows[:4]
    led = [(row, address) for row in rows if (address := links.row_link(row))]
    assert bool(led) == (path in LEAD_TO_ORDERS)
    for row, address in led:
        found = found_in(admin.opens(address))
        for number in {"revenue", "orders", "documents"} & row.keys():
            assert found[number] == row[number], address


@pytest.mark.once
@pytest.mark.parametrize("path", sorted(LEAD_TO_ORDERS))
def test_each_number_leads_to_the_orders_that_it_counts(week, admin, path):
    """Of the last row, and of the totals."""
    asked = {"product": [str(week.mug.pk)]} if "product" in reports()[path].form.own_names() else {}
    links = ReportLinks(run_report(path, MultiValueDict(asked), Reader()), may_list_orders=True)
    last = links.answer.rows[-1]
    numbers = [(last[name], links.row_link(last, name), name) for name in CHECKED & last.keys()]
    totals = links.answer.totals or {}
    numbers += [(totals[name], links.total_link(name), name) for name in CHECKED & totals.keys()]
    for number, address, name in numbers:
        found = found_in(admin.opens(address))
        if name == "customers":
            rows = admin.opens(address.replace("/orders/?", "/api/orders/list/?")).json()["rows"]
            found[name] = len({row["customer_id"] for row in rows})
        assert found[name] == number, address


CHECKED = {"revenue", "orders", "documents", "returns", "guests", "customers"}


def found_in(page) -> dict[str, D]:
    """What the page says that its orders come to."""
    amounts = [D(found) for found in re.findall(r"-?\d+(?:\.\d+)?", summed(page))]
    sales, returns, revenue = amounts[0], sum(amounts[1:-1]), amounts[-1]
    return {
        "revenue": revenue, "orders": sales, "documents": sales + returns, "guests": sales,
        "returns": -revenue,
    }  # fmt: skip


@pytest.mark.once
def test_figures_of_the_main_chart_lead_to_their_orders(week, admin):
    found = {}
    for name in TILES:
        address = f"/?period=custom&start=2026-03-01&end=2026-03-31&chart={name}"
        page = admin.opens(address).content.decode()
        [(link, label)] = re.findall(
            '<a href="([^"]*)" aria-label="([^"]*): show the orders"', page
        )
        found[label] = summed(admin.opens(unescape(link)))
    sales = "3 sales · net sales 43.00 EUR"
    every = "3 sales and 1 return · net sales 33.00 EUR"
    assert found == {
        "Net sales 33.00": every,
        "Orders 3": sales,
        "Average order value 14.33": sales,
        "Customers 2": "2 sales · net sales 36.00 EUR",
        "Returning rate 0.0 %": "2 sales · net sales 36.00 EUR",
        "Return rate 23.3 %": every,
        "Margin –": every,
    }


def test_a_list_of_orders_can_be_split(week, admin):
    page = admin.opens("/orders/?weekday=1&hour=9&country=DE&kind=sale").content.decode()
    address = "/explore/?" + urlencode(
        {
            "measures": "revenue,orders",
            "start": "2026-03-02",
            "end": "2026-03-09",
            "country": "Germany",
            "where": ["kind:is:sale", "hour:is:9", "weekday:is:Monday"],
            "rows": "product",
        },
        doseq=True,
    )
    assert escape(address) in re.findall('href="([^"]*rows=product)"', page)
    answer = admin.opens(address.replace("/explore/", "/api/explore/")).json()
    assert {row["product"]: row["revenue"] for row in answer["rows"]} == {
        "Mug": "20.00",
        "Cup": "4.00",
    }
    assert "/explore/?" not in admin.opens("/orders/?number=1").content.decode()


def test_a_row_of_the_report_of_orders_leads_to_the_order(week):
    answer = run_report("orders/list", MultiValueDict(), Reader())
    assert ReportLinks(answer, True).row_link(answer.rows[0]) == f"/orders/{week.back.pk}/"


@pytest.mark.parametrize("path", ["orders/list", "revenue/monthly"])
def test_who_may_not_list_orders_gets_no_links(week, path):
    links = ReportLinks(run_report(path, MultiValueDict(), Reader()), may_list_orders=False)
    assert links.row_link(links.answer.rows[0]) == links.total_link() == ""


@pytest.mark.parametrize(
    ("where", "words", "told"),
    [
        ("weekday:is:Monday", "Weekday is Monday", "1 sale and 1 return · net sales 14.00 EUR"),
        ("category:is:Mugs", "Category is Mugs", "1 sale and 1 return · net sales 10.00 EUR"),
        ("product:one_of:mug,lid", "Product is Mug or Lid",
         "2 sales and 1 return · net sales 17.00 EUR"),
        ("customer:is:", "Customer has no value", "1 sale · net sales 7.00 EUR"),
        ("order_value:is:20–50", "Order value is 20–50", "1 sale · net sales 24.00 EUR"),
        ("day:between:2026-03-02,2026-03-03", "Day is between 2026-03-02 and 2026-03-03",
         "2 sales · net sales 36.00 EUR"),
        ("new_or_returning:is:new", "New or returning is new",
         "2 sales and 1 return · net sales 26.00 EUR"),
        ("country:is_not:DE", "Country is not Germany", "1 sale · net sales 12.00 EUR"),
    ],
)  # fmt: skip
def test_conditions_are_told_in_words_and_can_be_dropped(week, admin, where, words, told):
    page = admin.opens(f"/orders/?{urlencode({'kind': '', 'where': where})}")
    assert summed(page) == told
    assert words in text(page)
    html = page.content.decode()
    assert f'href="?" aria-label="Remove {words}"' in html
    assert f'<input type="hidden" name="where" value="{where}">' in html


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("-revenue", ["first", "second", "third", "back"]),
        ("customer", ["back", "first", "second", "third"]),
        ("country", ["second", "back", "third", "first"]),
        ("placed_at", ["first", "second", "third", "back"]),
        ("nothing", ["back", "third", "second", "first"]),
    ],
)
def test_the_list_is_sorted_by_its_columns(week, admin, sort, order):
    page = admin.opens(f"/orders/?sort={sort}")
    assert first_cells(page) == [getattr(week, name).number for name in order]


def test_a_head_keeps_the_filters_and_turns_the_order_around(week, admin):
    page = admin.opens("/orders/?country=DE&sort=-revenue&page=1").content.decode()
    assert "?country=DE&amp;sort=revenue" in page
    assert "?country=DE&amp;sort=placed_at" in page
    assert page.count('aria-sort="descending"') == 1


def test_long_lists_come_in_pages(week, admin):
    for hour in range(10, 60):
        week.sell((week.lid, 1), on=f"2026-03-20 10:{hour}")
    page = admin.opens("/orders/?country=DE")
    assert summed(page) == "52 sales and 1 return · net sales 71.00 EUR"
    assert len(first_cells(page)) == 50
    page = admin.opens("/orders/?country=DE&page=2")
    assert first_cells(page) == [week.back.number, week.third.number, week.first.number]
    assert "Page 2 of 2" in text(page)


def test_what_was_chosen_elsewhere_is_told_and_can_be_dropped(week, admin):
    page = admin.opens(f"/orders/?customer={week.anna.pk}&product={week.mug.pk}&shelf=Mugs")
    for words in ("Customer: Anna", "Product: Mug", "Category: Mugs, without its subcategories"):
        assert words in text(page)
    assert f'href="?product={week.mug.pk}&amp;shelf=Mugs"' in page.content.decode()


def test_files_of_the_list_carry_its_filters(week, admin):
    page = admin.opens("/orders/?country=DE&sort=country").content.decode()
    assert 'href="/api/orders/list.xlsx?country=DE"' in page
    assert admin.opens("/api/orders/list.csv?country=DE")


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("hour=24", "hour: Ensure this value is less than or equal to 23."),
        ("start=2026-13-01", "From: Enter a date such as 1 Nov 2026."),
        ("country=Atlantis", "country: 'Atlantis' is not a country that you see."),
        ("colour=red", "colour: Not known here."),
    ],
)
def test_a_filter_that_makes_no_sense_is_explained(week, admin, query, reason):
    assert reason in text(admin.opens(f"/orders/?{query}", status=400))


def test_a_manager_sees_the_orders_of_their_countries(week, visitor):
    page = visitor("manager", week.france).opens("/orders/")
    assert summed(page) == "1 sale · net sales 12.00 EUR"
    assert "Germany" not in page.content.decode().split("<main")[1]


def test_an_operator_reads_no_names_in_bulk(week, visitor):
    operator = visitor("operator")
    page = operator.opens(f"/orders/?customer={week.anna.pk}")
    assert "Anna" not in page.content.decode()
    assert f"Customer {week.anna.pk}" in text(page)
    assert "/api/orders/list" not in page.content.decode()
    operator.opens("/orders/?buyer=anna", status=403)


def test_an_empty_shop_is_told_where_orders_come_from(admin):
    assert "No orders yet." in text(admin.opens("/orders/"))


def test_nothing_found_leads_back_to_all(week, admin):
    assert "No orders match these filters." in text(admin.opens("/orders/?number=nothing"))


# Products


@pytest.fixture
def shelves(week):
    Product.objects.filter(sku="lid").update(is_active=False)
    Inventory.objects.filter(product=week.mug).update(reorder_level=98)
    week.pot = week.product("pot", "1234.50", stock=None)
    return week


def test_the_list_of_products_tells_price_and_stock(shelves, admin):
    assert cells(admin.opens("/products/"), "1 to 4 of 4, by name") == [
        ["Cup", "cup", "Cups", "4.00", "96", ""],
        ["Lid", "lid", "–", "1.00", "93", "Inactive"],
        ["Mug", "mug", "Mugs", "10.00", "98", "Low stock: reorder at 98"],
        ["Pot", "pot", "–", "1,234.50", "–", ""],
    ]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("search=mu", ["Mug"]),
        ("search=u+m", ["Mug"]),
        ("category=Mugs", ["Cup", "Mug"]),
        ("category=Cups", ["Cup"]),
        ("stock=low", ["Mug"]),
        ("stock=enough", ["Cup", "Lid"]),
        ("sold=no", ["Lid"]),
        ("sold=yes&sort=-price", ["Pot", "Mug", "Cup"]),
        ("sort=inventory__quantity", ["Lid", "Cup", "Mug", "Pot"]),
        ("sort=-inventory__quantity", ["Mug", "Cup", "Lid", "Pot"]),
        ("sort=cost", ["Cup", "Lid", "Mug", "Pot"]),
        ("search=nothing", []),
    ],
)
def test_products_are_found_and_sorted(shelves, admin, query, names):
    assert first_cells(admin.opens(f"/products/?{query}")) == names


def test_who_only_looks_sees_what_is_sold(shelves, visitor):
    page = visitor("analyst").opens("/products/?sold=no")
    assert first_cells(page) == ["Cup", "Mug", "Pot"]
    assert 'name="sold"' not in page.content.decode()


def test_an_unknown_category_is_explained(shelves, admin):
    page = admin.opens("/products/?category=Hats", status=400)
    assert "Category: Select a valid choice." in text(page)
    assert "No products match these filters." in text(page)


# Customers


def test_the_list_of_customers(week, admin):
    Customer.objects.filter(code="ben").update(registered_at=at("2026-01-02"), email=None)
    Customer.objects.filter(code="anna").update(registered_at=at("2026-02-03"))
    assert cells(admin.opens("/customers/"), "1 to 2 of 2, by name") == [
        ["Anna", "anna", "anna@example.com", "Germany", "3 Feb 2026"],
        ["Ben", "ben", "–", "France", "2 Jan 2026"],
    ]
    for query, names in {
        "search=BE": ["Ben"],
        "country=France": ["Ben"],
        "start=2026-01-03": ["Anna"],
        "end=2026-01-02": ["Ben"],
        "sort=-name": ["Ben", "Anna"],
        "sort=country__name": ["Ben", "Anna"],
    }.items():
        assert first_cells(admin.opens(f"/customers/?{query}")) == names, query


def test_a_manager_sees_the_customers_of_their_countries(week, visitor):
    manager = visitor("manager", week.france)
    page = manager.opens("/customers/")
    assert first_cells(page) == ["Ben"]
    assert "Germany" not in page.content.decode().split("<main")[1]
    manager.opens("/customers/?country=Germany", status=400)


def test_an_operator_lists_no_customers(visitor):
    visitor("operator").opens("/customers/", status=403)
