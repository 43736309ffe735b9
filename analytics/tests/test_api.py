"""Reports over HTTP: addresses, parameters, who may ask, and what is refused."""

import pytest

from analytics.semantics.periods import PRESETS
from analytics.semantics.report import reports

KINDS = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "png": "image/png",
    "svg": "image/svg+xml",
    "vega": "application/json",
    "text": "text/plain; charset=utf-8",
}


@pytest.fixture
def sold(shop):
    return shop.sell((shop.product("mug", category="Mugs"), 2), on="2026-03-05")


def reasons(answer):
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    return {error["field"]: error["reason"] for error in answer.json()["errors"]}


@pytest.mark.parametrize("name", KINDS)
def test_a_suffix_or_a_parameter_chooses_the_face(api, sold, name):
    by_suffix = api.get(f"/api/revenue/by-hour.{name}")
    by_parameter = api.get(f"/api/revenue/by-hour/?format={name}")
    assert by_suffix.status_code == by_parameter.status_code == 200
    assert by_suffix["Content-Type"] == by_parameter["Content-Type"] == KINDS[name]
    assert by_suffix.content == by_parameter.content


def test_a_file_is_named_after_what_it_holds(api, sold):
    answer = api.get("/api/revenue/monthly.csv?start=2026-03-01&end=2026-03-31")
    assert answer["Content-Disposition"] == (
        'attachment; filename="revenue-monthly-2026-03-01-2026-03-31.csv"'
    )


def test_the_last_day_counts_whole(api, shop):
    shop.sell((shop.product("mug"), 1), on="2026-03-31 23:59")
    answer = api.get("/api/revenue/monthly/?start=2026-03-31&end=2026-03-31").json()
    assert answer["totals"]["orders"] == 1


def test_a_month_is_also_found_at_its_old_address(api, sold):
    new, old = api.get("/api/revenue/monthly/"), api.get("/api/analytics/revenue/monthly/")
    assert new.content == old.content


@pytest.mark.parametrize(
    ("query", "field", "reason"),
    [
        ("start=2026-13-01", "start", "Enter a valid date (YYYY-MM-DD)."),
        ("start=01.03.2026", "start", "Enter a valid date (YYYY-MM-DD)."),
        ("start=0001-01-01", "start", "Enter a date from 1970-01-01 to 2099-12-31."),
        ("start=2026-03-02&end=2026-03-01", "end", "The last day is before the first."),
        ("country=Atlantis", "country", "'Atlantis' is not a country that you see."),
        ("country=DE' or 1=1 --", "country", "\"DE' or 1=1 --\" is not a country that you see."),
        ("country=D%00E", "country", "A NUL is not part of a name."),
        ("category=Hats", "category", "'Hats' is not a category."),
        ("category=read_csv('/etc/passwd')", "category",
         "\"read_csv('/etc/passwd')\" is not a category."),
        ("snapshot=99", "snapshot", "There is no snapshot 99, or it is no longer kept."),
        ("snapshot=1;drop table lines", "snapshot", "Enter a whole number."),
        ("format=exe", "format",
         "'exe' is not known. Known: json, csv, xlsx, png, svg, vega, text."),
        ("format=png&theme=pink", "theme", "Known: light, dark."),
        ("format=csv&bom=yes", "bom", "Enter 1 or 0."),
        ("compare=tomorrow", "compare",
         "Select a valid choice. tomorrow is not one of the available choices."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(api, sold, query, field, reason):
    assert reasons(api.get(f"/api/revenue/monthly/?{query}")) == {field: reason}


def test_a_misspelt_parameter_is_refused(api, sold):
    refused = reasons(api.get("/api/revenue/monthly/?strat=2026-03-01"))
    assert refused["strat"].startswith("Not known here. Known: category, compare, country")


def test_a_category_holds_those_inside_of_it(api, shop):
    mugs = shop.product("mug", category="Mugs").category
    cups = shop.product("cup", category="Cups")
    cups.category.parent = mugs
    cups.category.save()
    shop.sell((cups, 1), (shop.product("hat", category="Hats"), 1), on="2026-03-05")
    answer = api.get("/api/revenue/monthly/?category=mugs").json()
    assert (answer["totals"]["revenue"], answer["filters"]["category"]) == ("10.00", "Mugs")


def test_the_same_snapshot_gives_the_same_answer_again(api, shop, sold):
    first = api.get("/api/revenue/monthly/")
    number = first.json()["snapshot"]
    shop.sell((sold.items.get().product, 5), on="2026-03-05")
    assert api.get("/api/revenue/monthly/").json()["totals"]["orders"] == 2
    again = api.get(f"/api/revenue/monthly/?snapshot={number}").json()
    assert (again["rows"], again["snapshot"]) == (first.json()["rows"], number)


def test_a_return_counts_on_its_own_day_or_on_that_of_the_order(api, shop):
    from orders.services import return_items

    order = shop.sell((shop.product("mug"), 2), on="2026-03-05")
    order.refresh_from_db()
    shop_pays = order
    shop_pays.status = "paid"
    shop_pays.save()
    returned = return_items(order, {order.items.get(): 1})
    returned.placed_at = returned.placed_at.replace(year=2026, month=4, day=2)
    returned.save()

    def months(query=""):
        rows = api.get(f"/api/revenue/monthly/{query}").json()["rows"]
        return [(row["month"], row["revenue"]) for row in rows]

    assert months() == [("2026-03", "20.00"), ("2026-04", "-10.00")]
    assert months("?returns_on=order") == [("2026-03", "10.00"), ("2026-04", "0.00")]


def test_the_list_names_every_report_with_its_parameters(api, sold):
    listed = {report["path"]: report for report in api.get("/api/reports/").json()}
    assert listed.keys() == reports().keys()
    monthly = listed["revenue/monthly"]
    assert monthly["description"] == "How much was sold in each month?"
    assert monthly["address"] == "/api/revenue/monthly/"
    assert monthly["formats"] == list(KINDS)
    period, _today, start, *_others = monthly["parameters"]
    assert period["choices"] == [*PRESETS]
    assert start.keys() == {"name", "description"}
    assert start["name"] == "start"
    assert [c["name"] for c in monthly["columns"]][:2] == ["month", "gross"]


def test_an_operator_gets_no_reports_about_single_customers(signed_in, sold):
    operator = signed_in("operator")
    personal = [path for path, report in reports().items() if report.personal]
    listed = {report["path"] for report in operator.get("/api/reports/").json()}
    assert listed == reports().keys() - set(personal)
    assert {operator.get(f"/api/{path}/").status_code for path in personal} <= {403}


def test_swagger_shows_each_report_with_its_parameters(api):
    paths = api.get("/swagger.json").json()["paths"]
    assert {f"/api/{path}/" for path in reports()} <= paths.keys()
    (face, *_) = paths["/api/revenue/monthly.{suffix}"]["get"]["parameters"]
    assert (face["name"], face["in"], face["enum"]) == ("suffix", "path", list(KINDS))
    assert "404" in paths["/api/revenue/monthly.{suffix}"]["get"]["responses"]
    told = paths["/api/revenue/monthly/"]["get"]
    assert told["summary"] == "Net sales by month"
    names = [parameter["name"] for parameter in told["parameters"]]
    assert names == [
        "format", "period", "include_today", "start", "end", "country", "category", "where",
        "compare", "returns_on", "snapshot", "grain",
    ]  # fmt: skip
