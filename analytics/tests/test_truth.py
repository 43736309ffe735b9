"""Reports beside SQL that was written by hand over the file they were read from: a slice."""

from decimal import Decimal as D

import pytest

from analytics.semantics.report import reports
from analytics.tests import hand
from analytics.tests.retail import SLICE, check, in_the_books

pytestmark = [pytest.mark.django_db, pytest.mark.once]

NOT_BY_HAND = {
    "inventory/days-left": "the file tells of no stock",
    "inventory/low-stock": "the file tells of no stock",
    "inventory/value": "the file tells of no stock",
    "products/sell-through": "the file tells of no stock",
    "orders/status": "the file tells of no states",
    "orders/list": "it lists documents, and adds nothing up",
    "orders/amounts": "it lists documents, and adds nothing up",
    "orders/lines": "it lists lines, and adds nothing up",
    "orders/returned": "it lists lines, and adds nothing up",
    "analytics/forecast/revenue": "it tells what a model foretells",
    "analytics/forecast/total": "it tells what a model foretells",
    "analytics/forecast/backtest": "it tells what a model foretells",
    "analytics/forecast/basis": "it tells what a model foretells",
    "products/demand": "it tells what a model foretells",
    "inventory/reorder": "it tells what a model foretells",
    "customers/predicted-value": "it tells what a model foretells",
    "customers/value-by-group": "it tells what a model foretells",
    "customers/churn-risk": "it tells what a model foretells",
    "customers/churn-calibration": "it tells what a model foretells",
    "customers/bought-again": "it is reckoned by hand in test_customer_profile.py",
    "customers/lapse-point": "its curve is reckoned by hand in test_predictions.py",
    "products/bought-together": "pairs are reckoned by hand in recommendations/tests",
    "recommendations/quality": "it tells how models did",
    "recommendations/voucher-lift": "the file tells of no vouchers",
    "vouchers/segments": "the file tells of no vouchers",
    "explore": "random questions are compared with plain SQL in test_explore_draws.py",
    "products/over-time": "it asks about one product",
    "products/where": "it asks about one product",
}


@pytest.fixture(scope="module")
def part(django_db_setup, django_db_blocker):
    yield from in_the_books(SLICE, django_db_blocker)


def test_a_report_that_is_not_asked_by_hand_has_a_reason():
    assert hand.QUESTIONS.keys() | NOT_BY_HAND.keys() == reports().keys()
    assert not hand.QUESTIONS.keys() & NOT_BY_HAND.keys()


@pytest.mark.parametrize("path", hand.QUESTIONS)
def test_reports_tell_what_a_slice_of_the_file_says(part, path):
    check(part, path, start="2010-12-01", end="2011-09-30")


def test_what_is_known_of_the_slice(part):
    kpis = part.report("analytics/kpis").rows[0]
    assert (kpis["gross"], kpis["returns"], kpis["orders"]) == (D("14694.6"), D("259.88"), 23)
