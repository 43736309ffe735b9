"""A setting that an administrator saves reaches each of its readers without a restart."""

from datetime import date

import pytest

from accounts.models import User
from analytics.predictions.models import FitRequest
from analytics.semantics.periods import first_of_week
from ledger.models import Dirty
from shop_settings.services import save_settings


@pytest.fixture
def save(db):
    admin = User.objects.create_user("mara@example.com", role="admin")
    return lambda **texts: save_settings(admin, texts)


def test_reports_are_answered_anew_with_other_tiers(save, shop, rows, api):
    shop.sell((shop.product("mug", price="100.00"), 1))
    assert [row[0] for row in rows("customers/segments")] == ["Low"]
    etag = api.get("/api/customers/segments/")["ETag"]
    assert api.get("/api/customers/segments/", HTTP_IF_NONE_MATCH=etag).status_code == 304
    save(VALUE_TIERS="90,80,70")
    assert [row[0] for row in rows("customers/segments")] == ["VIP"]
    assert api.get("/api/customers/segments/", HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_weeks_begin_on_another_day(save, shop, api):
    shop.sell((shop.product("mug"), 1), on="2026-03-05")  # a Thursday

    def weeks(**conditions):
        asked = {"rows": "week", "measures": "orders", "start": "2026-03-01", "end": "2026-03-31"}
        answer = api.get("/api/explore/", asked | conditions).json()
        return [row["week"] for row in answer["rows"] if row["orders"]]

    in_that_week = {"where": "week:is:2026-03-05"}
    assert weeks() == weeks(**in_that_week) == ["2026-03-02"]
    save(WEEK_START="7")
    assert weeks() == weeks(**in_that_week) == ["2026-03-01"]
    assert first_of_week(date(2026, 3, 5)) == date(2026, 3, 1)


def test_other_voucher_segments_ask_for_a_new_fit(save):
    save(VOUCHER_HOLD_OUT="30")
    assert not FitRequest.objects.exists()
    save(VOUCHER_ORDERS="10,20")
    assert FitRequest.objects.count() == 1


def test_another_time_zone_has_customers_read_again(save):
    Dirty.objects.all().delete()
    save(TIME_ZONE="Europe/Berlin")
    assert [*Dirty.objects.values_list("part", flat=True)] == ["customers"]
