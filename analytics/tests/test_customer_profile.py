"""The page of one customer: figures, what to expect, and who sees what."""

import io
import re
from datetime import date

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from analytics.pages.customer_profile import likely_next, mean_gap
from analytics.predictions.reports.bought_again import DAYS_BANDS, ORDER_BANDS, band_names, band_of
from analytics.tests.crowd import LAST_DAY, crowd
from orders.services import cancel, pay, return_items
from orders.tests.shop import Shop, at
from orders.tests.visitor import Visitor, cells, text

pytestmark = pytest.mark.once
NOON = "2026-03-20 12:00:00Z"


@pytest.fixture
def anna(shop):
    """Three orders of two categories, a canceled one, and a return."""
    mug, pot = (
        shop.product("mug", "10.00", category="Mugs"), shop.product("pot", "30.00", category="Pots")
    )  # fmt: skip
    shop.sell((mug, 2), on="2026-01-10")
    sale = pay(shop.sell((pot, 1), (mug, 1), on="2026-02-09"))
    shop.sell((pot, 1), on="2026-03-11")
    cancel(shop.sell((mug, 9), on="2026-03-12"))
    shop.back = return_items(sale, {sale.items.get(product=mug): 1}, at=at("2026-02-20"))
    shop.sell((mug, 10), on="2026-03-01", customer=shop.customer("ben"))
    return shop.anna


@pytest.fixture
def opens(signed_in):
    def page(role, customer, *countries):
        with time_machine.travel(NOON, tick=False):
            visitor = Visitor(signed_in(role, *countries).user)
            return visitor.opens(f"/customers/{customer.pk}/")

    return page


def tiles(page) -> dict[str, tuple[str, str]]:
    found = re.findall(
        r'<h2>(.*?)</h2><p class="value">(.*?)</p>\s*(?:<p class="tile-note">(.*?)</p>)?',
        page.content.decode(),
    )
    return {name: (value, note) for name, value, note in found}


def marks(page) -> list[str]:
    return re.findall(r'class="stick[^"]*"><title>(.*?)</title>', page.content.decode())


@pytest.mark.django_db
def test_tiles_are_figures_of_the_reports_and_days_of_the_books(anna, opens):
    assert tiles(opens("admin", anna)) == {
        "Net sales": ("80.00", "90.00 less returns"),
        "Orders": ("3", "1 return"),
        "Avg. order value": ("30.00", "shop: 47.50"),
        "Orders every": ("30 days", "2 gaps"),
        "Last order": ("9 days ago", "11 Mar 2026"),
        "Likely next order": ("about 10 Apr", "a usual gap after the last"),
    }


@pytest.mark.django_db
def test_the_chart_has_every_order_and_return_but_no_canceled_one(anna, shop, opens):
    titles = [re.sub(r"^\S+: ", "", title) for title in marks(opens("admin", anna))]
    assert titles == [
        "23.80, 10 Jan 2026", "47.60, 9 Feb 2026", "-11.90, 20 Feb 2026", "35.70, 11 Mar 2026",
        "Likely next order, about 10 Apr",
    ]  # fmt: skip
    assert f'<a href="/orders/{shop.back.pk}/" aria-label=' in opens("admin", anna).content.decode()


@pytest.mark.django_db
def test_orders_have_a_summary_and_say_what_came_back(anna, shop, opens):
    rows = cells(opens("admin", anna), "Orders and returns of this customer, the newest first")
    assert [row[1:] for row in rows] == [
        ["12 Mar 2026", "Mug", "Canceled", "107.10 EUR"],
        ["11 Mar 2026", "Pot", "Pending", "35.70 EUR"],
        ["20 Feb 2026", "Return: Mug", "Refunded", "−11.90 EUR"],
        ["9 Feb 2026", "Pot and 1 more", "Part returned", "47.60 EUR"],
        ["10 Jan 2026", "Mug", "Pending", "23.80 EUR"],
    ]


@pytest.mark.django_db
def test_categories_add_up_to_the_net_sales(anna, opens):
    body = opens("admin", anna).content.decode().split('<ul class="shares">')[1].split("</ul>")[0]
    rows = re.findall(r"<span>(.*?)</span> <strong>(.*?)</strong> <span[^>]*>(.*?)</span>", body)
    assert rows == [("Pots", "60.00", "75 %"), ("Mugs", "20.00", "25 %")]


@pytest.mark.django_db
def test_operators_see_orders_but_no_figures_of_the_person(anna, opens):
    page = opens("operator", anna)
    assert tiles(page) == {}
    assert len(marks(page)) == 5
    assert "What to expect" not in text(page)
    assert "What is bought" not in text(page)


@pytest.mark.django_db
def test_managers_see_what_was_ordered_in_their_countries(anna, shop, opens):
    france = shop.country("France", "FR", "EUR", "20")
    mug = shop.product("cup", "10.00")
    shop.sell((mug, 5), on="2026-03-15", country=france)
    assert tiles(opens("manager", anna, shop.germany))["Orders"][0] == "3"
    assert tiles(opens("manager", anna, shop.germany, france))["Orders"][0] == "4"


@pytest.mark.django_db
def test_of_few_customers_nothing_is_foretold(anna, opens):
    assert "What to expect Too few similar customers to say" in text(opens("admin", anna))


@pytest.mark.django_db
def test_a_customer_without_orders_has_a_page(shop, opens):
    page = opens("admin", shop.anna)
    assert "This customer has no orders yet." in text(page)
    assert (tiles(page), marks(page)) == ({}, [])


