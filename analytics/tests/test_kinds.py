"""What a value of each kind looks like, and that its exact text is read back."""

from datetime import date, datetime, timedelta
from decimal import Decimal as D

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.faces.drawings.labels import axis_label
from analytics.faces.sheets import workbook
from analytics.semantics.columns import Column
from analytics.semantics.kinds import KINDS, MONTHS, WEEKDAYS, display, parse
from analytics.semantics.periods import FIRST_DAY, LAST_DAY, first_of_week

pytestmark = pytest.mark.once

NOVEMBER_28 = date(2011, 11, 28)  # a Monday
NINE = datetime(2011, 11, 28, 9)


def exact(value: object, kind: str) -> object:
    values = pa.chunked_array([pa.array([value, None], KINDS[kind].arrow)])
    said, nothing = KINDS[kind].exact(values).to_pylist()
    assert nothing is None
    return said


@pytest.mark.parametrize(
    ("kind", "value", "said", "shown", "on_an_axis"),
    [
        ("date", NOVEMBER_28, "2011-11-28", "2011-11-28", "28 Nov 2011"),
        ("week", NOVEMBER_28, "2011-11-28", "Week of 28 Nov 2011", "28 Nov 2011"),
        ("month", date(2011, 11, 1), "2011-11", "Nov 2011", "Nov 2011"),
        ("quarter", date(2011, 10, 1), "2011-Q4", "Q4 2011", "Q4 2011"),
        ("quarter", date(2012, 1, 1), "2012-Q1", "Q1 2012", "Q1 2012"),
        ("year", date(2011, 1, 1), "2011", "2011", "2011"),
        ("date_hour", NINE, "2011-11-28T09", "28 Nov 2011 09:00", "28 Nov 2011 09:00"),
        ("moment", NINE, "2011-11-28 09:00:00", "2011-11-28 09:00", "2011-11-28 09:00"),
        ("hour", 9, 9, "09:00", "9"),
        ("weekday", 6, "Saturday", "Saturday", "Sat"),
        ("month_of_year", 9, "September", "September", "Sep"),
    ],
)
def test_a_value_is_exact_in_files_and_easy_to_read_on_pages(kind, value, said, shown, on_an_axis):
    assert exact(value, kind) == said
    assert display(value, kind) == shown
    assert axis_label(value, kind) == on_an_axis
    assert parse(str(said), kind) == value
    assert display(None, kind) == "–"


