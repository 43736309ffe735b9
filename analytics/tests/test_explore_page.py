"""The explore page over HTTP: its links, its table, what it says where there is none."""

import re
from html import unescape

import pytest

from analytics.pages import pivot_table
from analytics.query.pivot import Pivot
from analytics.semantics.explore_form import EXPLORE_MEASURES
from analytics.semantics.measures import MEASURE_GROUPS
from orders.tests.visitor import Visitor, text

pytestmark = [pytest.mark.django_db, pytest.mark.once]


class Explorer(Visitor):
    def asks(self, query: str):
        """A form of the page, which leads on to the address of what it asks."""
        return self.opens(self.opens(f"/explore/?{query}", 302)["Location"])


CELL = re.compile("<t[hd].*?</t[hd]>", re.DOTALL)
ROW = re.compile(r'<tr class="(?P<style>[^"]*)" data-depth="\d">(?P<cells>.*?)</tr>', re.DOTALL)


@pytest.fixture
def table(shop):
    """Two countries, two categories, two months."""
    mug = shop.product("mug", "10.00", category="Kitchen")
    tea = shop.product("tea", "5.00", category="Tea")
    zoe = shop.customer("zoe", shop.country("France", "FR"))
    shop.sell((mug, 2), (tea, 1), on="2026-01-05")
    shop.sell((tea, 3), on="2026-02-05", customer=zoe)
    return shop


@pytest.fixture
def admin(signed_in):
    return Explorer(signed_in("admin").user)


def rows_of(page) -> list[list[str]]:
    """The texts of each row: its label and its cells."""
    found = ROW.finditer(page.content.decode())
    return [[words(cell) for cell in CELL.findall(row["cells"])] for row in found]


def words(html: str) -> str:
    texts = re.sub("<[^>]*>", " ", html.replace("⋯", "")).split()
    return unescape(" ".join(texts))


def link_of(page, label: str) -> str:
    """The address of the first link with this text."""
    main = page.content.decode().split("<main")[1]
    found = re.search(rf'<a[^>]*href="([^"]*)"[^>]*(?:aria-label="{label}"|>{label}\b)', main)
    return unescape(found[1])


def test_the_first_visit_shows_net_sales_by_country_and_month(table, admin):
    page = admin.opens("/explore/")
    assert "<h1>Net sales by country and month</h1>" in page.content.decode()
    assert rows_of(page) == [
        ["All", "€25.00", "€15.00", "€40.00"],
        ["France", "€0.00", "€15.00", "€15.00"],
        ["Germany", "€25.00", "€0.00", "€25.00"],
    ]
    assert page.content.decode().count('class="examples"') == 1


def test_every_example_is_answered(table, admin):
    page = admin.opens("/explore/").content.decode()
    links = re.findall('<li><a href="([^"]*)">', page.split('class="examples"')[1])
    assert len(links) == 6
    for link in links:
        assert admin.opens(unescape(link)).status_code == 200


def test_levels_stand_below_each_other(table, admin):
    page = admin.opens("/explore/?measures=orders&rows=country,category")
    assert rows_of(page) == [
        ["All", "2"],
        ["France", "1"], ["Tea", "1"],
        ["Germany", "1"], ["Kitchen", "1"], ["Tea", "1"],
    ]  # fmt: skip
    page = admin.opens("/explore/?measures=orders&rows=country,category&totals=0")
    assert [row[0] for row in rows_of(page)] == [
        "France › Tea", "Germany › Kitchen", "Germany › Tea",
    ]  # fmt: skip


def test_a_click_on_a_field_adds_it_and_another_takes_it_away(table, admin):
    page = admin.opens("/explore/")
    page = admin.opens(link_of(page, "Orders"))
    assert rows_of(page)[0] == ["All", "€25.00 1", "€15.00 1", "€40.00 2"]
    page = admin.opens(link_of(page, "Remove Month"))
    assert rows_of(page)[0] == ["All", "€40.00", "2"]


def test_a_form_adds_a_field_or_a_filter(table, admin):
    question = "measures=revenue&rows=country"
    page = admin.asks(f"{question}&add_columns=category")
    assert rows_of(page)[0] == ["All", "€20.00", "€20.00", "€40.00"]
    chosen = "filter_field=category&filter_operator=is&filter_value=Tea"
    page = admin.asks(f"{question}&{chosen}")
    assert rows_of(page)[0] == ["All", "€20.00"]
    assert "Category is Tea" in text(page)
    chosen = "filter_field=having+orders&filter_operator=at_least&filter_value=9"
    page = admin.asks(f"{question}&{chosen}")
    assert "Orders is at least 9" in text(page)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("measures=luck", "measures: 'luck' is not a measure."),
        ("rows=planet", "rows: 'planet' is not a dimension."),
        ("where=country:is:Mars", "where: country: there is no country 'Mars'."),
        ("colour=red", "colour: Not known here."),
    ],
)
def test_what_cannot_be_answered_is_explained(table, admin, question, reason):
    page = admin.opens(f"/explore/?{question}", 400)
    assert reason in text(page)


