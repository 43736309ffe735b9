"""Predictions of customers, as reports, pages and the API show them."""

import io
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.core.management import call_command
from django.db import transaction

from analytics.semantics.filters import Reader, Refused
from analytics.tests.crowd import LAST_DAY, crowd
from orders.models import Order
from orders.tests.shop import Shop

pytestmark = pytest.mark.once

PATHS = (
    "customers/predicted-value", "customers/value-by-group", "customers/churn-risk",
    "customers/churn-calibration", "customers/lapse-point",
)  # fmt: skip


@pytest.fixture(scope="module")
def fitted(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        shop = Shop()
        shop.crowd = crowd(shop)
        call_command("fit_models", "lifetime", "churn", stdout=io.StringIO())
        yield shop
        transaction.set_rollback(True)


@pytest.fixture
def french(fitted):
    return {person.code for person in fitted.crowd if person.country.name == "France"}


# Value


def test_every_buyer_has_a_value_and_the_best_comes_first(fitted, db, ask):
    result = ask("customers/predicted-value")
    codes = [row["code"] for row in result.rows]
    assert (len(codes), codes[0]) == (520, "c000")
    best = result.rows[0]
    assert best["as_of"] == LAST_DAY
    assert best["lower"] < best["predicted"] < best["upper"]
    assert best["total"] == best["historic"] + best["predicted"]
    assert 15 < best["expected_orders"] < 36  # fewer than the last year’s: some leave
    assert all(0 <= row["silent"] <= 1 and 0 <= row["alive"] <= 1 for row in result.rows)
    assert result.note.startswith(
        f"MBG/NBD × Gamma-Gamma, from sales up to {LAST_DAY}. Tested on the 119 days after"
    )


@pytest.mark.parametrize("by", ["decile", "rfm", "country"])
def test_groups_add_up_to_all_customers(fitted, db, ask, by):
    each = ask("customers/predicted-value").rows
    groups = ask("customers/value-by-group", by=by).rows
    assert sum(row["customers"] for row in groups) == 520
    assert sum(row["predicted"] for row in groups) == sum(row["predicted"] for row in each)
    assert sum(row["historic"] for row in groups) == sum(row["historic"] for row in each)
    assert float(sum(row["share"] for row in groups)) == pytest.approx(1, abs=1e-4)


def test_tenths_go_down(fitted, db, ask):
    groups = ask("customers/value-by-group").rows
    assert [row["group"] for row in groups] == [f"Tenth {n}" for n in range(1, 11)]
    per_customer = [row["per_customer"] for row in groups]
    assert per_customer == sorted(per_customer, reverse=True)


def test_the_period_says_whom_it_is_about_and_changes_no_prediction(fitted, db, ask):
    recent = {"start": LAST_DAY - timedelta(days=6), "end": LAST_DAY}
    buyers = {row["code"] for row in ask("customers/top", limit=1000, **recent).rows}
    everybody = {row["code"]: row for row in ask("customers/predicted-value").rows}
    some = {row["code"]: row for row in ask("customers/predicted-value", **recent).rows}
    assert 10 < len(buyers) < 300
    assert some == {code: everybody[code] for code in buyers}


def test_managers_see_predictions_of_their_own_countries_only(fitted, db, ask, french):
    reader = Reader((Order.objects.filter(country__name="France").first().country_id,))
    for path in ("customers/predicted-value", "customers/churn-risk"):
        seen = ask(path, reader).rows
        assert {row["code"] for row in seen} == french
        assert seen == ask(path, country="France").rows
    assert sum(row["customers"] for row in ask("customers/value-by-group", reader).rows) == 130
    (told,) = ask("customers/value-by-group", reader, by="country").rows
    assert told["group"] == "France"


# Churn


@pytest.mark.parametrize("days", [30, 90, 180])
def test_risk_is_told_for_every_buyer_the_likeliest_first(fitted, db, ask, days):
    rows = ask("customers/churn-risk", days=days).rows
    chances = [row["silent"] for row in rows]
    assert len(chances) == 520
    assert chances == sorted(chances, reverse=True)
    kinds = Counter(row["risk"] for row in rows)
    assert kinds["high"] == sum(chance >= D(2) / 3 for chance in chances)
    assert kinds["low"] == sum(chance <= D(1) / 3 for chance in chances)
    for row in rows:
        assert row["days_since"] == (row["as_of"] - row["last_order"]).days


def test_a_horizon_that_is_not_fitted_is_refused(fitted, db, ask):
    with pytest.raises(Refused, match="days"):
        ask("customers/churn-risk", days=45)


def test_calibration_counts_what_came_true_by_hand(fitted, db, ask):
    cut = LAST_DAY - timedelta(days=90)
    rows = ask("customers/churn-calibration").rows
    assert {row["as_of"] for row in rows} == {cut}
    assert [row["tenth"] for row in rows] == [*range(1, 11)]
    known = set(Order.objects.filter(placed_on__lte=cut).values_list("customer", flat=True))
    came = set(Order.objects.filter(placed_on__gt=cut).values_list("customer", flat=True))
    assert sum(row["customers"] for row in rows) == len(known)
    stayed_away = sum(row["came_true"] * row["customers"] for row in rows)
    assert float(stayed_away) == pytest.approx(len(known - came), abs=0.01)
    expected = float(sum(row["predicted_share"] * row["customers"] for row in rows))
    assert expected == pytest.approx(len(known - came), rel=0.2)
    assert rows[0]["came_true"] < rows[-1]["came_true"]


# When a customer is lost


def test_the_lapse_point_is_where_nearly_all_who_come_back_have_come(fitted, db, ask):
    points = {row["point"]: row for row in ask("customers/lapse-point").rows if row["point"]}
    assert points.keys() == {"lapse point", "rule of 90 days"}
    most = max(row["came_back"] for row in ask("customers/lapse-point").rows)
    assert points["lapse point"]["came_back"] >= most * D("0.9")
    later = ask("customers/lapse-point", share=0.95).rows
    assert (
        next(r for r in later if r["point"] == "lapse point")["days"]
        > points["lapse point"]["days"]
    )


# For one customer


def test_the_api_tells_what_one_customer_is_worth(fitted, db, signed_in, ask):
    best = ask("customers/predicted-value").rows[0]
    answer = signed_in("analyst").get(f"/api/customer/{best['customer_id']}/clv/").json()
    assert (answer["currency"], answer["model"]) == ("EUR", "MBG/NBD × Gamma-Gamma")
    assert D(answer["historic"]) == best["historic"]
    assert D(answer["predicted"]) == best["predicted"]
    assert D(answer["total"]) == best["total"]
    assert [D(answer["interval"][end]) for end in ("lower", "upper")] == [
        best["lower"], best["upper"],
    ]  # fmt: skip
    assert (answer["interval"]["share"], answer["as_of"]) == ("0.8", str(LAST_DAY))
    assert answer["orders"] == 36


def test_only_those_who_may_are_told(fitted, db, signed_in, french):
    german = next(person for person in fitted.crowd if person.code not in french)
    france = next(person.country for person in fitted.crowd if person.code in french)
    address = f"/api/customer/{german.pk}/clv/"
    assert signed_in("manager", france).get(address).status_code == 404
    assert signed_in("manager", german.country).get(address).status_code == 200
    assert signed_in("operator").get(address).status_code == 403
    assert signed_in("analyst").get(address, {"days": 3}).status_code == 400


def test_days_before_the_first_sale_are_about_nobody(fitted, db, ask):
    early = {"start": date(2020, 1, 1), "end": date(2020, 2, 1)}
    assert [ask(path, **early).rows for path in PATHS] == [[]] * len(PATHS)
