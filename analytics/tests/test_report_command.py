"""Reports on the command line."""

import json

import pytest
from django.core.management import CommandError, call_command

from analytics.semantics.report import reports

pytestmark = pytest.mark.once


@pytest.fixture
def run(shop, capsys):
    shop.sell((shop.product("mug"), 2), on="2026-03-05")

    def command(*words, **options):
        call_command("report", *words, **options)
        return capsys.readouterr().out

    return command


def test_it_prints_a_table(run):
    assert "Mar 2026        20.00" in run("revenue/monthly")


def test_it_takes_the_parameters_of_the_report(run):
    told = json.loads(run("revenue/monthly", "start=2026-02-01", "country=DE", format="json"))
    assert [row["revenue"] for row in told["rows"]] == ["0.00", "20.00"]
    assert told["filters"]["country"] == ["Germany"]


def test_it_writes_files(run, tmp_path):
    out = tmp_path / "months.xlsx"
    assert run("revenue/monthly", format="xlsx", output=out) == ""
    assert out.read_bytes()[:2] == b"PK"


def test_it_lists_all(run):
    assert [line.split()[0] for line in run(list=True).splitlines()] == list(reports())


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["revenue/weekly"], "'revenue/weekly' is not a report."),
        ([], "None is not a report."),
        (["revenue/monthly", "start"], "'start': write name=value."),
        (["revenue/monthly", "start=soon"], "start: Enter a valid date"),
        (["revenue/monthly", "colour=red"], "colour: Not known here."),
    ],
)
def test_what_is_wrong_is_said(run, words, reason):
    with pytest.raises(CommandError, match=f"^{reason}"):
        run(*words)


def test_a_file_that_cannot_be_written_is_said(run, tmp_path):
    with pytest.raises(CommandError, match="Is a directory"):
        run("revenue/monthly", output=tmp_path)
