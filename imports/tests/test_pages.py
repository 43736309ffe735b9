"""A file on its way through the pages; the worker's part is called directly."""

import re

from imports import jobs, uploads
from imports.formats import FIELDS
from imports.forms import FIELD_GROUPS
from imports.models import Import, Mapping
from imports.tests.desk import SALES, STORED, lines
from imports.tests.visitor import cells, number, text, tiles
from orders.models import Order

TILL = "Bon;Tag;Art;St;Preis\n1;31.12.2025;A;2;12,50\n"


def test_a_file_goes_from_the_page_into_the_books(operator):
    path = operator.brings(SALES).headers["Location"]
    waiting = operator.opens(path)
    assert "Waiting to start" in text(waiting)
    jobs.read_import(number(path))
    page = operator.opens(path)
    assert tiles(page) == {
        "Read": "5", "To be stored": "4", "To be updated": "0", "Unchanged": "0", "Rejected": "1",
    }  # fmt: skip
    rows = cells(page, "Preview of the first rows")
    assert rows[0] == [
        "536365", "sale", "delivered", "2010-12-01 08:26:00", "17850", "United Kingdom", "EUR",
        "85123A", "HOLDER", "6", "2.55", "new",
    ]  # fmt: skip
    assert not Order.objects.exists()
    assert "<button>Import 3 orders</button>" in page.content.decode()
    assert "Read as UTF-8 · separated by commas · numbers like 12.50." in text(page)
    operator.sends(f"{path}commit/")
    assert "Importing" in text(operator.opens(path))
    jobs.write_import(number(path))
    page = operator.opens(path)
    assert "Import complete. 3 orders imported. 1 row was rejected;" in text(page)
    assert "Created: 3 orders, 1 customer, 3 products" in text(page)
    assert [(step.title, step.text, step.address) for step in page.context["next"]] == [
        ("See the new sales", "Dec 2010, 2 countries",
         "/reports/sales/?start=2010-12-01&end=2010-12-03"),
        ("Look through the products", "3 added", "/products/"),
        ("Go on with the setup", "Countries, insights, weekly letter", "/welcome/"),
    ]  # fmt: skip
    assert tiles(page)["Stored"] == "4"
    assert lines() == STORED


def test_the_rejected_rows_are_shown_and_can_be_downloaded(operator):
    path = operator.imports(SALES)
    page = operator.opens(path)
    reason = "a quantity below zero outside of a return (C…) corrects stock and is no sale"
    assert cells(page, "Rejected rows by reason") == [[f"stock_correction{reason}", "1"]]
    (row,) = cells(page, "Rejected rows with line, column and reason")
    assert row == ["6", "Quantity", reason, SALES.splitlines()[-1]]
    file = f"/api/imports/{number(path)}/rejected.csv"
    assert f'href="{file}"' in page.content.decode()
    assert operator.opens(file)["Content-Type"] == "text/csv; charset=utf-8"


def test_undo_says_first_what_it_removes(operator):
    path = operator.imports(SALES)
    page = operator.opens(f"{path}undo/")
    assert cells(page, "What is deleted") == [
        ["Orders", "3"], ["Customers", "1"], ["Products", "3"],
    ]  # fmt: skip
    assert lines() == STORED
    operator.sends(f"{path}undo/")
    assert lines() == []
    assert "Removed: 3 orders, 1 customer, 3 products" in text(operator.opens(path))


def test_undo_says_what_stands_in_its_way(operator):
    path = operator.imports(SALES)
    Order.objects.filter(number="536365").update(status="paid")
    reason = "Orders changed since the import: 1."
    assert reason in text(operator.opens(f"{path}undo/"))
    assert "<button" not in operator.opens(f"{path}undo/").content.decode().split("<main")[1]
    assert reason in text(operator.sends(f"{path}undo/", status=409))
    assert lines() == STORED


def test_an_import_that_is_not_done_has_nothing_to_undo(operator):
    path = operator.looks_at(SALES)
    assert operator.opens(f"{path}undo/", 302).headers["Location"] == path


def test_encodings_are_proposed_where_one_may_be_named(operator):
    path = operator.looks_at(SALES)
    for page in ("/imports/", path, f"{path}mapping/"):
        assert '<option value="cp1252">' in operator.client.get(page).content.decode(), page


def test_pages_of_imports_are_never_shown_from_a_cache(operator):
    path = operator.looks_at(SALES)
    for page in ("/imports/", "/imports/new/", path, f"{path}mapping/"):
        answer = operator.client.get(page)
        assert "no-store" in answer["Cache-Control"], (page, answer.status_code)


def test_cancel_and_forget(operator):
    path = operator.looks_at(SALES)
    operator.sends(f"{path}cancel/")
    page = operator.opens(path)
    assert "Import canceled." in text(page)
    operator.sends(f"{path}forget/")
    assert not Import.objects.exists()
    assert "sales.csv was deleted." in text(operator.opens("/imports/"))


def test_a_step_that_cannot_be_taken_says_why_in_the_words_of_the_api(operator):
    path = operator.imports(SALES)
    for step, words in {
        "commit": "Only a previewed import can be committed; this one is done.",
        "cancel": "The import can no longer be canceled: it is done.",
        "forget": "The import created orders or other records. Undo it first.",
    }.items():
        operator.sends(f"{path}{step}/")
        assert words in text(operator.opens(path))
    operator.sends(f"{path}read-again/", format="auto")
    assert "The file is no longer available. Upload it again." in text(operator.opens(path))


# How far it is


