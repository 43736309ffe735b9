"""Every parameter of every report on every face: right ones are answered, wrong ones named."""

import pytest
from django import forms
from django.db import transaction
from rest_framework.test import APIClient

from accounts.models import User
from analytics.faces import FACES
from analytics.semantics.fields import CustomerField, DayField, ProductField
from analytics.semantics.filters import Filters, Reader
from analytics.semantics.report import reports
from core import throttles
from ledger import build
from orders.tests.shop import Shop

pytestmark = [pytest.mark.django_db, pytest.mark.once]

RIGHT = {
    "period": "custom", "start": "2026-02-01", "end": "2026-03-31",
    "country": "DE", "category": "Cups",
    "compare": "previous_period", "returns_on": "order", "snapshot": "1",
    "product": "mug", "customer": "anna", "hour": "12", "weekday": "3",
    "total_min": "0.01", "total_max": "1e3", "shelf": "Cups", "number": "1", "buyer": "ann",
    "a_to": "0.5", "b_to": "0.9",
    "where": "weekday:is:Thursday", "having": "units:at_least:1", "measures": "revenue,aov",
    "rows": "country", "columns": "weekday", "sort": "-revenue", "bands": "order_value:10,20",
}  # fmt: skip
# A picture is what "vega" describes, drawn: test_faces.py draws those of all reports.
DRAWN = {"svg", "png"}


@pytest.fixture(scope="module")
def client(django_db_setup, django_db_blocker):
    """One small ledger for all: a sale, a return, a guest, two countries, two categories."""
    with django_db_blocker.unblock(), transaction.atomic():
        shop = Shop()
        mug, pin = shop.product("mug", cost="4.00", category="Cups"), shop.product("pin")
        france = shop.country("France", "FR", "EUR", "20")
        shop.sell((mug, 2), (pin, 1), on="2026-01-05")
        shop.give_back(shop.sell((mug, 3), on="2026-03-05"), 1, on="2026-03-09")
        shop.sell((pin, 1), on="2026-03-05", customer=None, country=france)
        client = APIClient(raise_request_exception=False)
        client.force_authenticate(User.objects.create_user("walk@example.com", role="admin"))
        RIGHT["snapshot"] = str(build.current().number)
        yield client
        transaction.set_rollback(True)


def asked(client, path: str, name: str, parameters: dict):
    throttles.forget()  # nobody asks too often
    answer = client.get(f"/api/{path}.{name}", parameters)
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer


def right(name: str, field) -> str:
    """A value that is allowed: another than the usual one where there is a choice."""
    if name in RIGHT:
        return RIGHT[name]
    if isinstance(field, forms.ChoiceField):
        return str(list(field.choices)[-1][0])
    if isinstance(field, forms.IntegerField | forms.FloatField):
        return str(field.max_value if field.max_value < 1000 else field.min_value)
    raise AssertionError(f"Name a right value of {name}.")


def wrong(name: str, field) -> list[str]:
    """Values that are not allowed."""
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.MultipleChoiceField):
        return ["nonsense"]
    if isinstance(field, DayField):
        return ["nonsense", "2026-02-30", "0002-01-01"]
    if isinstance(field, forms.IntegerField | forms.FloatField | forms.DecimalField):
        return ["nonsense", "nan", "1e400", "9" * 30]
    return ["\0", "x" * 201] if isinstance(field, forms.CharField) else ["Nowhere", "\0"]


@pytest.mark.parametrize("path", reports())
def test_right_parameters_are_answered_on_every_face(client, path):
    fields = reports()[path].form.base_fields
    every = {name: right(name, field) for name, field in fields.items()}
    refused = {"category"} if path.startswith("analytics/forecast") else set()
    together = {name: value for name, value in every.items() if name not in refused}
    for name in FACES.keys() - DRAWN if path != "revenue/monthly" else FACES:
        assert (name, asked(client, path, name, together).status_code) == (name, 200)
    for name in reports()[path].form.own_names():
        assert (name, asked(client, path, "json", {name: every[name]}).status_code) == (name, 200)


@pytest.mark.parametrize("path", reports())
def test_wrong_parameters_are_refused_by_name_on_every_face(client, path):
    form = reports()[path].form
    own = {*form.own_names(), "no-such-parameter"}
    fields = {**form.base_fields, "no-such-parameter": forms.ChoiceField()}
    faces = [*FACES]
    for turn, name in enumerate(own if path != "revenue/monthly" else fields):
        for value in wrong(name, fields[name]):
            face = faces[turn % len(faces)]
            answer = asked(client, path, face, {name: value})
            found = [error["field"] for error in answer.json().get("errors", ())]
            assert (name, value, answer.status_code, found) == (name, value, 400, [name])


