import io
import re

import pytest
from django.core.management import CommandError, call_command

from imports.models import Import, Mapping, Reject
from imports.tests.desk import HEADER, SALES, lines
from orders.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text(SALES)
    return path


def said(*arguments, out=None):
    out = out or io.StringIO()
    call_command("import_sales", *map(str, arguments), stdout=out)
    return re.sub(r"[0-9.]+ s\n", "… s\n", out.getvalue())


def test_it_brings_a_file_in_and_says_what_it_did(file):
    assert said(file) == (
        "sales.csv: UCI Online Retail\n"
        "5 read, 4 stored, 0 updated, 0 unchanged, 1 rejected\n"
        "  rejected 1: stock_correction\n"
        "created: 3 orders, 1 customers, 3 products; … s\n"
    )
    run = Import.objects.get()
    assert (run.name, run.state, run.format, run.size) == ("sales.csv", "done", "uci", len(SALES))
    assert len(lines()) == 4


def test_a_second_run_changes_nothing(file):
    said(file)
    assert "5 read, 0 stored, 0 updated, 4 unchanged, 1 rejected\n" in said(file)


def test_a_dry_run_writes_nothing(file):
    assert "5 read, 4 stored" in said(file, "--dry-run")
    assert (lines(), Import.objects.count()) == ([], 0)


def test_rejects_go_into_a_file_that_can_be_mended(file, tmp_path):
    rejects = tmp_path / "rejects.csv"
    said(file, "--rejects", rejects)
    text = rejects.read_text()
    assert text.startswith(f"{HEADER},reject_import,reject_record,reject_line,")
    assert len(text.splitlines()) == 2
    rejects.write_text(text.replace(",-10,", ",10,", 1))
    assert "1 read, 1 stored" in said(rejects)
    assert Order.objects.filter(number="536589").exists()


def test_somebody_at_a_terminal_sees_how_far_it_is(file):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    assert "4 of 5 rows" in said(file, out=Terminal())


def test_what_was_noticed_on_the_way_is_told(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text(f"{HEADER}\n1,A,x,1,03/04/2011 08:00,1,,France\n")
    told = [text for text in said(path).splitlines() if text.startswith("Note: ")]
    words = "Dates such as 03/04/2011 08:00 are ambiguous; they are read month first."
    assert told == [f"Note: {words}"]


def test_a_file_of_which_nothing_is_taken_ends_in_an_error(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text(f"{HEADER}\n1,A,x,-1,2011-01-01 08:00:00,1,,France\n")
    with pytest.raises(CommandError, match="No rows were imported"):
        said(path)
    assert Reject.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "arguments", "words"),
    [
        ("", [], "the file is empty"),
        ("a,b\n1,2\n", [], "create a mapping"),
        (SALES, ["--format", "generic"], "needs --mapping"),
        (SALES, ["--mapping", "till"], "The mapping till does not exist"),
        (SALES, ["--format", "shopify"], "needs the columns"),
        (SALES, ["--encoding", "klingon"], None),
        ("%PDF-1.4", [], "this is a PDF"),
    ],
)
def test_what_it_cannot_do_is_said_in_one_line(tmp_path, text, arguments, words):
    path = tmp_path / "file.csv"
    path.write_text(text)
    if words is None:
        assert said(path, *arguments)
    else:
        with pytest.raises(CommandError, match=words):
            said(path, *arguments)
        assert (lines(), Import.objects.count()) == ([], 0)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="does not exist"):
        said(tmp_path / "none.csv")


def test_a_saved_mapping(tmp_path):
    fields = {
        "document": "Bon",
        "placed": "Tag",
        "sku": "Art",
        "quantity": "St",
        "unit_price": "Preis",
    }
    Mapping.objects.create(name="till", columns=fields)
    path = tmp_path / "till.csv"
    path.write_text("Bon;Tag;Art;St;Preis\n1;03/04/2026;A;2;12,50\n")
    assert "1 stored" in said(path, "--mapping", "till", "--dates", "mdy")
    order = Order.objects.get()
    assert (order.source, str(order.placed_on)) == ("generic:till", "2026-03-04")


def test_unknown_countries_are_told_whether_or_not_they_are_kept(file):
    file.write_text(SALES.replace("United Kingdom", "Atlantis").replace("France", "EIRE"))
    note = "Note: Unknown countries, kept without a code: Atlantis.\n"
    assert note in said(file, "--dry-run")
    assert note in said(file)
    assert Order.objects.get(number="536366").country.code == "IE"
    assert "Note:" not in said(file)  # by now it is one of the shop's
