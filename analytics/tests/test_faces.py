"""Faces show one and the same answer, each in its own way."""

import csv
import io
import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal as D

import duckdb
import openpyxl
import pyarrow as pa
import pytest
from django.utils.datastructures import MultiValueDict

from analytics.faces import FACES, as_json, render_query
from analytics.query import lazy_table
from analytics.query.cache import cache
from analytics.query.lazy_table import LazyTable, is_cached
from analytics.query.query import build_query
from analytics.query.run import run
from analytics.semantics.filters import Reader
from analytics.semantics.report import Column, reports
from catalog.models import Product
from ledger import build
from ledger.models import parts_by_table, parts_of_snapshot

pytestmark = pytest.mark.once


@pytest.fixture
def face(shop):
    mug = shop.product("mug")
    shop.sell((mug, 2), on="2026-03-05")
    shop.sell((mug, 1), on="2026-02-05")

    def shown(name, path="revenue/by-hour", parameters=None, **options):
        query = build_query(reports()[path], MultiValueDict(parameters or {}), Reader())
        content = render_query(query, name, **options)
        return content if isinstance(content, bytes) else b"".join(content)

    return shown


UNKNOWN = "; on 1 Feb 2026 the shop was not open yet"
MARCH = {"start": ["2026-03-01"], "end": ["2026-03-31"], "compare": ["previous_period"]}


def test_json_is_the_whole_answer(face):
    told = json.loads(face("json", "revenue/monthly", MARCH))
    row = {
        "month": "2026-03", "gross": "20.00", "discounts": "0.00", "returns": "0.00",
        "revenue": "20.00", "orders": 1, "units": 2, "aov": "20.00",
    }  # fmt: skip
    assert told["rows"] == [row]
    assert told["totals"] == {name: value for name, value in row.items() if name != "month"}
    assert told["period"] == {"start": "2026-03-01", "end": "2026-03-31", "complete": True}
    assert told["compare"]["with"] == "previous_period"
    assert told["compare"]["text"] == "1–31 Mar 2026 compared with 1–28 Feb 2026" + UNKNOWN
    assert told["compare"]["period"] == {
        "start": "2026-02-01", "end": "2026-02-28", "complete": True, "hours": 24,
    }  # fmt: skip
    assert [row["revenue"] for row in told["compare"]["rows"]] == ["10.00"]
    assert told["compare"]["matches"] == [0]
    assert told["columns"][4] == {
        "name": "revenue", "label": "Net sales", "kind": "money",
        "definition": "Gross sales − discounts − returns, without tax and shipping.",
    }  # fmt: skip
    assert (told["report"], told["currency"], told["snapshot"]) == ("revenue/monthly", "EUR", 1)
    assert datetime.fromisoformat(told["created_at"])


def test_amounts_keep_their_places(shop, face):
    shop.sell((shop.product("bead", price="0.0050"), 3), on="2026-03-05 09:00")
    rows = json.loads(face("json"))["rows"]
    assert [row["revenue"] for row in rows if row["orders"]] == ["0.015", "30.00"]


def test_totals_are_summed_exactly_and_rounded_once(shop, face):
    """Half a cent six times is three cents, and 2.5 cents are three: halves go up."""
    bead = shop.product("bead", price="0.0050")
    for hour in range(6):
        shop.sell((bead, 1), on=f"2026-04-05 0{hour}:30")
    april = {"start": ["2026-04-01"], "end": ["2026-04-30"]}
    told = json.loads(face("json", parameters=april))
    assert [row["revenue"] for row in told["rows"] if row["orders"]] == ["0.005"] * 6
    assert told["totals"]["revenue"] == "0.03"
    shop.give_back(shop.sell((bead, 1), on="2026-04-06"), 1, on="2026-04-06")
    shop.sell((bead, 1), on="2026-05-05")
    may = {"start": ["2026-05-01"], "end": ["2026-05-31"]}
    assert json.loads(face("json", parameters=may))["totals"]["revenue"] == "0.01"
    sheet = openpyxl.load_workbook(io.BytesIO(face("xlsx", "analytics/kpis", may)))["Report"]
    labels, values = sheet.iter_rows(values_only=True)
    assert values[labels.index("Net sales")] == 0.01
    (kpis,) = json.loads(face("json", "analytics/kpis", may))["rows"]
    assert (kpis["revenue"], kpis["aov"]) == ("0.01", "0.01")
    (row,) = csv.DictReader(io.StringIO(face("csv", "analytics/kpis", may).decode()))
    assert (row["revenue"], row["aov"]) == ("0.01", "0.01")


def test_a_currency_without_cents_is_shown_without_them(shop, face, settings):
    settings.BASE_CURRENCY = "JPY"
    assert face("text").decode().splitlines()[-1] == "              30       2"


