"""Every filter of every page is tried: good values are answered, bad ones are refused in words."""

import pytest
import time_machine
from django import forms
from django.http import QueryDict

from analytics.pages import customer_list, product_list
from analytics.semantics.fields import DayField, RowField
from analytics.semantics.filters import Filters, Reader
from analytics.semantics.periods import PRESETS
from analytics.semantics.report import reports
from orders.services import pay, return_items
from orders.tests.shop import at
from orders.tests.visitor import Visitor, text

pytestmark = [pytest.mark.django_db, pytest.mark.once]

EVERYBODY = Reader()
NOON = "2026-03-10 12:00:00Z"
DAYS = (["2026-01-01", "1970-01-01", "2026-03-10", "2099-12-31"], ["soon", "0002-09-01", "\0"])
SHARED = (
    {"start": "2026-01-01", "country": "", "compare": "previous_year"},
    {"end": "2026-03-09", "category": "", "compare": "previous_period", "returns_on": "order"},
)
TEXTS = (["mug", "%_'\"", "é" * 100], ["x" * 201, "\0"])


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOON, tick=False):
        yield


def visitor(signed_in) -> Visitor:
    visitor = Visitor(signed_in.user)
    visitor.user, visitor.client.raise_request_exception = signed_in.user, False
    return visitor


@pytest.fixture
def admin(signed_in):
    return visitor(signed_in("admin"))


@pytest.fixture
def sold(shop):
    """Sales of two years in two countries, the last of them today, and a return."""
    france = shop.country("France", "FR", "EUR", "20")
    mug = shop.product("mug", "10.00", cost="4.00", category="Mugs")
    pot = shop.product("pot", "1234.50", category="Pots")
    shop.sell((pot, 1), on="2025-02-20")
    shop.mug, shop.ben = mug, shop.customer("ben", france)
    sale = pay(shop.sell((mug, 4), on="2026-03-05 20:00", customer=shop.ben))
    return_items(sale, {sale.items.get(): 1}, at=at("2026-03-06"))
    shop.sell((mug, 2), (pot, 1), on="2026-03-10 08:00")
    return shop


def values_of(field) -> tuple[list[str], list[str]]:
    """Values that a field accepts, and values that it does not."""
    choices = getattr(field, "choices", None) or getattr(field.widget, "choices", None)
    if isinstance(field, DayField):
        return DAYS
    if choices:
        return [str(value) for value, _ in choices], ["nonsense", "\0"]
    if isinstance(field, RowField) or isinstance(field.widget, forms.HiddenInput):
        return [], ["0", "some"]
    if isinstance(field, forms.DecimalField | forms.FloatField | forms.IntegerField):
        known = (field.min_value, field.initial, field.max_value)
        return [str(value) for value in known if value is not None], ["many", "1e999", "\0"]
    return TEXTS


def faults(visitor, path: str, *questions: dict, refused: bool = False) -> list[tuple]:
    """The questions that are not answered, or not refused in words, with the status of each."""
    found = []
    for question in questions:
        answer = visitor.client.get(path, question, follow=True)
        explained = answer.status_code == 400 and 'role="alert"' in answer.content.decode()
        unknown = answer.status_code == 404  # nobody has that id
        if not (explained or unknown if refused else answer.status_code == 200):
            found.append((path, question, answer.status_code))
    return found


def walk(visitor, path: str, fields: dict, **always: str) -> list[tuple]:
    """Try the values of each field."""
    found = []
    for name, field in fields.items():
        good, bad = ([{**always, name: value} for value in values] for values in values_of(field))
        found += faults(visitor, path, *good) + faults(visitor, path, *bad, refused=True)
    return found