def test_a_page_asks_every_second_until_the_work_is_done(operator):
    path = operator.brings(SALES).headers["Location"]
    page = operator.opens(path, hx_request="true").content.decode()
    assert 'hx-trigger="every 1s"' in page
    assert '<meta http-equiv="refresh" content="2">' in page  # without JavaScript
    jobs.read_import(number(path))
    answer = operator.opens(path, status=286, hx_request="true")
    assert answer["HX-Refresh"] == "true"
    page = operator.opens(path).content.decode()
    assert "hx-trigger" not in page
    assert "http-equiv" not in page


def test_progress_tells_rows_speed_and_time_left(operator, monkeypatch):
    path = operator.looks_at(SALES)
    operator.sends(f"{path}commit/")
    said = {"done": 1000, "total": 3000, "started": 90, "heartbeat": 100}
    monkeypatch.setattr(uploads, "read_progress", lambda name: said)
    monkeypatch.setattr("time.time", lambda: 100)
    page = operator.opens(path)
    assert "1,000 of 3,000 rows · 100 per second · about 20 s left" in text(page)
    assert 'max="3000" value="1000"' in page.content.decode()


# Files that are not known, or not read as they were meant


def test_an_unknown_file_is_mapped_by_hand(operator):
    path = operator.looks_at(TILL, name="till.csv")
    page = operator.opens(path)
    assert "belong to no known format" in text(page)
    assert cells(page, "First rows of the file") == [["1", "31.12.2025", "A", "2", "12,50"]]
    form = {"document": "Bon", "placed": "Tag", "sku": "Art", "quantity": "St"}
    page = operator.sends(f"{path}mapping/", 400, name="till", **form)
    assert "unit_price: say which column it is." in text(page)
    assert operator.sends(f"{path}mapping/", name="till", unit_price="Preis", **form)
    assert Mapping.objects.get().columns == form | {"unit_price": "Preis"}
    jobs.read_import(number(path))
    assert tiles(operator.opens(path))["To be stored"] == "1"
    operator.sends(f"{path}commit/")
    jobs.write_import(number(path))
    assert lines() == [("1", "sale", "A", 2, "12.50")]


def test_a_saved_mapping_is_offered_with_the_next_file(operator):
    columns = {"document": "Bon", "placed": "Tag", "unit_price": "Preis"}
    Mapping.objects.create(name="till", columns=columns)
    path = operator.looks_at(TILL, format="mapping:till", dates="dmy")
    run = Import.objects.get(pk=number(path))
    assert (run.state, run.mapping.name, run.dates) == ("previewed", "till", "dmy")


def test_a_mapping_is_corrected_under_its_own_name(operator):
    wrong = {"placed": "Tag", "unit_price": "St"}
    Mapping.objects.create(name="till", columns=wrong)
    Mapping.objects.create(name="other", columns=wrong)
    path = operator.looks_at(TILL, format="mapping:till")
    assert 'name="name" value="till"' in operator.opens(f"{path}mapping/").content.decode()
    right = {"placed": "Tag", "unit_price": "Preis"}
    page = operator.sends(f"{path}mapping/", 400, name="other", **right)
    assert "mapping with this name already exists." in text(page)
    operator.sends(f"{path}mapping/", name="till", **right)
    assert Mapping.objects.get(name="till").columns == right


def test_columns_are_suggested_by_their_names(operator):
    path = operator.looks_at("Order No,Order date,Price,Qty,Colour\n1,2025-12-31,5,1,red\n")
    page = operator.opens(f"{path}mapping/").content.decode()
    chosen = re.findall('<option value="([^"]+)" selected', page)
    assert chosen == ["Order date", "Price", "Qty", "Order No"]


def test_every_field_of_a_mapping_is_asked_for():
    asked = [name for group in FIELD_GROUPS.values() for name, *_ in group]
    assert sorted(asked) == sorted(FIELDS)


def test_a_file_is_read_again_in_the_encoding_that_one_says(operator):
    path = operator.looks_at(SALES.replace("HOLDER", "HÖLDER").encode("cp1252"))
    assert "not UTF-8" in text(operator.opens(path))
    operator.sends(f"{path}read-again/", format="auto", encoding="cp1252")
    jobs.read_import(number(path))
    assert "HÖLDER" in text(operator.opens(path))


def test_a_file_that_is_gone_is_not_offered_to_be_read_again(operator):
    path = operator.looks_at(TILL)
    uploads.delete_upload(Import.objects.get().file)
    page = operator.opens(path).content.decode()
    assert "read-again" not in page
    assert operator.opens(f"{path}mapping/", 302).headers["Location"] == path


# What is refused at once


def test_what_is_wrong_with_an_upload_stands_beside_its_field(operator):
    page = operator.sends("/imports/new/", 400, format="auto")
    assert "Choose a file to import." in text(page)
    page = operator.brings(SALES, status=400, format="lotus")
    assert '"lotus" is not a valid choice.' in text(page)
    assert not Import.objects.exists()


def test_a_file_that_is_too_large_is_refused_unread(operator, settings):
    settings.IMPORT_MAX_BYTES = 100
    page = operator.brings(SALES, status=413)
    assert "The file is larger than the limit of 100 bytes." in text(page)
    operator.brings("x" * 70_000, status=413)  # by its announced length
    assert not Import.objects.exists()


def test_a_file_without_the_token_of_the_form_is_refused(operator):
    operator.client.handler.enforce_csrf_checks = True
    operator.brings(SALES, status=403)
    assert not Import.objects.exists()
