"""Reports over the whole public file: to the cent what SQL by hand and what others found in it."""

from datetime import date
from decimal import Decimal as D

import pytest

from analytics.tests import hand
from analytics.tests.retail import WHOLE, check, in_the_books

pytestmark = [pytest.mark.django_db, pytest.mark.once]

ASKED = {
    "everything": {},
    "november": {"start": "2011-11-01", "end": "2011-11-30"},
    "france": {"country": "France"},
}


@pytest.fixture(scope="module")
def whole(django_db_setup, django_db_blocker):
    if not WHOLE.exists():
        pytest.skip("the whole file is not here")
    yield from in_the_books(WHOLE, django_db_blocker)


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
@pytest.mark.parametrize("path", hand.QUESTIONS)
def test_reports_tell_what_the_whole_file_says(whole, path, asked):
    check(whole, path, **asked)


# What others found in the file, as far as they counted what we count


def test_the_published_sums(whole):
    assert gross_and_returns(whole) == (D("10666684.544"), D("896812.49"))
    november = gross_and_returns(whole, **ASKED["november"])
    assert november == (D("1509496.33"), D("47740.08"))


def gross_and_returns(retail, **asked):
    kpis = retail.report("analytics/kpis", **asked).rows[0]
    return kpis["gross"], kpis["returns"]


# Two lines of bad debt, with a price below zero. The sums of all rows have them; the books do not.
BAD_DEBT = D("22124.12")


def test_the_published_months(whole):
    revenue = [row["revenue"] for row in whole.report("revenue/monthly").rows]
    published = [
        "748957.020", "560000.260", "498062.650", "683267.080", "493207.121", "723333.510",
        "691123.120", "681300.111", "682680.510", "1019687.622", "1070704.670", "1461756.250",
        "433668.010",
    ]  # fmt: skip
    published = [D(amount) for amount in published]
    published[8] += BAD_DEBT
    assert revenue == published


def test_the_published_countries(whole):
    rows = whole.report("geographic/revenue-by-country").rows
    revenue = {row["country"]: row["revenue"] for row in rows}
    assert len(revenue) == 38
    assert revenue["United Kingdom"] == D("8187806.364") + BAD_DEBT
    assert (revenue["Netherlands"], revenue["Ireland"]) == (D("284661.54"), D("263276.82"))
    assert (revenue["Germany"], revenue["France"]) == (D("221698.21"), D("197403.90"))
    assert revenue["Spain"] == D("54774.58")


def test_the_published_customers_and_products(whole):
    largest = [(row["code"], row["revenue"]) for row in whole.report("customers/top").rows[:3]]
    assert largest == [
        ("14646", D("279489.02")), ("18102", D("256438.49")), ("17450", D("187482.17")),
    ]  # fmt: skip
    left = {
        row["sku"]: row["units"] - row["returned_units"]
        for row in whole.report("products/returns").rows
    }
    assert max(left.items(), key=lambda kept: kept[1]) == ("22197", 56_450)
    # 4,338 paid something; one more, with a single order, was only given things.
    stats = whole.report("customers/stats").rows[0]
    assert (stats["ever_bought"], stats["one_time"]) == (4338 + 1, 1493 + 1)


def test_the_published_cohort(whole):
    cohorts = whole.report("customers/cohorts").rows
    december = [row["customers"] for row in cohorts if row["cohort"] == date(2010, 12, 1)]
    assert december == [885, 324, 286, 340, 321, 352, 321, 309, 313, 350, 331, 445, 235]