@pytest.mark.django_db
def test_the_queries_do_not_grow_with_the_orders(shop, signed_in, django_assert_max_num_queries):
    mug, cup = shop.product("mug"), shop.product("cup")
    for day in range(1, 16):
        shop.sell((mug, 1), (cup, 1), on=f"2026-03-{day:02}")
    visitor, address = Visitor(signed_in("admin").user), f"/customers/{shop.anna.pk}/"
    visitor.opens(address)  # builds the ledger
    with django_assert_max_num_queries(28):
        visitor.opens(address)


@pytest.mark.parametrize(
    ("days", "gap", "then"),
    [
        ([], None, None),
        (["2026-03-11"], None, None),
        (["2026-02-11", "2026-03-11"], 28, None),
        (["2026-01-10", "2026-02-09", "2026-03-11"], 30, "2026-04-10"),
        (["2026-01-01", "2026-01-05", "2026-01-09"], 4, None),
    ],
)
def test_a_next_order_is_expected_of_three_orders_and_not_in_the_past(days, gap, then):
    days = [date.fromisoformat(day) for day in days]
    with time_machine.travel(NOON, tick=False):
        assert mean_gap(days) == gap
        assert likely_next(days) == (then and date.fromisoformat(then))


# Similar customers


def test_bands_have_no_gap_and_do_not_overlap():
    assert band_names(ORDER_BANDS) == ["1", "2", "3–4", "5–8", "9–13", "14–24", "25 or more"]
    assert [band_of(number, ORDER_BANDS) for number in (1, 2, 3, 4, 5, 13, 14, 99)] == [
        "1", "2", "3–4", "3–4", "5–8", "9–13", "14–24", "25 or more",
    ]  # fmt: skip
    assert [band_of(number, DAYS_BANDS) for number in (0, 9, 10, 25, 26, 400)] == [
        "0–9", "0–9", "10–25", "10–25", "26–60", "241 or more",
    ]  # fmt: skip


@pytest.mark.django_db
def test_who_bought_again_is_counted_by_what_was_known_on_the_day(shop, rows):
    mug = shop.product("mug", stock=1000)
    ben, carl, dora = (shop.customer(name) for name in ("ben", "carl", "dora"))
    ordered = {
        shop.anna: ("2025-12-20", "2026-02-01"),  # one order, 11 days before; again
        ben: ("2025-12-19",),  # one order, 12 days before; not again
        carl: ("2025-06-01", "2025-12-30", "2026-03-31"),  # two, a day before; again
        dora: ("2026-01-02",),  # not known yet on that day
    }
    for customer, days in ordered.items():
        for day in days:
            shop.sell((mug, 1), on=day, customer=customer)
    cancel(shop.sell((mug, 1), on="2026-03-01", customer=ben))
    as_of = date(2025, 12, 31)
    assert rows("customers/bought-again") == [
        ("1", "10–25", 2, 1, 0.5, as_of),
        ("2", "0–9", 1, 1, 1, as_of),
    ]
    assert rows("customers/bought-again", days=180) == [
        ("1", "121–240", 1, 1, 1, date(2025, 10, 2)),
    ]


@pytest.fixture(scope="module")
def fitted(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        shop = Shop()
        shop.crowd = crowd(shop)
        call_command("fit_models", "lifetime", "churn", stdout=io.StringIO())
        yield shop
        transaction.set_rollback(True)


def page_of(client, person) -> str:
    browser = Client()
    browser.force_login(client.user)
    answer = browser.get(f"/customers/{person.pk}/")
    assert answer.status_code == 200
    return text(answer)


def usual_person(fitted, ask, reader=None):
    """Somebody with many similar customers, and these."""
    bands = {(r["order_band"], r["days_band"]): r for r in ask("customers/bought-again").rows}
    scores = ask("customers/rfm").rows
    for row in scores:
        own = band_of(row["frequency"], ORDER_BANDS), band_of(row["recency_days"], DAYS_BANDS)
        if bands.get(own, {}).get("customers", 0) >= 30:
            return next(p for p in fitted.crowd if p.pk == row["customer_id"]), bands[own]
    raise AssertionError("nobody has 30 similar customers")


def test_the_page_says_what_similar_customers_did(fitted, db, signed_in, ask):
    person, band = usual_person(fitted, ask)
    page = page_of(signed_in("analyst"), person)
    assert (
        f"Of {band['customers']} customers like this, {band['bought_again']} bought again within "
        f"90 days ({band['again_rate'] * 100:.0f} %)."
    ) in page
    assert f"orders {band['order_band']}, last one {band['days_band']} days ago" in page
    [row] = [
        row for row in ask("customers/predicted-value").rows if row["customer_id"] == person.pk
    ]
    assert row["fewest_orders"] <= row["expected_orders"] + 1
    assert f"{row['predicted']:,.2f} ({row['lower']:,.2f}–{row['upper']:,.2f})" in page
    assert "risk of leaving" in page
    assert f"from sales up to {LAST_DAY}" in page
    assert "What to expect" not in page_of(signed_in("operator"), person)


def test_country_managers_are_compared_with_their_own_customers(fitted, db, signed_in, ask):
    everybody = sum(row["customers"] for row in ask("customers/bought-again").rows)
    french = sum(row["customers"] for row in ask("customers/bought-again", country="France").rows)
    assert 0 < french < everybody / 3
