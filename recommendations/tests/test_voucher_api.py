"""The voucher amount over HTTP and by command, after a small file of vouchers."""

from decimal import Decimal as D
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from analytics.predictions.fit import fit_one, fits
from customers.models import Country
from recommendations.models import Voucher

AMOUNT = "/api/vouchers/amount/"
ASKED = {
    "customer_id": 123, "country_code": "Peru", "last_order_ts": "2018-05-03 00:00:00",
    "first_order_ts": "2017-05-03 00:00:00", "total_orders": 15,
    "segment_name": "recency_segment",
}  # fmt: skip
ROWS = """timestamp,country_code,last_order_ts,first_order_ts,total_orders,voucher_amount
2018-06-20 10:00:00,Peru,2018-05-03,2017-05-03 00:00:00,15.0,2640.0
2018-06-20 11:00:00,Peru,2018-05-03,2017-05-03 00:00:00,16.0,2640.0
2018-06-20 12:00:00,Peru,2018-05-04,2017-05-03 00:00:00,16.0,3520.0
2018-06-20 13:00:00,Peru,2018-06-18,2017-05-03 00:00:00,1.0,4400.0
2018-06-20 14:00:00,Peru,2018-05-05,2017-05-03 00:00:00,,2640.0
2018-06-20 15:00:00,Peru,2018-05-05,2017-05-03 00:00:00,3.0,
2018-06-20 16:00:00,Peru,2018-05-05,2018-06-01 00:00:00,3.0,2640.0
2018-06-20 17:00:00,Peru,2018-05-05,2017-05-03 00:00:00,3.5,2640.0
2018-06-20 18:00:00,Latvia,2018-05-05,2017-05-03 00:00:00,3.0,1540.0
"""


def command(*words):
    out = StringIO()
    call_command("vouchers", *map(str, words), stdout=out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path, db):
    path = tmp_path / "vouchers.csv"
    path.write_text(ROWS)
    return path


@pytest.fixture
def history(file):
    return command("prepare", file, "--country", "Peru")


def reasons(answer):
    return {error["field"]: error["reason"] for error in answer.json()["errors"]}


def test_the_steps_of_cleaning_say_what_they_leave(history):
    assert history.splitlines()[0].split() == ["read", "9"]
    assert [line.split()[-2:] for line in history.splitlines()[1:6]] == [
        ["8", "-1"], ["7", "-1"], ["6", "-1"], ["5", "-1"], ["4", "-1"],
    ]  # fmt: skip


def test_a_dry_run_keeps_nothing(file):
    assert "7 rows would be imported" in command("prepare", file, "--country", "Peru", "--dry-run")
    assert "7 rows imported, 0 unchanged" in command("prepare", file, "--country", "Peru")
    assert "0 rows imported, 7 unchanged" in command("prepare", file, "--country", "Peru")


def test_the_most_used_amount_of_the_segment(history, api):
    answer = api.post(AMOUNT, ASKED | {"reference_date": "2018-06-20"})
    assert answer.json() == {
        "voucher_amount": 2640,
        "segment_name": "recency_segment",
        "segment": "30-60",
        "why": "2640 is most used in Peru, 30-60: 3 of 4 vouchers.",
        "times": 3,
        "sample_size": 4,
        "reference_date": "2018-06-20",
    }
    frequent = api.post(AMOUNT, ASKED | {"segment_name": "frequent_segment", "total_orders": 2})
    assert (frequent.json()["voucher_amount"], frequent.json()["segment"]) == (4400, "0-4")


def test_a_segment_without_history_gets_the_country_s_amount_and_says_so(history, api):
    body = api.post(AMOUNT, ASKED | {"reference_date": "2026-01-01"}).json()
    assert (body["voucher_amount"], body["segment"], body["sample_size"]) == (2640, "180+", 5)
    assert body["why"].startswith("No voucher was used in Peru, 180+.")


def test_until_the_next_fit_a_new_segment_has_no_history_of_an_old_one(history, api, settings):
    settings.VOUCHER_DAYS = (40, 61)  # as when an administrator saves other bounds
    body = api.post(AMOUNT, ASKED | {"reference_date": "2018-06-20"}).json()
    assert (body["segment"], body["sample_size"]) == ("40-60", 5)
    assert body["why"].startswith("No voucher was used in Peru, 40-60.")