def test_changes_are_shown_under_the_figures(table, admin):
    asked = "measures=orders&rows=country&start=2026-02-05&end=2026-03-07&compare=previous_period"
    page = admin.opens(f"/explore/?{asked}")
    assert rows_of(page) == [["All", "1 +0.0 %"], ["France", "1 new"]]


@pytest.mark.parametrize("by", ["rows=month", "rows=weekday&columns=hour", "columns=day", ""])
def test_a_calendar_without_any_order_says_so_instead_of_zeros(table, admin, by):
    page = admin.opens(
        f"/explore/?measures=revenue,days_in_period&{by}&start=2026-04-01&end=2026-04-09"
    )
    assert "No orders in these dates. Show all dates" in text(page)
    assert "<table" not in page.content.decode()
    # That nothing was returned is an answer: there were orders.
    page = admin.opens(f"/explore/?measures=returns&{by}&start=2026-02-01&end=2026-02-28")
    assert "<table" in page.content.decode()


def test_an_empty_answer_says_why_and_what_helps(table, admin):
    question = "/explore/?measures=orders&rows=country"
    found = {
        "start=2020-01-01&end=2020-01-31": ("No orders in these dates.", "Show all dates"),
        "where=category:is:Gone": ("No orders under these filters.", "Remove the filters"),
        "having=orders:at_least:9": ("No row meets the conditions", "Show all rows"),
    }
    for parameters, (said, label) in found.items():
        page = admin.opens(f"{question}&{parameters}")
        assert f"{said}" in text(page)
        assert [row[0] for row in rows_of(admin.opens(link_of(page, label)))] == [
            "All", "France", "Germany",
        ]  # fmt: skip


def test_a_shop_without_orders_says_so(shop, admin, signed_in):
    page = admin.opens("/explore/")
    assert "There are no orders yet. Import orders" in text(page)
    assert link_of(page, "Import orders") == "/imports/"
    assert "Import orders" not in text(Visitor(signed_in("analyst").user).opens("/explore/"))


def test_what_does_not_fit_is_said_beside_the_field(table, admin):
    def note_of(label, query):
        page = admin.opens(f"/explore/?{query}").content.decode()
        return re.findall(rf'{label}<span class="hidden-text">[^<]*</span></a>(.*?)</li>', page)

    asked = "measures=revenue&rows=category"
    said = '<span class="hint">No value by category: it belongs to whole orders.</span>'
    assert note_of("Shipping", asked) == [said]
    assert note_of("Orders", asked) == [""]
    asked = "measures=revenue&rows=country&where=tag:is:new"
    said = '<span class="hint">No value for some products: it belongs to whole orders.</span>'
    assert note_of("Total sales", asked) == [said]
    asked = "measures=shipping&rows=country"
    assert note_of("Tag", asked) == ['<span class="hint">No value: Shipping.</span>']
    assert note_of("Status", asked) == [""]
    asked = "measures=revenue&rows=month&top=3"
    assert note_of("Days", asked) == ['<span class="hint">Not for the top rows only.</span>']


def test_a_shelf_that_is_full_takes_no_more(table, admin):
    asked = "/explore/?measures=orders&rows=country,category,product,tag"
    page = admin.opens(asked).content.decode()
    assert re.findall(r'<li><a title="[^"]*">(Status|Kind)', page) == ["Kind", "Status"]
    assert "There are 4 already." in page
    assert '<select name="add_rows">' not in page
    assert '<select name="add_columns">' in page


def test_a_measure_is_shown_as_a_share_a_running_total_or_a_change(table, admin):
    page = admin.opens("/explore/?measures=revenue&rows=country&sort=-revenue")
    page = admin.opens(link_of(page, "Share of total"))
    assert rows_of(page) == [["All", "100.0 %"], ["Germany", "62.5 %"], ["France", "37.5 %"]]
    page = admin.opens(link_of(page, "Running total"))
    assert rows_of(page)[1:] == [["Germany", "€40.00"], ["France", "€15.00"]]
    page = admin.opens(link_of(page, "Growth on last year"))
    assert "Net sales growth by country" in text(page)
    assert "compare=previous_year" in link_of(page, "Change")
    page = admin.opens(link_of(page, "Value"))
    assert [row[:1] for row in rows_of(page)] == [["All"], ["Germany"], ["France"]]


