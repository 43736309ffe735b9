import hashlib
import io

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Inventory
from customers.models import Country
from imports.models import Import
from imports.purchases import free_number
from orders.models import Order

ANNA = {
    "customer_name": "Anna", "country": "Germany", "purchase_date": "2024-12-05",
    "amount": "418.15",
}  # fmt: skip
FILE = """customer_name,country,purchase_date,amount
Anna,Germany,2024-12-05,418.15
Bob,France,2024-12-06,12.5
Bob,France,2024-12-06,12.5
Eve,Spain,someday,3
"""


def bulk(client, text=FILE, status=201):
    answer = client.post("/api/purchases/bulk/", text, content_type="text/csv")
    assert answer.status_code == status, answer.json()
    return answer.json()


def listed(client, query=""):
    answer = client.get(f"/api/purchases/?ordering=id&{query}")
    assert answer.status_code == 200, answer.json()
    return [
        (row["customer_name"], row["country"], row["purchase_date"], row["amount"])
        for row in answer.json()["results"]
    ]


def test_a_purchase_is_an_order_of_one_line(api):
    answer = api.post("/api/purchases/", ANNA)
    order = Order.objects.get()
    shown = {"id": order.pk, **ANNA, "currency": "EUR"}
    assert (answer.status_code, answer.json()) == (201, shown)
    assert api.get(f"/api/purchases/{order.pk}/").json() == shown
    item = order.items.get()
    assert (order.source, order.status, order.kind) == ("purchases", "delivered", "sale")
    assert (order.customer.code, item.product.sku, item.quantity) == ("Anna", "purchase", 1)
    assert not Inventory.objects.exists()


def test_a_file_knows_what_was_told_one_by_one(api):
    api.post("/api/purchases/", ANNA)
    api.post("/api/purchases/", ANNA | {"customer_name": "Bob", "country": "France",
             "purchase_date": "2024-12-06", "amount": "12.50"})  # fmt: skip
    told = bulk(api)
    assert [told[n] for n in ("read", "stored", "updated", "unchanged", "rejected")] == [
        4,
        1,
        0,
        2,
        1,
    ]
    assert told["reasons"] == {"bad_date": 1}
    assert told["rejects"] == [{
        "record": 4, "line": 5, "column": "purchase_date", "code": "bad_date",
        "reason": "this is not a date that can be read", "raw": "Eve,Spain,someday,3",
    }]  # fmt: skip
    assert listed(api) == [
        ("Anna", "Germany", "2024-12-05", "418.15"),
        ("Bob", "France", "2024-12-06", "12.50"),
        ("Bob", "France", "2024-12-06", "12.50"),
    ]
    assert bulk(api)["unchanged"] == 3


def test_the_same_words_again_are_one_more_purchase_but_for_a_key(api):
    for _ in range(2):
        assert api.post("/api/purchases/", ANNA).status_code == 201
    for _ in range(2):
        answer = api.post("/api/purchases/", ANNA, headers={"Idempotency-Key": "k1"})
        assert answer.status_code == 201
    assert Order.objects.count() == 3


def test_a_bulk_file_may_be_a_form_and_can_be_undone(api):
    file = SimpleUploadedFile("p.csv", FILE.encode())
    answer = api.post("/api/purchases/bulk/", {"file": file}, format="multipart")
    assert (answer.status_code, answer.json()["stored"]) == (201, 3)
    run = Import.objects.get(pk=answer.json()["import"])
    assert (run.name, run.state, run.format, run.user) == ("p.csv", "done", "purchases", api.user)
    assert api.post(f"/api/imports/{run.pk}/undo/").status_code == 200
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "No file was submitted"),
        ("\n", "empty"),
        ("a,b\n1,2\n", "needs the columns"),
        (b"\xff\xfe\x00", ""),
    ],
)
def test_a_bulk_file_that_is_none_is_refused(api, text, said):
    (error,) = bulk(api, text, 400)["errors"]
    assert error["field"] == "file"
    assert said in error["reason"]
    assert not Import.objects.exists()