def test_a_country_without_history_is_told_of(history, api):
    Country.objects.get_or_create(name="Chile")
    answer = api.post(AMOUNT, ASKED | {"country_code": "Chile"})
    assert (answer.status_code, answer.json()["detail"]) == (
        404,
        "There are no past vouchers in Chile.",
    )


@pytest.mark.parametrize(
    ("wrong", "field", "reason"),
    [
        ({"total_orders": -1}, "total_orders", "greater than or equal to 0"),
        ({"last_order_ts": "2016-01-01 00:00:00"}, "last_order_ts", "before the first one"),
        ({"reference_date": "2018-01-01"}, "last_order_ts", "after the reference date"),
        ({"segment_name": "other"}, "segment_name", "not a valid choice"),
        ({"country_code": "Narnia"}, "country_code", "Unknown country 'Narnia'"),
        ({"amount": 1}, "amount", "Not known here"),
        ({"last_order_ts": "yesterday"}, "last_order_ts", "wrong format"),
    ],
)
def test_what_is_wrong_is_named(history, api, wrong, field, reason):
    answer = api.post(AMOUNT, ASKED | wrong)
    assert answer.status_code == 400
    assert reason in reasons(answer)[field]


def test_nothing_to_go_by(db, api):
    assert sorted(reasons(api.post(AMOUNT, {}))) == ["country_code", "total_orders"]
    assert api.post(AMOUNT, {"customer_id": 999_999}).status_code == 404


def test_of_a_customer_on_file_all_is_derived_from_the_books(shop, api):
    mug, ben = shop.product("mug"), shop.customer("ben")
    for on in ("2026-01-01", "2026-01-05"):
        shop.sell((mug, 1), on=on, customer=ben, voucher=D(5))
    shop.sell((mug, 1), on="2026-01-01")
    fit_one(fits()["vouchers"])
    asked = {"customer_id": shop.anna.pk, "reference_date": "2026-01-05"}
    frequent = api.post(AMOUNT, asked).json()
    assert (frequent["voucher_amount"], frequent["why"]) == (
        5,
        "5 is most used in Germany, 0-4: 2 of 2 vouchers.",
    )
    recent = api.post(AMOUNT, asked | {"segment_name": "recency_segment"}).json()
    assert (recent["segment"], recent["sample_size"]) == ("under 30", 1)
    early = api.post(
        AMOUNT, asked | {"segment_name": "recency_segment", "reference_date": "2025-01-01"}
    )
    assert reasons(early) == {"last_order_ts": "The customer had no orders up to that day."}


def test_the_rfm_group_is_that_of_the_report(shop, api):
    mug, ben = shop.product("mug"), shop.customer("ben")
    shop.sell((mug, 1), on="2026-01-01")
    for on in ("2026-03-01", "2026-03-05"):
        shop.sell((mug, 9), on=on, customer=ben, voucher=D(7))
    carl = shop.customer("carl")
    fit_one(fits()["vouchers"])
    groups = {r["customer_id"]: r["group"] for r in api.get("/api/customers/rfm/").json()["rows"]}
    assert groups == {shop.anna.pk: "Dormant", ben.pk: "Champions"}
    asked = {"segment_name": "rfm_segment"}
    of_ben = api.post(AMOUNT, asked | {"customer_id": ben.pk}).json()
    assert (of_ben["segment"], of_ben["voucher_amount"], of_ben["times"]) == ("Champions", 7, 2)
    said = api.post(AMOUNT, asked | {"country_code": "Germany", "rfm_group": "Champions"}).json()
    assert said == of_ben
    of_carl = api.post(AMOUNT, asked | {"customer_id": carl.pk}).json()
    assert of_carl["segment"] == "Prospects"
    assert of_carl["why"].startswith("No voucher was used in Germany, Prospects.")
    early = asked | {"customer_id": ben.pk, "reference_date": "2026-03-01"}
    assert reasons(api.post(AMOUNT, early)) == {
        "reference_date": "RFM groups are only available for today."
    }


