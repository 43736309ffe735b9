"""The monthly sales report: the same numbers as everywhere, in a file that is always the same."""

from datetime import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from exports.tests.books import fetched, opened, rows
from ledger import build

MARCH = "/api/export-sales/3/2026/"
pytestmark = [pytest.mark.django_db, pytest.mark.once]
SHEETS = [
    "Summary", "Products", "Countries", "Categories", "Customers", "Orders", "Lines", "Tax",
    "Returns", "Stock", "Days", "Definitions",
]  # fmt: skip


def test_each_product_is_one_row_with_totals_below(march):
    book = opened(march.file)
    assert book.sheetnames == SHEETS
    assert rows(book, "Products") == [
        ("Product id", "SKU", "Product", "Category", "Quantity sold", "Returned units",
         "Gross sales", "Discounts", "Returns", "Net sales", "Margin",
         "Net sales without a cost"),
        (march.mug.pk, "mug", "Mug", "Mugs", 7, 1, 70, 0, 10, 60, 36, 0),
        (march.pot.pk, "pot", "Pot", "Uncategorised", 1, 0, 25, 0, 0, 25, None, 1),
        ("Total", None, None, None, 8, 1, 95, 0, 10, 85, 36, pytest.approx(25 / 85, abs=1e-6)),
    ]  # fmt: skip


def test_totals_are_formulas_and_what_does_not_add_up_is_not(march):
    formulas = rows(opened(march.file, values=False), "Products")[-1]
    assert formulas[4] == "=SUBTOTAL(9,Products!E2:E3)"
    assert formulas[9] == "=SUBTOTAL(9,Products!J2:J3)"
    assert formulas[11] == pytest.approx(25 / 85, abs=1e-6)


def test_the_first_sheet_begins_with_the_three_columns_of_the_old_report(march):
    book = opened(march.file)
    assert [row[:3] for row in rows(book, "Summary")[:4]] == [
        ("Product", "Quantity sold", "Total revenue"), ("Mug", 7, 60), ("Pot", 1, 25),
        (None, None, None),
    ]  # fmt: skip


def test_the_first_sheet_compares_with_the_month_before_and_the_year_before(march):
    book = opened(march.file)
    figures = {row[4]: row[5:] for row in rows(book, "Summary")}
    assert figures["Key figures"] == (
        "March 2026", "February 2026", "Change", "March 2025", "Change",
    )  # fmt: skip
    assert figures["Net sales"] == (85, 50, 0.7, 30, pytest.approx(55 / 30))
    assert figures["Orders"] == (3, 1, 2, 1, 2)
    assert figures["Return rate"] == (
        pytest.approx(10 / 95, abs=1e-6), 0, pytest.approx(1000 / 95, abs=1e-3), 0,
        pytest.approx(1000 / 95, abs=1e-3),
    )  # fmt: skip
    formulas = {row[4]: row[5:] for row in rows(opened(march.file, False), "Summary")}
    assert formulas["Net sales"][2] == "=(F5-G5)/G5"
    assert len(book["Summary"]._charts) == 2


def test_what_came_back_stands_beside_what_it_came_back_from(march):
    book = opened(march.file)
    (_, back, total) = rows(book, "Returns")
    sale = next(row[1] for row in rows(book, "Orders") if row[4] == datetime(2026, 3, 7))
    assert back[1:] == (sale, datetime(2026, 3, 9), "Germany", "mug", "Mug", "Mugs", 1, 10, 1.9)
    assert total[-3:] == (1, 10, None)
    assert [row[3:] for row in rows(book, "Customers")[1:]] == [
        ("returning", 2, 7, 75, datetime(2026, 3, 5), datetime(2026, 3, 7)),
        ("new", 1, 1, 10, datetime(2026, 3, 6), datetime(2026, 3, 6)),
        (None, 3, 8, 85, None, None),
    ]


def test_tax_is_told_by_country_and_rate(march):
    assert rows(opened(march.file), "Tax") == [
        ("Country", "Tax rate", "Taxable net sales", "Taxable shipping", "Tax"),
        ("France", 0.2, 10, 0, 2),
        ("Germany", 0.19, 75, 4.9, 15.18),  # 0.93 of it on shipping
        ("Total", None, 85, None, 17.18),
    ]


def test_the_sheets_agree_on_the_tax(march):
    """Lines have that on goods; a formula adds up what orders and rates have."""
    book, formulas = opened(march.file), opened(march.file, values=False)
    figures = {row[4]: row[5] for row in rows(book, "Summary")}
    head, *_, total = rows(book, "Orders")
    place = head.index("Tax")
    assert (total[place], total[place + 1], figures["Tax"]) == (17.18, 4.9, 17.18)
    assert rows(formulas, "Orders")[-1][place] == "=SUBTOTAL(9,Orders!M2:M5)"
    assert rows(formulas, "Tax")[-1][4] == "=SUBTOTAL(9,Tax!E2:E3)"
    lines = rows(book, "Lines")
    assert lines[-1][lines[0].index("Tax")] == 16.25


