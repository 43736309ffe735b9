"""A condition (`where`) holds in every report or is refused: none ignores it."""

import pytest
from django.utils.datastructures import MultiValueDict

from analytics.query.query import build_query
from analytics.query.statements import compiled_rows
from analytics.semantics.filters import Reader, Refused
from analytics.semantics.report import reports
from orders.tests.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def sql(path, **asked):
    query = build_query(reports()[path], MultiValueDict(asked), Reader())
    return compiled_rows(*query.shape, False)


REFUSE = {
    *("analytics/forecast/backtest", "analytics/forecast/basis", "analytics/forecast/revenue"),
    *("analytics/forecast/total", "products/demand", "inventory/reorder", "inventory/value"),
    *("recommendations/quality", "vouchers/segments"),
}


def test_reports_of_the_whole_shop_refuse_a_condition(db):
    forms = {path: report.form.base_fields for path, report in reports().items()}
    assert {path for path, fields in forms.items() if "where" not in fields} == REFUSE


@pytest.mark.parametrize("path", sorted(REFUSE))
def test_a_condition_that_is_refused_is_named(ask, path):
    with pytest.raises(Refused, match="where: Not known here"):
        ask(path, where="weekday:is:Sunday")


@pytest.mark.parametrize("path", sorted(reports().keys() - REFUSE))
def test_a_condition_is_part_of_the_question(db, path):
    assert sql(path, where=["weekday:is:Sunday"]) != sql(path)


def test_the_overview_has_no_forecast_under_a_condition(signed_in, shop):
    shop.sell((shop.product("mug"), 1), on="2026-03-06")
    page = Visitor(signed_in("admin").user).opens("/?where=weekday:is:Friday&period=all")
    assert page.status_code == 200