def test_a_measure_that_is_no_sum_has_no_share(table, admin):
    page = admin.opens("/explore/?measures=aov&rows=country").content.decode()
    shown = page.split("Show as")[1].split("</ul>")[0]
    assert re.findall(r">([^<>]+)</a>", shown) == [
        "Value", "Change on last year", "Growth on last year",
    ]  # fmt: skip


def test_the_address_of_a_report_leads_to_the_page(admin):
    assert (
        admin.opens("/reports/explore/?rows=country", 302)["Location"] == "/explore/?rows=country"
    )


def test_the_menu_of_a_cell(table, admin):
    at = "at=country:is:Germany%0Acategory:is:Tea"
    page = admin.opens(f"/explore/menu/?measures=revenue&rows=country,category&{at}")
    page = admin.opens(link_of(page, "Split by product"))
    assert rows_of(page) == [
        ["All", "€5.00"], ["Germany", "€5.00"], ["Tea", "€5.00"], ["Tea", "€5.00"],
    ]  # fmt: skip


def test_every_measure_is_in_one_group():
    grouped = [name for names in MEASURE_GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(EXPLORE_MEASURES)


def test_what_products_have_no_part_of_is_said(table, admin):
    asked = "measures=revenue,shipping,total_sales&rows=category"
    said = "No value: Shipping and Total sales. They belong to whole orders"
    assert said in text(admin.opens(f"/explore/?{asked}"))
    assert admin.opens(f"/api/explore/?{asked}").json()["note"].startswith(said)
    asked = "measures=shipping&rows=country"
    assert "No value" in text(admin.opens(f"/explore/?{asked}&where=category:is:Tea"))
    assert "They belong" not in text(admin.opens(f"/explore/?{asked}"))


def test_rows_are_sorted_and_columns_stay(table, admin):
    page = admin.opens("/explore/?measures=orders,units&rows=country&columns=month")
    page = admin.opens(link_of(page, "Units"))
    page = admin.opens("/explore/?measures=units&rows=country&columns=month&sort=-orders")
    assert rows_of(page)[0] == ["All", "3", "3", "6"]
    asked = "measures=units&rows=country&columns=month&sort=units"
    heads = re.findall(
        '<th [^>]*colspan="1".*?</th>', admin.opens(f"/explore/?{asked}").content.decode()
    )
    heads = [words(head).split()[0] for head in heads]
    assert heads == ["Jan", "Feb", "Total"]


def test_a_click_on_a_column_sorts_by_it_and_another_turns_it_round(table, admin):
    page = admin.opens("/explore/?measures=revenue,orders&rows=country&columns=month")
    page = admin.opens(link_of(page, "Jan 2026"))
    assert [row[0] for row in rows_of(page)] == ["All", "Germany", "France"]
    page = admin.opens(link_of(page, "Jan 2026"))
    assert [row[0] for row in rows_of(page)] == ["All", "France", "Germany"]
    assert "sort=revenue@2026-01" in link_of(page, "Lines")
    # With other columns there is no such column to sort by.
    assert "sort=revenue&" in link_of(page, "Remove Month") + "&"


def test_each_measure_sorts_by_a_column(table, admin):
    question = "measures=revenue,orders,units&rows=country&columns=month"
    page = admin.opens(f"/explore/?{question}").content.decode()
    assert "sort=-units@2026-01" in page
    page = admin.opens(f"/explore/menu/?{question}&at=month:is:2026-02")
    page = admin.opens(link_of(page, "Sort by orders in this column"))
    assert [row[0] for row in rows_of(page)] == ["All", "France", "Germany"]


def test_a_figure_leads_to_the_orders_behind_it(table, admin):
    page = admin.opens("/explore/?measures=orders&rows=country&columns=month")
    link = re.findall('<td[^>]*><span><a href="([^"]*)">1</a>', page.content.decode())[-1]
    orders = admin.opens(unescape(link))
    assert text(orders).endswith("5 Jan 2026, 12:00 Anna Germany 29.75 EUR 25.00")
    assert text(orders).count("12:00") == 1


def test_only_the_rows_that_are_shown_have_cells(table, admin, monkeypatch):
    looked_up = []
    figures = Pivot.figures
    monkeypatch.setattr(pivot_table, "MOST_ROWS", 2)
    monkeypatch.setattr(
        Pivot, "figures", lambda *args: looked_up.append(args[-1]) or figures(*args)
    )
    page = admin.opens("/explore/?measures=orders&rows=country,category&columns=month")
    assert [row[0] for row in rows_of(page)] == ["All", "France", "Tea"]
    assert "The first 2 of 5 rows." in text(page)
    # Three rows, each with the total and two months.
    assert len(looked_up) == 3 * 3
