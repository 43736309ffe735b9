"""The reference of Explore and the reports agree where both answer, over a shop of all kinds."""

import pytest
from django.db import transaction
from django.utils.datastructures import MultiValueDict

from analytics.query.run import run_report
from analytics.semantics.filters import Reader
from analytics.tests import varied_shop
from analytics.tests.explore_draws import MONTHS
from analytics.tests.explore_reference import MEASURES, OF_DAYS, OF_GOODS, Reference, Rows
from customers.models import Country
from ledger import build

pytestmark = [pytest.mark.django_db, pytest.mark.once]

REPORTS = {  # by the dimension that their rows have
    "month": "revenue/monthly",
    "country": "geographic/country-performance",
    "hour": "revenue/by-hour",
    "weekday": "revenue/by-day-of-week",
    "day_of_month": "orders/by-day-of-month",
    "month_of_year": "orders/by-month",
    "category": "revenue/by-category",
    "product": "products/performance",
    "customer": "customers/buyers",
}


@pytest.fixture(scope="module")
def snapshot(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        varied_shop.fill()
        yield build.current()
        transaction.set_rollback(True)


@pytest.mark.parametrize("returns_on", ["return", "order"])
@pytest.mark.parametrize("scope", [None, ("Germany", "United States"), ()])
@pytest.mark.parametrize("name", REPORTS)
def test_a_report_says_the_same(snapshot, name, scope, returns_on):
    ids = None if scope is None else tuple(country.pk for country in named(*scope))
    asked = MultiValueDict({"returns_on": [returns_on]})
    answer = run_report(REPORTS[name], asked, Reader(ids))
    reference = Reference(snapshot, ids, returns_on)
    words = [column.name for column in answer.columns if column.name in (*MEASURES, *OF_DAYS)]
    rows = Rows(*reference.days(), by_goods=name in OF_GOODS)
    level = reference.level(rows, [name], [word for word in words if word in MEASURES])
    # Who only gave something back is no buyer; guests are nobody.
    wanted = [key for key, sums in level.groups.items() if sums["orders"] and key != (None,)]
    assert len(answer.rows) >= len(wanted)
    for row in answer.rows:
        found, *_ = row.values()
        key = key_of(name, found)
        assert {word: row[word] for word in words} == {word: level[key,][word] for word in words}


def key_of(name, found):
    if name == "month_of_year" and isinstance(found, str):
        return MONTHS.index(found) + 1
    return named(found)[0].pk if name == "country" else found


def named(*names):
    return list(Country.objects.filter(name__in=names).order_by("pk"))