def test_a_large_bulk_file_is_sent_elsewhere(api):
    text = "customer_name,country,purchase_date,amount\n" + "x" * 5 * 2**20
    for body in (text, text + "x" * 100_000):
        assert "/api/imports/" in bulk(api, body, 413)["detail"]
    assert api.post("/api/purchases/bulk/", {"a": 1}).status_code == 415


def test_purchases_are_filtered_by_country_and_date(api):
    bulk(api)
    api.post("/api/purchases/", ANNA | {"country": "Atlantis", "purchase_date": "2024-12-07"})
    anna, bob = (
        ("Anna", "Germany", "2024-12-05", "418.15"),
        ("Bob", "France", "2024-12-06", "12.50"),
    )
    last = ("Anna", "Atlantis", "2024-12-07", "418.15")
    for query, found in {
        "": [anna, bob, bob, last],
        "country=germany": [anna],
        "country=DE&country=atlantis": [anna, last],
        "countries=GERMANY&countries=fr": [anna, bob, bob],
        "start_date=2024-12-06": [bob, bob, last],
        "end_date=2024-12-05": [anna],
        "start_date=2024-12-06&end_date=2024-12-06&country=FR": [bob, bob],
        "page_size=1&page=4": [last],
    }.items():
        assert listed(api, query) == found, query
    for query in (
        "country=Narnia",
        "countries=Narnia",
        "start_date=x",
        "end_date=2024-13-01",
        "day=1",
    ):
        answer = api.get(f"/api/purchases/?{query}")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == query.split("=")[0]


def test_a_purchase_that_cannot_be_is_refused_by_field(api):
    for name, value in [
        ("customer_name", ""), ("customer_name", "a\0"), ("customer_name", "x" * 101),
        ("country", ""), ("purchase_date", "2024-02-30"), ("purchase_date", "05/03/2024"),
        ("purchase_date", "1900-01-01"), ("purchase_date", "2999-01-01"), ("amount", "-1"),
        ("amount", "NaN"), ("amount", "1E+1000000000"), ("amount", "1.23456"), ("amount", "12,5"),
        ("amount", "12.345"), ("country", " "), ("customer_name", " "),
        ("id", 1), ("colour", "red"),
    ]:  # fmt: skip
        answer = api.post("/api/purchases/", ANNA | {name: value})
        assert (answer.status_code, [e["field"] for e in answer.json()["errors"]]) == (400, [name])
    assert not Order.objects.exists()


@time_machine.travel("2026-03-05T12:00:00Z", tick=False)
@pytest.mark.parametrize(
    ("day", "status"),
    [("1970-12-31", 400), ("1971-01-01", 201), ("2026-03-05", 201),
     ("2026-03-06", 201), ("2026-03-07", 400)],
)  # fmt: skip
def test_a_purchase_is_of_today_or_before_or_of_tomorrow_elsewhere(api, day, status):
    assert api.post("/api/purchases/", ANNA | {"purchase_date": day}).status_code == status


def test_a_manager_sees_purchases_of_own_countries_and_makes_none(api, signed_in):
    bulk(api)
    manager = signed_in("manager", Country.objects.named("DE"))
    assert listed(manager) == [("Anna", "Germany", "2024-12-05", "418.15")]
    assert manager.get("/api/purchases/?country=FR").status_code == 400
    france = Order.objects.filter(country__code="FR").first()
    assert manager.get(f"/api/purchases/{france.pk}/").status_code == 404
    for client in (manager, signed_in("analyst"), signed_in("")):
        assert client.post("/api/purchases/", ANNA).status_code == 403
        assert bulk(client, status=403)
    assert len(listed(signed_in("analyst"))) == 3
    operator = signed_in("operator")
    assert operator.post("/api/purchases/", ANNA).status_code == 201
    assert bulk(operator)["unchanged"] == 3


def test_the_sample_file_agrees_with_single_posts(api):
    text = io.StringIO(FILE).readlines()
    for line in text[1:4]:
        name, country, day, amount = line.strip().split(",")
        sent = {"customer_name": name, "country": country, "purchase_date": day, "amount": amount}
        assert api.post("/api/purchases/", sent).status_code == 201
    assert bulk(api)["unchanged"] == 3


