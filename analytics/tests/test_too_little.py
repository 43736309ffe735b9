"""Small shops: no predictions, a note that says why, and all reports that need none."""

from decimal import Decimal as D

import pytest
from django.core.management import call_command

from analytics.tests.test_customer_profile import page_of
from analytics.tests.test_predictions import PATHS
from orders.services import cancel

pytestmark = pytest.mark.once

TOO_FEW = "Too few similar customers to say"
TOO_LITTLE = "Not enough data: {} of 500 buyers needed."


def test_the_curve_of_the_lapse_point_is_that_of_kaplan_and_meier(shop, columns_of):
    """Away for 7 days and 14 days, then still away for 7; and somebody else away for 14."""
    mug = shop.product("mug")
    for day in ("2026-03-01", "2026-03-08", "2026-03-22"):
        shop.sell((mug, 1), on=day)
    shop.sell((mug, 1), on="2026-03-15", customer=shop.customer("bert"))
    cancel(shop.sell((mug, 1), on="2026-03-16", customer=shop.customer("carl")))
    names = ("days", "came_back", "yet_to_come", "still_away", "point")
    # Of four 1 came back after 7 days; of the two that were watched for longer, 1 after 14.
    assert columns_of("customers/lapse-point", *names, end="2026-03-29") == [
        (7, D("0.25"), D("0.5"), 2, ""),
        (14, D("0.625"), D(0), 0, ""),
    ]


def nothing(shop):
    return 0


def one_order(shop):
    shop.sell((shop.product("mug"), 1))
    return 1


def one_day(shop):
    mug = shop.product("mug")
    for number in range(12):
        shop.sell((mug, 1), customer=shop.customer(f"c{number}"))
    return 12


def all_came_back(shop):
    mug = shop.product("mug")
    for number in range(3):
        sale = shop.sell((mug, 1), on=f"2026-03-0{number + 1}")
        shop.give_back(sale, 1, on="2026-03-09")
    return 1


def only_guests(shop):
    shop.sell((shop.product("mug"), 1), customer=None)
    return 0


@pytest.mark.parametrize("sold", [nothing, one_order, one_day, all_came_back, only_guests])
def test_a_shop_that_is_too_small_says_so_everywhere(shop, signed_in, ask, sold):
    client, buyers = signed_in("admin"), sold(shop)
    page = page_of(client, shop.anna)
    assert buyers != 1 or TOO_FEW in page
    call_command("fit_models", "lifetime", "churn", verbosity=0)
    for path in PATHS:
        result = ask(path)
        if result.report.note:
            assert (result.rows, result.note) == ([], TOO_LITTLE.format(buyers))
        for face in ("json", "svg", "text", "csv"):
            assert client.get(f"/api/{path}/", {"format": face}).status_code == 200
    assert buyers != 1 or TOO_FEW in page_of(client, shop.anna)
    answer = client.get(f"/api/customer/{shop.anna.pk}/clv/").json()
    assert (answer["predicted"], answer["interval"]) == (None, None)
    assert answer["note"] == TOO_LITTLE.format(buyers)