def test_a_manager_asks_only_for_customers_of_their_countries(shop, signed_in):
    france = shop.country("France", "FR")
    manager = signed_in("manager", france)
    assert manager.post(AMOUNT, {"customer_id": shop.anna.pk}).status_code == 404
    assert manager.post("/api/vouchers/", {"customer": shop.anna.pk}).status_code == 400


def test_a_voucher_is_issued_once_a_day_and_remembered(shop, api):
    shop.sell((shop.product("mug"), 1), voucher=D(5))
    fit_one(fits()["vouchers"])
    issued = api.post("/api/vouchers/", {"customer": shop.anna.pk})
    assert issued.status_code == 201
    assert {name: issued.json()[name] for name in ("customer", "segment", "amount")} == {
        "customer": shop.anna.pk,
        "segment": "0-4",
        "amount": "5.00",
    }
    assert api.post("/api/vouchers/", {"customer": shop.anna.pk}).status_code == 409
    assert Voucher.objects.count() == 1


def test_the_amount_by_command(history):
    assert command("amount", "--country", "Peru", "--orders", 15).splitlines()[0] == "2640"
    by_days = command(
        "amount", "--country", "PE", "--last-order", "2018-06-18", "--on", "2018-06-20"
    )
    assert by_days.splitlines()[0] == "4400"
    with pytest.raises(CommandError, match="there is no country 'Narnia'"):
        command("amount", "--country", "Narnia", "--orders", 1)
    with pytest.raises(CommandError, match="Give one of"):
        command("amount", "--country", "Peru")


def test_the_report_shows_every_amount_and_what_was_set_aside(history, api):
    asked = "/api/vouchers/segments/?country=Peru&segment_name=frequent_segment"
    rows = api.get(asked).json()["rows"]
    assert [(row["segment"], row["amount"], row["times"], row["advice"]) for row in rows] == [
        ("0-4", "4400", 1, "most used"),
        ("14-37", "2640", 2, "most used"),
        ("14-37", "3520", 1, ""),
        ("set aside: no amount", None, 1, ""),
        ("set aside: no number of orders", None, 1, ""),
    ]


def vouchers(shop, sales, issued_on):
    """A hundred customers with a voucher of whom so many bought after it, and a hundred without."""
    mug = shop.product("mug", stock=10_000)
    people = [shop.customer(f"c{n}") for n in range(200)]
    Voucher.objects.bulk_create(
        Voucher(customer=one, country=one.country, segment_name="frequent_segment", segment="0-4",
                amount=5, held_out=n < 100, issued_on=issued_on)
        for n, one in enumerate(people)
    )  # fmt: skip
    shop.sell((mug, 1), on="2026-03-01")
    for n in sales:
        shop.sell((mug, 1), on="2026-03-10", customer=people[n])
    shop.sell((mug, 1), on="2026-06-01")
    fit_one(fits()["vouchers"])


def test_what_vouchers_do_is_told_with_an_interval(shop, api):
    vouchers(shop, [*range(10), *range(100, 150)], "2026-03-05")
    rows = api.get("/api/recommendations/voucher-lift/").json()["rows"]
    treated, held = rows
    assert (treated["side"], treated["issued"], treated["orders_each"]) == (
        "got the voucher", 100, "0.5",
    )  # fmt: skip
    assert (held["side"], held["revenue_each"]) == ("held out", "1.00")
    assert (treated["lift"], treated["verdict"]) == ("4", "Vouchers increase net sales.")
    assert float(treated["lower"]) == pytest.approx(4 - 1.96 * (34 / 99) ** 0.5, abs=1e-4)


def test_too_few_vouchers_tell_nothing_yet(shop, api):
    vouchers(shop, [], "2026-05-25")  # their thirty days are not over
    assert api.get("/api/recommendations/voucher-lift/").json()["rows"] == []


@pytest.mark.skipif(
    not (settings.BASE_DIR / "../shared/data/voucher_data.parquet.gzip").exists(),
    reason="the published file is not beside the checkout",
)
def test_the_published_file_has_the_published_counts(db):
    path = Path(settings.BASE_DIR / "../shared/data/voucher_data.parquet.gzip").resolve()
    body = command("prepare", path, "--country", "Peru", "--dry-run").splitlines()
    assert [line.split()[-1] for line in body[4:6]] == ["-819", "-3,464"]
    assert body[5].split()[-2] == "40,637"