TWO_OF_EACH = {  # kind: the values as Arrow has them, and as JSON says them
    "money": ([D("10.5000"), D("-0.1250"), None], ["10.50", "-0.125", None]),
    "share": ([D("0.250000"), D("1.000000"), None], ["0.25", "1", None]),
    "count": ([7, 0, None], [7, 0, None]),
    "date": ([date(2026, 3, 5), date(1969, 12, 31), None], ["2026-03-05", "1969-12-31", None]),
    "month": ([date(2026, 3, 1), date(2026, 12, 1), None], ["2026-03", "2026-12", None]),
    "quarter": ([date(2026, 3, 1), date(2026, 12, 1), None], ["2026-Q1", "2026-Q4", None]),
    "month_of_year": ([3, 12, None], ["March", "December", None]),
    "moment": (
        [datetime(2026, 3, 5, 9), datetime(2026, 3, 5, 23, 59, 59), None],
        ["2026-03-05 09:00:00", "2026-03-05 23:59:59", None],
    ),
    "weekday": ([1, 7, None], ["Monday", "Sunday", None]),
    "text": (['a "b" \\\n\x00 ü', "", None], ['a "b" \\\n\x00 ü', "", None]),
}


@pytest.mark.parametrize("kind", TWO_OF_EACH)
@pytest.mark.parametrize("length", [1, 2, 3])
def test_json_says_a_value_as_its_kind_asks(kind, length):
    values, said = (half[:length] for half in TWO_OF_EACH[kind])
    places = {"money": pa.decimal128(38, 4), "share": pa.decimal128(38, 6)}.get(kind)
    table = pa.table({"a": pa.array(values, places), "b": pa.array(values, places)})
    columns = Column("a", kind), Column("b", kind)
    rows = json.loads(b"[" + as_json.json_rows(table, columns) + b"]")
    assert rows == [{"a": value, "b": value} for value in said]


def test_csv_has_the_earlier_period_beside(face):
    rows = list(csv.DictReader(io.StringIO(face("csv", "revenue/monthly", MARCH).decode())))
    assert [(row["month"], row["revenue"], row["revenue_before"]) for row in rows] == [
        ("2026-03", "20.00", "10.00")
    ]


def test_csv_begins_with_a_bom_if_asked(face):
    assert face("csv", bom=True) == b"\xef\xbb\xbf" + face("csv")


def test_excel_holds_numbers_and_says_what_it_is(face):
    book = openpyxl.load_workbook(io.BytesIO(face("xlsx", "revenue/monthly", MARCH)))
    sheet = book["Report"]
    assert [cell.value for cell in sheet[1]][:5] == [
        "Month", "Gross sales", "Discounts", "Returns", "Net sales",
    ]  # fmt: skip
    assert [cell.value for cell in sheet[2]][:5] == [datetime(2026, 3, 1), 20, 0, 0, 20]
    assert sheet.freeze_panes == "A2"
    about = {row[0].value: row[1].value for row in book["About"]}
    assert about["Period"] == "2026-03-01 to 2026-03-31"
    assert about["Comparison"] == "1–31 Mar 2026 compared with 1–28 Feb 2026" + UNKNOWN
    assert about["Snapshot"] == "1"
    assert about["Net sales"].startswith("Gross sales − discounts")


def test_text_that_looks_like_a_formula_stays_text(shop, face):
    shop.sell((shop.product("=1+1"), 1), on="2026-03-05")
    rows = list(csv.DictReader(io.StringIO(face("csv", "products/top").decode())))
    assert ("'=1+1", "'=1+1") in [(row["sku"], row["product"]) for row in rows]
    sheet = openpyxl.load_workbook(io.BytesIO(face("xlsx", "products/top")))["Report"]
    assert {"=1+1"} & {cell.value for row in sheet for cell in row if cell.data_type == "s"}


def test_text_is_aligned_for_a_terminal(face):
    lines = face("text").decode().splitlines()
    assert lines[0] == "Net sales by hour"
    assert lines[2] == "2026-02-05 to 2026-03-05 · EUR · snapshot 1"
    assert lines[4] == "Hour   Net sales  Orders"
    assert lines[5 + 1 + 12] == "12:00      30.00       2"
    assert lines[-1] == "           30.00       2"
    lines = face("text", parameters=MARCH).decode().splitlines()
    assert lines[3] == "1–31 Mar 2026 compared with 1–28 Feb 2026" + UNKNOWN


def test_a_value_that_is_not_there_is_a_dash(face):
    june = {"start": ["2026-06-01"], "end": ["2026-06-30"]}
    assert face("text", "revenue/monthly", june).decode().splitlines()[-1].endswith("–")
    assert json.loads(face("json", "revenue/monthly", june))["rows"][0]["aov"] is None


@pytest.mark.parametrize("path", reports())
@pytest.mark.parametrize("name", FACES)
def test_every_report_has_every_face_in_an_empty_shop_too(db, path, name):
    query = build_query(reports()[path], MultiValueDict(), Reader())
    content = render_query(query, name)
    assert content if isinstance(content, bytes) else b"".join(content)


