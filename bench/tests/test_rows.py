import pytest

from bench.compare import compare
from bench.docs import BEGIN, END, insert_runs, part_table
from bench.row import Row, format_number, growth, percentiles
from bench.runs import Run, load_run, saved_runs

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("row", "target", "passed"),
    [
        (Row(work="w", ours=4.5, floor_figure=3, times=1.5), "≤ 1.5 × floor", True),
        (Row(work="w", ours=4.6, floor_figure=3, times=1.5), "≤ 1.5 × floor", False),
        (Row(work="w", ours=12, unit="ms", floor_figure=3, times=1.3, slack=8),
         "≤ 1.3 × floor + 8 ms", False),
        (Row(work="w", ours=401, unit="MB", most=400), "≤ 400 MB", False),
        (Row(work="w", ours=0.21, unit="", least=0.21), "≥ 0.21", True),
        (Row(work="w", ours=0, unit="", most=0), "≤ 0", True),
        (Row(work="w", ours=85, unit="%", least=76, most=84), "76 to 84 %", False),
        (Row(work="w", ours=3), "", None),
    ],
)  # fmt: skip
def test_a_row_has_a_target_and_passes_or_not(row, target, passed):
    assert (row.target, row.passed) == (target, passed)


def test_a_figure_that_could_not_be_measured_has_not_passed():
    assert Row(work="w", least=0, note="needs Chromium").passed is False
    assert Row(work="w", ours=3, times=1.5).passed is False


def test_a_row_has_seven_columns():
    row = Row(work="import", ours=4.2, floor="COPY", floor_figure=3, times=1.5)
    assert row.texts() == ("import", "COPY", "3 s", "4.2 s", "1.40", "≤ 1.5 × floor", "yes")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1098.4, "1,098"), (47.26, "47.3"), (1.2259, "1.23"), (0.0612, "0.0612"),
     (0.05, "0.05"), (-9582.4, "-9,582")],
)  # fmt: skip
def test_numbers_have_three_figures(value, text):
    assert format_number(value) == text


def test_growth_is_per_doubling():
    then, now = Row(work="w", ours=1), Row(work="w", ours=8)
    assert growth(now, then, 8) == "× 2.00"
    assert growth(now, then, 64) == "× 1.41"
    assert growth(now, None, 8) == ""


def test_percentiles_of_one_to_a_hundred():
    assert percentiles([*range(101)]) == (50, 95, 99)


def test_a_markdown_table_leaves_out_empty_columns():
    rows = [Row(work="a", ours=1), Row(work="b", ours=2, note="one run")]
    assert list(part_table(rows, ["", ""])) == [
        "| work | ours |  |", "|---|---|---|", "| a | 1 s | – |", "| b | 2 s | one run |",
    ]  # fmt: skip


def run(**rows: Row) -> Run:
    return Run("2026-11-21T18:00:00+00:00", "generated", 1, "2 cores", {"Python": "3.11"},
               {"import": list(rows.values())})  # fmt: skip


def test_two_runs_are_compared_row_by_row():
    old = run(a=Row(work="fast", ours=1, floor_figure=1), b=Row(work="gone", ours=1),
              c=Row(work="met", ours=1, most=2), d=Row(work="all", ours=10, unit="/s"))  # fmt: skip
    new = run(a=Row(work="fast", ours=3, floor_figure=2), c=Row(work="met", ours=3, most=2),
              d=Row(work="all", ours=20, unit="/s"))  # fmt: skip
    lines = [" ".join(line.split()) for line in compare(old, new)]
    assert lines == [
        "work A B B ÷ A of ratios",
        "fast 1 s 3 s 3.00 1.50 worse",
        "met 1 s 3 s 3.00 misses its target now",
        "all 10 /s 20 /s 2.00 better",
        "only in A: import, gone",
    ]


def test_a_run_is_saved_and_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr("bench.runs.FOLDER", tmp_path)
    before = run(a=Row(work="fast", ours=1, floor="COPY", floor_figure=1, times=1.5))
    path = before.save()
    assert saved_runs() == [before]
    assert load_run(path.stem) == load_run(path) == before


def test_figures_are_inserted_between_the_marks_only():
    page = f"# Figures\nby hand\n{BEGIN}\nold\n{END}\nby hand too\n"
    text = insert_runs(page, [run(a=Row(work="fast", ours=1, floor="COPY", floor_figure=2))])
    assert (
        text
        == f"""# Figures
by hand
{BEGIN}

## generated

2026-11-21T18:00:00+00:00, 2 cores.
Python 3.11.

### Import

| work | floor | figure | ours | ratio |
|---|---|---|---|---|
| fast | COPY | 2 s | 1 s | 0.50 |

{END}
by hand too
"""
    )