@pytest.mark.parametrize("face", FACES)
def test_every_face_names_what_is_wrong_with_the_filters(client, face):
    for name, field in Filters.base_fields.items():
        for value in wrong(name, field):
            answer = asked(client, "revenue/monthly", face, {name: value})
            assert answer.status_code == 400
            assert [error["field"] for error in answer.json()["errors"]] == [name]
    for name in FACES[face].options:
        answer = asked(client, "revenue/monthly", face, {name: "nonsense"})
        assert [error["field"] for error in answer.json()["errors"]] == [name]


def test_amounts_among_the_parameters_are_told_as_they_were_given(client):
    answer = client.get("/api/orders/list/", {"total_min": "1e1", "total_max": "99.5"})
    told = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert b'"total_min":"10","total_max":"99.5"' in told


# One product, one customer


OF_ONE = [
    (path, name, field)
    for path, report in reports().items()
    for name, field in report.form.base_fields.items()
    if isinstance(field, ProductField | CustomerField)
]


@pytest.mark.parametrize(("path", "name", "field"), OF_ONE)
def test_a_thing_is_asked_about_by_its_id_or_by_its_key(client, path, name, field):
    known = field.rows.__globals__[{"product": "Product", "customer": "Customer"}[name]]
    row = known.objects.get(**{field.key: RIGHT[name]})
    by_id, by_key = (client.get(f"/api/{path}/", {name: of}) for of in (row.pk, RIGHT[name]))
    assert by_id.status_code == 200
    assert by_id.json() == by_key.json()
    assert by_id.json()["filters"][name] == row.pk


@pytest.mark.parametrize(("path", "name", "field"), OF_ONE)
@pytest.mark.parametrize("nobody", ["999999", "9" * 40, "0", "nothing", "MUG"])
def test_what_is_not_there_is_404_on_every_face_and_page(client, path, name, field, nobody):
    for face in ("json", "csv", "svg"):
        answer = client.get(f"/api/{path}.{face}", {name: nobody})
        assert answer.status_code == 404
        assert f"There is no {name} '{nobody}'." in answer.json()["detail"]


def test_digits_are_an_id_before_they_are_a_key(client):
    from catalog.models import Product

    mug = Product.objects.get(sku="mug")
    Product.objects.create(sku=str(mug.pk), name="Digits", price=1)
    far = Product.objects.create(sku="8712345", name="Far", price=1)
    for asked_for, found in ((mug.pk, mug.pk), ("8712345", far.pk)):
        answer = client.get("/api/products/over-time/", {"product": asked_for})
        assert answer.json()["filters"]["product"] == found


def test_pages_say_that_nobody_is_there(client):
    visitor = client_of_pages(client)
    for address in ("/reports/products/over-time/?product=no", "/orders/?customer=999999"):
        answer = visitor.get(address)
        assert answer.status_code == 404
        assert "There is no " in answer.content.decode()


def client_of_pages(client):
    from django.test import Client

    visitor = Client()
    visitor.force_login(User.objects.get(email="walk@example.com"))
    return visitor


def test_a_customer_of_elsewhere_is_nobody_to_who_does_not_see_them(client, signed_in):
    from customers.models import Country

    manager = signed_in("manager", Country.objects.get(code="FR"))
    assert manager.get("/api/orders/list/", {"customer": "anna"}).status_code == 404
    manager.user.countries.add(Country.objects.get(code="DE"))
    assert manager.get("/api/orders/list/", {"customer": "anna"}).status_code == 200


# Products without a category


def test_what_has_no_category_is_asked_for_by_the_name_that_reports_give_it(client):
    by_category = client.get("/api/revenue/by-category/").json()["rows"]
    of_none = [row for row in by_category if row["category"] == "Uncategorised"]
    assert [row["revenue"] for row in of_none] == ["20.00"]
    for name in ("Uncategorised", "uncategorised"):
        answer = client.get("/api/revenue/by-category/", {"category": name}).json()
        assert [(row["category"], row["revenue"]) for row in answer["rows"]] == [
            ("Uncategorised", "20.00")
        ]
        assert answer["filters"]["category"] == "Uncategorised"


def test_what_has_no_category_is_offered_where_there_is_such(client):
    choices = [value for value, _ in reports()["revenue/monthly"].form({}, Reader()).categories()]
    assert choices == ["", "Cups", "Uncategorised"]