def test_dates_and_amounts_are_real_and_headers_stay(march):
    sheet = opened(march.file)["Lines"]
    head = [cell.value for cell in sheet[1]]
    day, revenue = sheet.cell(2, head.index("Day") + 1), sheet.cell(2, head.index("Net sales") + 1)
    assert (day.value, day.number_format) == (datetime(2026, 3, 5), "yyyy-mm-dd")
    assert (revenue.value, revenue.number_format) == (20, "[$€]#,##0.00;-[$€]#,##0.00")
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:O6")
    assert sheet.column_dimensions["F"].width >= 8


def test_the_last_sheet_says_what_all_of_it_means(march):
    snapshot = build.current()
    facts = dict(row[:2] for row in rows(opened(march.file), "Definitions"))
    assert facts["Workbook"] == "Sales of March 2026"
    assert facts["Period"] == "2026-03-01 to 2026-03-31"
    assert (facts["Snapshot"], facts["Currency"]) == (str(snapshot.number), "EUR")
    assert facts["As of"] == f"{snapshot.created_at:%Y-%m-%d %H:%M} UTC"
    assert facts["Lines"].startswith("5 rows. ")
    assert facts["Net sales"].startswith("Gross sales − discounts")
    assert "Repeat rate" in facts  # a key figure that no other sheet has


def test_an_empty_month_says_so(march):
    book = opened(fetched(march.client, "/api/export-sales/12/2025/"))
    assert book.sheetnames == SHEETS
    assert rows(book, "Summary")[1][0] == "Nothing was sold in December 2025."
    assert [row[:3] for row in rows(book, "Products")[1:]] == [("Total", None, None)]


@pytest.mark.parametrize(
    ("path", "field", "reason"),
    [
        ("13/2026", "month", "'13' is not a month: write 1 to 12."),
        ("march/2026", "month", "'march' is not a month: write 1 to 12."),
        ("3/26", "year", "'26' is not a year: write 1971 to 2099."),
        ("3/2026/?country=Nowhere", "country", "'Nowhere' is not a country that you see."),
        ("3/2026/?start=2026-01-01", "start",
         "Unknown parameter. Use country, category, snapshot."),
    ],
)  # fmt: skip
def test_what_is_not_right_is_refused_by_name(march, path, field, reason):
    address = path if "?" in path else f"{path}/"
    answer = march.client.get(f"/api/export-sales/{address}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["errors"] == [{"field": field, "reason": reason}]


def test_a_manager_gets_the_own_countries_only(signed_in, march):
    manager = signed_in("manager", march.france)
    ours = fetched(manager, MARCH)
    assert [row[1] for row in rows(opened(ours), "Products")[1:-1]] == ["mug"]
    theirs = opened(fetched(march.client, MARCH, country="FR"))
    for name in SHEETS[:-1]:
        assert rows(opened(ours), name) == rows(theirs, name)
    assert manager.get(MARCH, {"country": "DE"}).status_code == 400


def test_who_may_not_see_people_gets_no_sheets_of_people(signed_in, march):
    book = opened(fetched(signed_in("operator"), MARCH))
    assert book.sheetnames == [name for name in SHEETS if name not in ("Customers", "Orders")]


# The command


def test_the_command_writes_what_the_api_gives(march, tmp_path):
    said, out = StringIO(), tmp_path / "march.xlsx"
    call_command("export_month", "2026-03", output=out, country=["FR"], stdout=said)
    assert out.read_bytes() == fetched(march.client, MARCH, country="FR")
    assert said.getvalue() == f"Sales of March 2026, snapshot {build.current().number}: {out}\n"


@pytest.mark.parametrize(
    ("month", "words"),
    [("2026-13", "'13' is not a month"), ("March", "''"), ("2026", "''"), ("26-3", "'26'")],
)
def test_the_command_refuses_what_is_no_month(tmp_path, month, words):
    with pytest.raises(CommandError, match=words):
        call_command("export_month", month, output=tmp_path / "a.xlsx")
    assert list(tmp_path.glob("*.xlsx")) == []


def test_the_command_says_where_it_cannot_write(march, tmp_path):
    with pytest.raises(CommandError, match="No such file or directory"):
        call_command("export_month", "2026-03", output=tmp_path / "no" / "a.xlsx")
