"""What is told of days to come: on every face, to everybody their own."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.db import transaction

from analytics.predictions.fit import fit_one, fits
from analytics.predictions.fits.demand import empty_days
from analytics.semantics.filters import Reader, Refused
from catalog.models import Inventory
from orders.tests.shop import Shop, at

pytestmark = [pytest.mark.django_db, pytest.mark.once]
FIRST = date(2026, 1, 5)  # a Monday
DAYS = 35


def five_weeks(shop: Shop):
    """Each day but Sundays 20 mugs, of which a quarter in France; the price is 10."""
    france = shop.country("France", "FR")
    mug = shop.product("mug", stock=5000, category="Cups")
    for turn in range(DAYS):
        day = FIRST + timedelta(turn)
        if day.isoweekday() < 7:
            shop.sell((mug, 15), on=f"{day}")
            shop.sell((mug, 5), on=f"{day}", customer=None, country=france)
    return mug


@pytest.fixture(scope="module")
def shop(django_db_setup, django_db_blocker):
    """Filled and fitted once: what a test changes is undone after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        shop = Shop()
        shop.mug = five_weeks(shop)
        fit_one(fits()["forecast"])
        fit_one(fits()["demand"])
        yield shop
        transaction.set_rollback(True)


def test_days_that_are_over_and_days_to_come(shop, rows):
    last = FIRST + timedelta(DAYS - 1)  # a Sunday: the last sale was the day before
    found = rows("analytics/forecast/revenue", periods=2)
    assert [row[:3] for row in found[-8:]] == [
        *((last - timedelta(ago), D(200), None) for ago in range(6, 0, -1)),
        (last, None, D(0)),
        (last + timedelta(1), None, D(200)),
    ]


def test_weeks_and_months_are_sums_of_days(shop, columns_of):
    days = columns_of("analytics/forecast/revenue", "date", "forecast", periods=22)
    weeks = columns_of("analytics/forecast/revenue", "date", "forecast", periods=22, by="week")
    for monday, forecast in weeks[-3:]:
        own = [
            amount for day, amount in days if 0 <= (day - monday).days < 7 and amount is not None
        ]
        assert forecast == pytest.approx(sum(own))
    months = columns_of("analytics/forecast/revenue", "date", "forecast", periods=22, by="month")
    assert [month for month, _forecast in months][-2:] == [date(2026, 2, 1), date(2026, 3, 1)]


def test_the_total_is_the_sum_and_stands_beside_as_many_days_before(shop, ask, columns_of):
    (row,) = ask("analytics/forecast/total", periods=7).rows
    assert (row["start"], row["end"]) == (date(2026, 2, 8), date(2026, 2, 14))
    assert (row["forecast"], row["before"]) == (D(1200), D(1200))
    assert row["lower_95"] <= row["lower_80"] <= D(1200) <= row["upper_80"] <= row["upper_95"]


def test_countries_and_categories_have_their_own(shop, columns_of):
    def total(**asked):
        return columns_of("analytics/forecast/total", "forecast", periods=7, **asked)

    assert total(country="France") == [(D(300),)]
    assert total(country=["France", "Germany"]) == [(D(1200),)]
    assert total(category="Cups") == [(D(1200),)]
    assert total(reader=Reader((shop.germany.pk,))) == [(D(900),)]
    assert total(reader=Reader(())) == []


def test_nobody_fitted_a_category_within_a_country(shop, ask):
    for asked in ({"country": "France"}, {"reader": Reader((shop.germany.pk,))}):
        with pytest.raises(Refused) as refused:
            ask("analytics/forecast/revenue", category="Cups", **asked)
        assert [*refused.value.reasons] == ["category"]


