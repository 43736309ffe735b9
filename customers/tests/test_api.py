import pytest
import time_machine
from django.utils import timezone

from customers.models import Country, Customer

NOON = "2026-03-05T12:00:00Z"


def country(code):
    return Country.objects.get(code=code)


def customer(code, of="DE", **fields):
    return Customer.objects.create(code=code, name=code.title(), country=country(of), **fields)


def codes(answer):
    assert answer.status_code == 200, answer.json()
    return [row["code"] for row in answer.json()["results"]]


def errors(answer, status=400):
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    return {error["field"]: error["reason"] for error in answer.json()["errors"]}


def test_a_customer_is_created_in_a_country_by_id_code_or_name(api):
    germany = country("DE")
    for n, called in enumerate([germany.pk, str(germany.pk), "DE", "de", "Germany", "GERMANY"]):
        sent = {
            "code": f"C{n}",
            "name": "Anna",
            "email": f" Anna{n}@Example.COM ",
            "country": called,
        }
        with time_machine.travel(NOON, tick=False):
            answer = api.post("/api/customers/", sent)
        row = Customer.objects.get(code=f"C{n}")
        shown = {
            "id": row.pk, "code": f"C{n}", "name": "Anna", "email": f"anna{n}@example.com",
            "country": germany.pk, "registered_at": NOON,
        }  # fmt: skip
        assert (answer.status_code, answer.json()) == (201, shown)


def test_customers_without_e_mail_do_not_collide(api):
    for code, email in {"a": "", "b": None, "c": "  "}.items():
        sent = {"code": code, "name": "x", "country": "DE", "email": email}
        assert api.post("/api/customers/", sent).json()["email"] is None


def test_an_e_mail_address_belongs_to_one_customer_in_any_spelling(api):
    customer("a", email="anna@example.com")
    sent = {"code": "b", "name": "x", "country": "DE", "email": "ANNA@example.com"}
    assert list(errors(api.post("/api/customers/", sent))) == ["email"]


def test_an_unknown_country_is_refused(api):
    for called in ("Atlantis", "", "\0", 10**30, [], {}, None, True):
        sent = {"code": "x", "name": "x", "country": called}
        assert list(errors(api.post("/api/customers/", sent))) == ["country"]
    assert not Customer.objects.exists()


def test_customers_are_filtered(api):
    customer("anna", registered_at=timezone.make_aware(timezone.datetime(2026, 1, 10)))
    customer("bob", "FR", registered_at=timezone.make_aware(timezone.datetime(2026, 2, 10)))
    customer("carl", "JP", registered_at=timezone.make_aware(timezone.datetime(2026, 3, 10)))
    for query, found in {
        "country=DE": ["anna"],
        f"country=france&country={country('JP').pk}": ["bob", "carl"],
        "start=2026-02-10&end=2026-02-10": ["bob"],
        "search=ar": ["carl"],
        "ordering=-code": ["carl", "bob", "anna"],
    }.items():
        assert codes(api.get(f"/api/customers/?{query}")) == found, query
    for query in ("country=XX", "country=DE&country=%00", "start=10/02/26", "end=2026-02-30"):
        assert list(errors(api.get(f"/api/customers/?{query}"))) == [query.split("=")[0]], query


def test_a_country_manager_sees_and_writes_only_their_country(signed_in):
    anna, bob = customer("anna"), customer("bob", "FR")
    manager = signed_in("manager", country("DE"))
    assert codes(manager.get("/api/customers/")) == ["anna"]
    assert manager.get("/api/customers/").json()["count"] == 1
    assert manager.get(f"/api/customers/{bob.pk}/").status_code == 404
    assert manager.delete(f"/api/customers/{bob.pk}/").status_code == 404
    assert list(errors(manager.get("/api/customers/?country=FR"))) == ["country"]
    for called in ("FR", country("FR").pk):
        answer = manager.patch(f"/api/customers/{anna.pk}/", {"country": called})
        assert errors(answer) == {"country": f"Unknown country '{called}'."}
    assert [row["code"] for row in manager.get("/api/countries/").json()["results"]] == ["DE"]


def test_an_unknown_country_is_named_in_the_error(api):
    answer = api.get("/api/customers/", {"country": "{% 100 %s %}"})
    assert errors(answer) == {"country": "Unknown country '{% 100 %s %}'."}


@pytest.mark.parametrize("name", ["USA", "Vereinigte Staaten", "united states"])
def test_a_country_is_not_added_again_under_another_name(api, name):
    answer = api.post("/api/countries/", {"name": name})
    assert answer.status_code == 400
    reason = "This is another name of United States."
    assert answer.json()["errors"] == [{"field": "name", "reason": reason}]
    own = f"/api/countries/{country('US').pk}/"
    assert api.patch(own, {"name": name}).json()["name"] == name


def test_countries_are_created_changed_and_deleted(api):
    answer = api.post("/api/countries/", {"name": "Channel Islands", "currency": "GBP"})
    row = answer.json()
    assert (answer.status_code, row) == (
        201, {"id": row["id"], "name": "Channel Islands", "code": "", "currency": "GBP",
              "taxes_shipping": False},
    )  # fmt: skip
    address = f"/api/countries/{row['id']}/"
    assert errors(api.patch(address, {"code": "DE"})) == {"code": "Another country has this code."}
    assert list(errors(api.patch(address, {"code": "x1"}))) == ["code"]
    assert list(errors(api.patch(address, {"name": "12"}))) == ["name"]
    assert list(errors(api.patch(address, {"name": "Germany"}))) == ["name"]
    customer("anna")
    answer = api.delete(f"/api/countries/{country('DE').pk}/")
    assert (answer.status_code, answer.json()["detail"]) == (409, "Still in use by customers.")
    assert api.delete(address).status_code == 204


def test_the_queries_of_lists_do_not_grow_with_their_rows(api, django_assert_num_queries):
    for round_of in range(2):
        for n in range(4):
            customer(f"{round_of}.{n}", "DE" if n % 2 else "FR")
        for path, queries in {"customers": 2, "customers/?country=DE": 3, "countries": 2}.items():
            with django_assert_num_queries(queries):
                assert api.get(f"/api/{path}{'' if '?' in path else '/'}").status_code == 200
