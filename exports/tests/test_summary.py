"""The first sheet of the monthly report compares only what can be compared."""

import pytest

from exports.tests.books import fetched, opened, rows

pytestmark = pytest.mark.once


def test_a_month_that_is_not_over_is_compared_with_the_same_days(api, shop, time_machine):
    mug = shop.product("mug")
    for day, pieces in (("2026-02-01", 1), ("2026-02-10", 2), ("2026-02-11", 4), ("2026-03-09", 6)):
        shop.sell((mug, pieces), on=day)
    time_machine.move_to("2026-03-10 12:00Z", tick=False)
    figures = {
        row[4]: row[5:]
        for row in rows(opened(fetched(api, "/api/export-sales/3/2026/")), "Summary")
    }
    assert figures["Key figures"] == (
        "March 2026, so far", "February 2026, to day 10", "Change",
        "March 2025, to day 10", "Change",
    )  # fmt: skip
    assert figures["Net sales"] == (60, 30, 1, 0, None)