def walk_overview(visitor, reader: Reader = EVERYBODY, **chosen: str) -> list[tuple]:
    nothing = dict.fromkeys(("start", "end", "country", "category"), "")
    presets = [
        {"period": name, **own}
        for name in PRESETS
        for own in ({**nothing, "compare": "previous_year"}, {"compare": "none", **chosen})
    ]
    half = {"start": "2026-01-01"}, {"end": "2026-01-01", "compare": "previous_year"}
    backwards = {"start": "2026-02-01", "end": "2026-01-01"}
    return [
        *walk(visitor, "/", Filters(QueryDict(), reader).fields),
        *faults(visitor, "/", *presets, *half, *({"period": "custom", **own} for own in half)),
        *faults(visitor, "/", backwards, refused=True),
    ]


def test_the_overview_answers_for_every_preset_and_filter(sold, admin):
    assert walk_overview(admin, country="FR", category="Mugs") == []


def test_so_it_does_for_a_shop_without_sales(admin):
    assert walk_overview(admin) == []


def test_so_it_does_for_a_manager_of_no_country(sold, signed_in):
    assert walk_overview(visitor(signed_in("manager")), Reader(())) == []


def test_all_time_is_from_the_first_sale_to_the_last(sold, admin):
    assert "Home 20 Feb 2025 – 10 Mar 2026" in text(admin.opens("/?period=all"))


def questions_of(report, **always: str) -> tuple[list[dict], dict]:
    """Questions that have each value of the report's own parameters, and one of bad values only."""
    form = report.form(QueryDict(), Reader())
    own = {name: values_of(form.fields[name]) for name in form.own_names() if name not in always}
    most = max((len(good) for good, _ in own.values()), default=0)
    good = [
        {**always, **SHARED[turn % 2]}
        | {name: values[turn % len(values)] for name, (values, _) in own.items() if values}
        for turn in range(max(2, most))
    ]
    return good, {"start": "soon"} | {name: values[0] for name, (_, values) in own.items()}


@pytest.mark.parametrize("is_empty", [False, True])
def test_every_report_page_answers_for_its_filters(request, admin, is_empty):
    shop, found = None if is_empty else request.getfixturevalue("sold"), []
    # Explore has a page and a grammar of its own: test_explore_page.py, test_explore.py.
    for path, report in ((p, r) for p, r in reports().items() if p != "explore"):
        has_product = shop and "product" in report.form.base_fields
        good, bad = questions_of(report, **{"product": str(shop.mug.pk)} if has_product else {})
        found += faults(admin, f"/reports/{path}/", *good)
        found += faults(admin, f"/reports/{path}/", bad, refused=True)
    assert found == []


def test_a_report_page_answers_for_the_filters_that_all_have(sold, admin):
    fields = reports()["revenue/growth"].form(QueryDict(), Reader()).fields
    assert walk(admin, "/reports/revenue/growth/", fields) == []


@pytest.mark.parametrize("is_empty", [False, True])
def test_every_list_answers_for_each_of_its_filters(request, admin, is_empty):
    if not is_empty:
        request.getfixturevalue("sold")
    forms_of = {
        "/orders/": reports()["orders/list"].form(QueryDict(), Reader()),
        "/customers/": customer_list.CustomerFilters(QueryDict(), admin.user),
        "/products/": product_list.ProductFilters(QueryDict(), admin.user),
    }
    assert [
        fault for path, form in forms_of.items() for fault in walk(admin, path, form.fields)
    ] == []


@pytest.mark.parametrize("name", ["sort", "page"])
def test_a_page_or_an_order_that_is_not_there_is_the_first(sold, admin, name):
    values = [{name: value} for value in ("", "-1", "0", "9" * 30, "nonsense", "-name", "\0")]
    paths = "/orders/", "/customers/", "/products/", "/reports/revenue/monthly/", "/reports/"
    assert [fault for path in paths for fault in faults(admin, path, *values)] == []


def test_pages_of_one_thing_answer_whatever_is_added(sold, admin):
    added = {"period": "all"}, {"start": "soon"}, {"page": "\0"}
    paths = f"/products/{sold.mug.pk}/", f"/customers/{sold.ben.pk}/"
    assert [fault for path in paths for fault in faults(admin, path, *added)] == []