def test_a_terminal_is_given_no_orders(api, shop):
    mug = shop.product("mug")
    Product.objects.filter(pk=mug.pk).update(name="\x1b[2Jmug\u202e\n")
    shop.sell((mug, 1))
    answer = api.get("/api/products/top/?format=text")
    assert " �[2Jmug�� " in answer.content.decode()


@pytest.mark.parametrize("name", ["json", "csv"])
def test_a_large_answer_is_sent_bit_by_bit_and_is_the_same(face, name, monkeypatch):
    whole = face(name)
    cache.clear()
    monkeypatch.setattr(lazy_table, "MAX_CACHED_BATCHES", 0)
    monkeypatch.setattr(cache, "largest", 4)  # every answer is more than that
    pieces = list(
        render_query(build_query(reports()["revenue/by-hour"], MultiValueDict(), Reader()), name)
    )
    assert len(pieces) == (3 if name == "json" else 2)  # before, the rows, and after
    assert b"".join(pieces) == whole


@pytest.mark.parametrize("rows", [0, 1, 2048, 3 * 2048, 3 * 2048 + 1, 5 * 2048])
def test_few_rows_are_remembered_and_many_only_read(shop, monkeypatch, rows):
    monkeypatch.setattr(lazy_table, "BATCH_ROWS", 2048)
    numbers = 'select product_id from range({}) as r(product_id), (select count(*) from "orders")'
    snapshot, sql = build.current(), numbers.format(rows)
    answer = LazyTable(snapshot, lambda: (sql,), (Column("product_id"),))
    for _ in range(2):
        bits = [bit["product_id"].to_pylist() for bit in answer.batches()]
        assert [number for bit in bits for number in bit] == [*range(rows)]
        assert max(map(len, bits), default=0) <= 2048
        assert is_cached(snapshot, sql) == (rows <= 3 * 2048)
    assert answer.table["product_id"].to_pylist() == [*range(rows)]


@pytest.mark.parametrize("returns_on", ["return", "order"])
def test_lines_are_asked_month_by_month(shop, returns_on):
    mug = shop.product("mug")
    for day in ("2026-03-05", "2026-01-31", "2026-02-01", "2025-12-31", "2026-03-06"):
        shop.sell((mug, 2), on=day)
    shop.give_back(shop.sell((mug, 3), on="2026-01-07"), 1, on="2026-03-05")
    parameters = {"start": ["2026-01-01"], "end": ["2026-03-05"], "returns_on": [returns_on]}
    query = build_query(reports()["orders/lines"], MultiValueDict(parameters), Reader())
    at_once = run(replace(query, report=replace(query.report, by_month=False)))
    by_month = run(query)
    assert [len(answer.lazy_rows.statements) for answer in (at_once, by_month)] == [1, 3]
    assert at_once.table.num_rows == 5
    assert by_month.table.equals(at_once.table)
    assert pa.concat_tables(by_month.batches()).equals(at_once.table)
    assert by_month.totals == at_once.totals


def test_rows_may_be_asked_for_while_others_are(shop, monkeypatch):
    snapshot, columns = build.current(), (Column("product_id"),)
    one = 'select count(*) as product_id from "orders"'
    tables = [
        LazyTable(snapshot, lambda n=n: (f"{one} where {n} = {n}",), columns) for n in range(5)
    ]
    for table in tables:
        table.read_ahead()
    assert [table.table["product_id"].to_pylist() for table in tables] == [[0]] * 5
    again = LazyTable(snapshot, lambda: tables[0].statements, columns)
    again.read_ahead()
    assert again.reading is None  # it is cached
    assert again.table.equals(tables[0].table)
    wrong = LazyTable(snapshot, lambda: ("select a from nowhere",), columns)
    wrong.read_ahead()
    with pytest.raises(duckdb.Error):
        _ = wrong.table


def test_what_is_remembered_keeps_no_room_to_grow():
    roomy = pa.table({"n": range(100_000), "word": ["mug"] * 100_000}).slice(50, 20)
    kept = lazy_table.without_spare_memory(roomy)
    assert kept.equals(roomy)
    buffers = [b for column in kept.columns for chunk in column.chunks for b in chunk.buffers()]
    assert sum(buffer.size for buffer in buffers if buffer) < 1000


def test_what_cannot_be_read_is_known_before_anything_is_said(shop):
    with pytest.raises(duckdb.Error):
        LazyTable(build.current(), lambda: ("select a from nowhere",), ()).batches()


def test_what_is_read_ahead_inside_of_a_transaction_is_the_state_in_it(shop):
    """The thread that reads has another connection, which does not see the new snapshot yet."""
    shop.sell((shop.product("bead"), 3), on="2026-03-05")
    snapshot = build.current()
    parts_of_snapshot.cache_clear()
    parts_by_table.cache_clear()
    sums = 'select sum(units) as units from "lines"'
    units = LazyTable(snapshot, lambda: (sums,), (Column("units"),))
    units.read_ahead()
    assert units.table.to_pylist() == [{"units": 3}]