DAYS = st.dates(FIRST_DAY, LAST_DAY)
VALUES = {
    "money": st.decimals(-(10**15) + 1, 10**15 - 1, places=4),
    "share": st.decimals(-100, 100, places=6),
    "number": st.decimals(-100, 100, places=6),
    "count": st.integers(-(10**18) + 1, 10**18 - 1),
    "id": st.integers(0, 10**18 - 1),
    "hour": st.integers(0, 23),
    "weekday": st.integers(1, 7),
    "month_of_year": st.integers(1, 12),
    "text": st.text(),
    "date": DAYS,
    # The first days of whole weeks that a filter accepts.
    "week": DAYS.filter(lambda day: day - FIRST_DAY > timedelta(7)).map(
        lambda day: day - timedelta(day.weekday())
    ),
    "month": DAYS.map(lambda day: day.replace(day=1)),
    "quarter": DAYS.map(lambda day: date(day.year, (day.month - 1) // 3 * 3 + 1, 1)),
    "year": DAYS.map(lambda day: date(day.year, 1, 1)),
    "date_hour": st.builds(lambda day, hour: datetime(*day.timetuple()[:3], hour), DAYS,
                           st.integers(0, 23)),
    "moment": st.builds(lambda day, second: datetime(*day.timetuple()[:3]) + timedelta(0, second),
                        DAYS, st.integers(0, 86399)),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_json_says_is_read_back(kind):
    @given(VALUES[kind])
    def is_read_back(value):
        assert parse(str(exact(value, kind)), kind) == value

    is_read_back()


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("weekday", "saturday", 6),
        ("weekday", " 6 ", 6),
        ("month_of_year", "NOVEMBER", 11),
        ("month_of_year", "11", 11),
        ("week", "2011-11-30", NOVEMBER_28),
        ("week", "2011-W48", NOVEMBER_28),
        ("week", "2020-W53", date(2020, 12, 28)),
        ("quarter", "2011-q4", date(2011, 10, 1)),
        ("date_hour", "2011-11-28 09", NINE),
        ("moment", "2011-11-28T09:00:00", NINE),
        ("money", "-12.5", D("-12.5")),
        ("count", "-3", -3),
        ("text", " a ", " a "),
    ],
)
def test_other_ways_of_writing_it(kind, text, value):
    assert parse(text, kind) == value


YEARS = ", from 1970 to 2099."


@pytest.mark.parametrize(
    ("kind", "texts", "reason"),
    [
        ("month", ["", "2011", "11/2011", "2011-11-28", "\uff12\uff10\uff11\uff11-11"],
         "Enter a month such as 2011-11."),
        ("month", ["2011-13", "0000-01", "1969-12", "2100-01"],
         f"Enter a month such as 2011-11{YEARS}"),
        ("date", ["28.11.2011", "2011-11", "20111128"], "Enter a date such as 2011-11-28."),
        ("date", ["2011-02-29"], f"Enter a date such as 2011-11-28{YEARS}"),
        ("week", ["48", "2011W48"], "Enter a week by one of its days, such as 2011-11-28."),
        ("week", ["2011-W53", "2011-W00", "1900-W01"],
         "Enter a week by one of its days, such as 2011-11-28, or as 2011-W48."),
        ("quarter", ["2011-Q5", "Q4 2011", "2011-4"], "Enter a quarter such as 2011-Q4."),
        ("quarter", ["1900-Q1"], f"Enter a quarter such as 2011-Q4{YEARS}"),
        ("year", ["11", "2011-01", "1_0_0"], "Enter a year such as 2011."),
        ("date_hour", ["2011-11-28", "2011-11-28T24", "2011-11-28T9", "28.11.2011T09"],
         "Enter an hour of a day such as 2011-11-28T09."),
        ("moment", ["2011-11-28T09", "2011-11-28 25:00:00", "2011-11-28 09:00:60"],
         "Enter a moment such as 2011-11-28 09:30:00."),
        ("hour", ["24", "-1", "9:00", ""], "Enter an hour from 0 to 23."),
        ("weekday", ["0", "8", "Sabbath", ""],
         "Enter a day of the week such as Saturday, or a number from 1 to 7."),
        ("month_of_year", ["0", "13", "Nov"],
         "Enter a month of the year such as November, or a number from 1 to 12."),
        ("money", ["1,000", "1e3", "nan", "inf", "12.", "", "1_0", "9" * 16],
         "Enter an amount such as 12.50."),
        ("share", ["25 %", "x"], "Enter a share such as 0.25, which is 25 %."),
        ("number", ["x"], "Enter a number such as 2.5."),
        ("count", ["2.5", "x", "1_0", "9" * 19], "Enter a whole number such as 12."),
        ("id", ["x"], "Enter a whole number such as 12."),
    ],
)  # fmt: skip
def test_a_text_that_is_none_is_refused_with_what_to_enter(kind, texts, reason):
    for text in texts:
        with pytest.raises(ValueError, match=r"^Enter") as refused:
            parse(text, kind)
        assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("start", "first"),
    [(1, "2011-11-28"), (2, "2011-11-29"), (3, "2011-11-30"), (4, "2011-12-01"),
     (5, "2011-11-25"), (6, "2011-11-26"), (7, "2011-11-27")],
)  # fmt: skip
def test_weeks_begin_on_the_day_of_the_setting(settings, start, first):
    settings.WEEK_START = start
    thursday = date(2011, 12, 1)
    assert first_of_week(thursday) == date.fromisoformat(first)
    assert parse("2011-12-01", "week") == parse("2011-W48", "week") == date.fromisoformat(first)


def test_excel_has_dates_where_it_knows_such_ones_and_texts_elsewhere(tmp_path):
    values = {
        "week": NOVEMBER_28,
        "quarter": date(2011, 10, 1),
        "year": date(2011, 1, 1),
        "date_hour": NINE,
        "month_of_year": 11,
    }
    columns = [Column(kind, kind) for kind in values]
    table = pa.table(
        {kind: pa.array([value, None], KINDS[kind].arrow) for kind, value in values.items()}
    )
    with workbook(path := tmp_path / "kinds.xlsx", "Kinds", NINE, "EUR") as book:
        book.write_table("Kinds", columns, table)
    cells = openpyxl.load_workbook(path)["Kinds"][2]
    assert [(cell.value, cell.number_format) for cell in cells] == [
        (datetime(2011, 11, 28), "yyyy-mm-dd"),
        ("2011-Q4", "General"),
        (datetime(2011, 1, 1), "yyyy"),
        (NINE, "yyyy-mm-dd hh:mm"),
        ("November", "General"),
    ]


def test_the_names_of_the_calendar_are_those_of_python():
    assert [f"{date(2024, 1, day):%A}" for day in range(1, 8)] == [*WEEKDAYS]
    assert [f"{date(2024, month, 1):%B}" for month in range(1, 13)] == [*MONTHS]
