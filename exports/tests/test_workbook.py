"""The file itself: always the same, and nothing in it is lost or run in silence."""

import pytest
from openpyxl.utils.escape import unescape

from analytics.faces import sheets
from exports.tests.books import fetched, opened, rows
from ledger import build

pytestmark = pytest.mark.once

MARCH = "/api/export-sales/3/2026/"


def test_the_same_snapshot_gives_the_same_file_on_any_day(api, sold, time_machine):
    first = fetched(api, MARCH)
    number = build.current().number
    time_machine.move_to("2031-07-01 12:00:03", tick=False)
    api.force_authenticate(api.user)
    assert fetched(api, MARCH) == first
    sold.sell((sold.mug, 1), on="2026-03-30")
    assert fetched(api, MARCH) != first
    assert fetched(api, MARCH, snapshot=number) == first


def test_an_empty_shop_has_a_workbook_too(api):
    book = opened(fetched(api, MARCH))
    assert rows(book, "Summary")[1][0] == "Nothing was sold in March 2026."


# What Excel cannot hold


def test_text_that_looks_like_a_formula_stays_text(api, shop):
    for text in ("=1+1", "+1", "-1", "@a", "<r><t>a</t></r>", "http://a.example"):
        shop.sell((shop.product(text), 1), on="2026-03-05")
    sheet = opened(fetched(api, MARCH), values=False)["Lines"]
    cells = [row[4] for row in sheet.iter_rows(min_row=2) if row[4].value]
    assert [(cell.value, cell.data_type, cell.hyperlink) for cell in cells] == [
        (text, "s", None)
        for text in ("=1+1", "+1", "-1", "@a", "<r><t>a</t></r> ", "http://a.example")
    ]


def test_control_characters_are_shown_and_told(api, shop):
    mug = shop.product("mug")
    type(mug).objects.filter(pk=mug.pk).update(name="a\x07b _x0041_ \ufffe")
    shop.sell((mug, 1), (shop.product("pot"), 1), on="2026-03-05")
    book = opened(fetched(api, MARCH))
    # openpyxl leaves it to the reader to undo how Excel writes what looks like an escape.
    assert unescape(rows(book, "Lines")[1][5]) == "a\ufffdb _x0041_ \ufffd"
    notes = [text for name, text in rows(book, "Definitions") if name == "Lines"]
    assert notes[1] == "Product: texts with control characters, shown as \ufffd: 1."


def test_text_that_is_too_long_is_cut_and_told(api, shop, monkeypatch):
    monkeypatch.setattr(sheets, "LONGEST", 300)
    mug = shop.product("mug")
    type(mug).objects.filter(pk=mug.pk).update(name="ab" * 99 + "😀" * 60)
    shop.sell((mug, 1), on="2026-03-05")
    book = opened(fetched(api, MARCH))
    cut = rows(book, "Lines")[1][5]
    assert cut == "ab" * 99 + "😀" * 50 + "…"
    notes = [text for name, text in rows(book, "Definitions") if name == "Lines"]
    assert notes[1] == "Product: texts cut after 299 characters: 1."


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(api, sold, monkeypatch):
    monkeypatch.setattr(sheets, "ROWS", 12)  # a header, ten rows and a last line
    for _ in range(20):
        sold.sell((sold.mug, 1), on="2026-03-20")
    content = fetched(api, MARCH)
    book = opened(content)
    assert [name for name in book.sheetnames if name.startswith("Lines")] == [
        "Lines", "Lines 2", "Lines 3",
    ]  # fmt: skip
    assert rows(book, "Lines")[11][0] == "Continued in the sheet “Lines 2”."
    assert len(rows(book, "Lines 2")) == 12
    assert len(rows(book, "Lines 3")) == 7
    total, formula = (rows(opened(content, values), "Lines 3")[-1][12] for values in (True, False))
    assert total == 285
    assert formula == (
        "=SUBTOTAL(9,Lines!M2:M11)+SUBTOTAL(9,'Lines 2'!M2:M11)+SUBTOTAL(9,'Lines 3'!M2:M6)"
    )
    notes = [text for name, text in rows(book, "Definitions") if name == "Lines"]
    assert notes[1] == "25 rows are more than a sheet holds: they continue in “Lines 2”."