@pytest.mark.parametrize("amount", ["1_000", "١٢", "1 000", "0x10"])
def test_an_amount_that_only_python_would_read_is_refused(api, amount):
    answer = api.post("/api/purchases/", ANNA | {"amount": amount})
    assert (answer.status_code, answer.json()["errors"]) == (
        400, [{"field": "amount", "reason": "A valid number is required."}],
    )  # fmt: skip
    assert not Order.objects.exists()


REFUSED = """customer_name,country,purchase_date,amount
,Germany,2024-12-05,1
Anna, ,2024-12-05,1
Anna,Germany,2024-12-05,12.345
Anna,Germany,2024-12-05,12.340
"""


def test_a_file_refuses_the_rows_that_a_single_purchase_is_refused_for(api):
    told = bulk(api, REFUSED)
    assert (told["stored"], told["rejected"]) == (1, 3)
    assert [(r["line"], r["column"], r["code"]) for r in told["rejects"]] == [
        (2, "customer_name", "missing_customer"),
        (3, "country", "missing_country"),
        (4, "amount", "too_many_places"),
    ]
    assert told["rejects"][2]["reason"] == "the amount has more than the 2 decimal places of EUR"


def test_the_places_of_an_amount_are_those_of_the_base_currency(api, settings):
    settings.BASE_CURRENCY = "JPY"  # as when an administrator saves another one
    told = bulk(api)  # 418.15, 12.5 and 12.5
    reasons = [reject["reason"] for reject in told["rejects"]]
    assert reasons.count("the amount has more than the 0 decimal places of JPY") == 3


UMLAUT = "customer_name,country,purchase_date,amount\nJürgen,Österreich,2024-12-05,1\n"


@pytest.mark.parametrize("way", ["form", "body"])
def test_the_encoding_of_a_file_can_be_told(api, way):
    told = UMLAUT.encode("cp1252")
    if way == "form":
        sent = {"file": SimpleUploadedFile("p.csv", told), "encoding": "cp1252"}
        answer = api.post("/api/purchases/bulk/", sent, format="multipart")
    else:
        kind = "text/csv; charset=cp1252"
        answer = api.post("/api/purchases/bulk/", told, content_type=kind)
    assert (answer.status_code, answer.json()["stored"]) == (201, 1)
    assert listed(api) == [("Jürgen", "Austria", "2024-12-05", "1.00")]


def test_an_encoding_that_is_not_known_is_refused_by_name(api):
    sent = {"file": SimpleUploadedFile("p.csv", UMLAUT.encode("cp1252")), "encoding": "klingon"}
    answer = api.post("/api/purchases/bulk/", sent, format="multipart")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "encoding")


def numbered(*texts):
    return hashlib.md5("|".join(map(str, texts)).encode()).hexdigest()  # noqa: S324


def test_the_number_of_one_purchase_more_is_found_in_a_few_questions(api):
    api.post("/api/purchases/", ANNA)
    first = Order.objects.get()
    texts = ("Anna", "Germany", "2024-12-05", "418.1500")
    numbers = [numbered(*texts, n) for n in range(2, 2400)]
    same = {"source": "purchases", "country": first.country, "currency": "EUR"}
    same |= {"placed_at": first.placed_at, "placed_on": first.placed_on}
    Order.objects.bulk_create([Order(number=number, **same) for number in numbers])
    with CaptureQueriesContext(connection) as asked:
        found = free_number(*texts)
    assert found == numbered(*texts, 2400)
    assert len(asked) <= 25


def test_a_country_by_another_name_is_not_made_once_more(api):
    before = Country.objects.count()
    answer = api.post("/api/purchases/", ANNA | {"country": "Deutschland"})
    assert (answer.status_code, answer.json()["country"]) == (201, "Germany")
    told = bulk(api, FILE.replace("Spain,someday", "U.K.,2024-12-07").replace("France", "Gaul"))
    assert told["warnings"] == ["Unknown countries, kept without a code: Gaul."]
    assert Order.objects.get(customer__code="Eve").country.code == "GB"
    assert Country.objects.count() == before + 1
