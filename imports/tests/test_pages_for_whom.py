"""Who may open which page, the list, and what empty books say."""

import pytest
from django.test import Client

from imports.models import Import
from imports.tests.desk import SALES, STORED, lines
from imports.tests.visitor import cells, text

STEPS = ("commit", "cancel", "undo", "read-again", "forget")


# Who may do what


def test_an_analyst_looks_and_changes_nothing(operator, visitor):
    path = operator.imports(SALES)
    analyst = visitor("analyst")
    page = analyst.opens("/imports/").content.decode()
    assert 'type="file"' not in page
    page = analyst.opens(path).content.decode().split("<main")[1]
    assert "<form" not in page
    assert "rejected.csv" in page
    for step in STEPS:
        analyst.sends(f"{path}{step}/", 403)
    analyst.sends("/imports/new/", 403)
    analyst.opens(f"{path}mapping/", 403)
    analyst.opens(f"{path}undo/", 403)


@pytest.mark.parametrize("role", ["manager", ""])
def test_others_are_told_no(operator, visitor, role):
    path = operator.imports(SALES)
    other = visitor(role)
    for address in ("/imports/", "/imports/new/", path, f"{path}undo/", "/imports/demo/"):
        other.opens(address, 403)
    for step in STEPS:
        other.sends(f"{path}{step}/", 403)


def test_nobody_comes_near_imports_without_signing_in(operator):
    path = operator.imports(SALES)
    client = Client()
    for address in ("/imports/", path, f"{path}mapping/", "/imports/new/", "/imports/demo/"):
        answer = client.get(address)
        assert answer.headers["Location"] == f"/accounts/login/?next={address}"
    for step in STEPS:
        assert client.post(f"{path}{step}/").status_code == 302
    assert lines() == STORED


def test_what_is_not_there_is_not_found(operator):
    for address in ("/imports/7/", "/imports/99999999999999999999/", "/imports/7/undo/"):
        operator.opens(address, 404)


def test_pages_are_only_looked_at(operator):
    path = operator.looks_at(SALES)
    for address in ("/imports/", path):
        operator.sends(address, 405)


def test_steps_are_taken_only_by_sending(operator):
    path = operator.looks_at(SALES)
    for step in ("commit", "cancel", "read-again", "forget"):
        operator.opens(f"{path}{step}/", 405)
    assert Import.objects.get().state == "previewed"


# The list


def test_the_list_tells_name_state_rows_and_who(operator):
    operator.imports(SALES)
    operator.looks_at("a,b\n1,2\n", name="what.csv")
    first, second = cells(operator.opens("/imports/"), "Imports, newest first")
    assert (first[:2], first[4:]) == (["what.csv", "Failed"], ["–", "–", "–", "–"])
    assert (second[:2], second[4:]) == (["sales.csv", "Done"], ["5", "1", "4", "0"])
    assert second[3] == str(Import.objects.first().user)


def test_the_list_has_pages(operator):
    Import.objects.bulk_create(Import(name=f"{n}.csv", size=1, state="failed") for n in range(30))
    names = [row[0] for row in cells(operator.opens("/imports/"), "Imports, newest first")]
    assert (len(names), names[0]) == (25, "29.csv")
    names = [row[0] for row in cells(operator.opens("/imports/?page=2"), "Imports, newest first")]
    assert (len(names), names[-1]) == (5, "0.csv")
    assert "Page 2 of 2" in text(operator.opens("/imports/?page=99"))


def test_an_empty_list_says_what_can_be_brought(operator):
    page = text(operator.opens("/imports/"))
    assert "Shopify admin: Orders → Export, as CSV" in page
    assert "No orders yet" in page