@pytest.mark.parametrize("periods", ["0", "366", "month"])
def test_days_that_make_no_sense_are_refused(api, shop, periods):
    answer = api.get(f"/api/analytics/forecast/revenue/?periods={periods}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "periods"


def test_the_test_of_the_past_begins_with_the_naive_model(shop, columns_of):
    found = columns_of("analytics/forecast/backtest", "model", "averaged", "wape", "bias")
    assert found[0] == ("Last week again", "no", D(0), D(0))
    assert found[-1] == ("Mean of the best", "no", D(0), D(0))
    assert {model for model, averaged, *_ in found if averaged == "yes"} >= {"Weekday level"}


def test_a_country_with_too_little_says_what_is_missing(shop, columns_of, ask):
    shop.sell((shop.mug, 1), on="2026-02-07", customer=None, country=shop.country("Malta", "MT"))
    fit_one(fits()["forecast"])
    names = ("country", "selling_days", "basis")
    assert columns_of("analytics/forecast/basis", *names, country="Malta") == [
        ("Malta", 1, "1 of 14 days with sales needed")
    ]
    assert ask("analytics/forecast/revenue", country="Malta").rows == []
    assert "1 more have too little data" in ask("analytics/forecast/revenue").note


def test_the_first_page_and_the_earlier_app_have_the_same_forecast(shop, client, signed_in):
    api = signed_in("admin")
    days = api.get("/api/analytics/forecast/revenue/").json()["rows"]
    ahead = [
        {"date": day["date"], "forecast": day["forecast"], "lower": day["lower_95"],
         "upper": day["upper_95"]}
        for day in days if day["forecast"]
    ]  # fmt: skip
    assert len(ahead) == 30
    assert api.get("/api/purchases/kpis/").json()["forecast"] == ahead
    numbers = api.get("/purchases/kpis").json()["forecast"]
    assert [day["upper"] for day in numbers] == [float(day["upper"]) for day in ahead]
    client.force_login(api.user)
    assert 'class="band"' in client.get("/").content.decode()


def test_the_picture_shows_the_bounds(shop, api):
    picture = api.get("/api/analytics/forecast/revenue.vega").json()
    kinds = [layer["mark"]["type"] for layer in picture["layer"]]
    assert (kinds[:2], kinds[-2:]) == (["area", "area"], ["line", "line"])
    assert api.get("/api/analytics/forecast/revenue.svg").status_code == 200


# Demand


def test_demand_is_that_of_the_countries_shown(shop, columns_of):
    names = ("sku", "weekly_units")
    assert columns_of("products/demand", *names) == [("mug", D(120))]
    assert columns_of("products/demand", *names, country="France") == [("mug", D(30))]
    assert columns_of("products/demand", *names, reader=Reader((shop.germany.pk,))) == [
        ("mug", D(90))
    ]
    assert columns_of("products/demand", *names, reader=Reader(())) == []


def test_a_shelf_runs_out_by_the_demand_of_all_countries(shop, columns_of):
    ((_, day),) = columns_of("products/demand", "sku", "runs_out")
    assert day is not None
    assert columns_of("products/demand", "sku", "runs_out", country="France") == [("mug", day)]
    reader = Reader((shop.germany.pk,))
    assert columns_of("products/demand", "sku", "runs_out", reader=reader) == [("mug", None)]


def test_what_should_be_ordered_now(shop, rows, columns_of):
    names = ("on_hand", "reorder_point", "to_order", "at_risk")
    Inventory.objects.filter(product=shop.mug).update(
        quantity=100
    )  # a lead time of 7 days sells 120
    (row,) = columns_of("inventory/reorder", *names, cover=7)
    assert row == (100, 120, 140, D(200))
    Inventory.objects.filter(product=shop.mug).update(quantity=121)
    assert rows("inventory/reorder") == []


def test_a_shelf_is_empty_from_what_emptied_it_to_what_filled_it():
    movements = [
        (1, at("2026-03-01"), 10),
        (1, at("2026-03-03"), -10),
        (1, at("2026-03-06"), 5),
        (1, at("2026-03-08"), -5),
    ]
    found = [day.day for day in empty_days(movements, date(2026, 3, 10))]
    assert found == [4, 5, 9, 10]
