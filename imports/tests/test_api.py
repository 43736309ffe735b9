import hashlib
import time
from decimal import Decimal as D

import pytest
import time_machine
from django.test import Client
from django_q.models import OrmQ

from imports import jobs, uploads
from imports.models import Import, Mapping
from imports.tests.desk import HEADER, SALES, STORED, Desk, field_errors, lines
from orders.models import Order

NOON = "2026-03-05T12:00:00Z"


def stored_suffixes():
    return sorted(path.suffix for path in uploads.folder().iterdir())


def test_an_upload_is_kept_under_a_random_name_and_waits(desk):
    with time_machine.travel(NOON, tick=False):
        answer = desk.post(SALES, "../ä\x07/C:\\till\\sales.csv")
    run = Import.objects.get()
    assert (answer.status_code, answer.json()) == (201, {
        "id": run.pk, "name": "sales.csv", "sha256": hashlib.sha256(SALES.encode()).hexdigest(),
        "size": len(SALES), "format": "auto", "mapping": None, "encoding": "", "dates": "",
        "state": "uploaded", "progress": None, "counts": {}, "preview": {}, "error": "",
        "created_at": NOON, "finished_at": None,
    })  # fmt: skip
    assert uploads.path_of(run.file).read_text() == SALES
    assert len(run.file) == 32
    assert run.user == desk.client.user


def test_the_worker_gets_the_jobs(desk, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        pk = desk.upload(SALES)
    with django_capture_on_commit_callbacks(execute=True):
        jobs.read_import(pk)
        desk.step(pk, "read-again")
        jobs.read_import(pk)
        desk.step(pk, "commit")
    tasks = [queued.task for queued in OrmQ.objects.order_by("pk")]
    assert [(task["func"], task["args"]) for task in tasks] == [
        ("imports.jobs.read_import", (pk,)), ("imports.jobs.read_import", (pk,)),
        ("imports.jobs.write_import", (pk,)),
    ]  # fmt: skip


def test_a_preview_says_what_would_become_of_the_file(desk):
    shown = desk.shown(desk.preview(SALES))
    counts = {
        "read": 5, "stored": 4, "updated": 0, "unchanged": 0, "rejected": 1,
        "reasons": {"stock_correction": 1},
    }  # fmt: skip
    assert (shown["state"], shown["format"], shown["counts"]) == ("previewed", "uci", counts)
    preview = shown["preview"]
    assert (preview["title"], preview["warnings"]) == ("UCI Online Retail", [])
    assert [row["sku"] for row in preview["rows"]] == ["85123A", "71053", "22633", "85123A"]
    assert not Order.objects.exists()


def test_a_committed_import_is_in_the_books_and_its_file_is_gone(desk):
    pk = desk.bring_in(SALES)
    assert lines() == STORED
    assert desk.counts(pk) == (5, 4, 0, 0, 1)
    shown = desk.shown(pk)
    assert (shown["counts"]["orders"], shown["counts"]["customers"]) == (3, 1)
    assert shown["finished_at"]
    assert stored_suffixes() == []


def test_the_same_file_again_stores_nothing(desk):
    desk.bring_in(SALES)
    assert desk.counts(desk.bring_in(SALES)) == (5, 0, 0, 4, 1)
    assert lines() == STORED


def test_a_changed_order_is_updated(desk):
    desk.bring_in(SALES)
    pk = desk.bring_in(SALES.replace("LANTERN,6", "LANTERN,7"))
    assert desk.counts(pk) == (5, 0, 2, 2, 1)
    assert lines() == [("536365", "sale", "71053", 7, "3.39"), *STORED[1:]]
    assert Order.objects.get(number="536365").total == D("39.03")


def test_imports_are_listed_filtered_and_searched(desk):
    first = desk.upload(SALES, "till.csv")
    second = desk.preview(SALES, name="shop.csv")
    for query, found in {
        "": [second, first], "state=uploaded": [first], "format=uci": [second],
        "search=TILL": [first], "ordering=name": [second, first],
    }.items():  # fmt: skip
        rows = desk.client.get(f"/api/imports/?{query}").json()["results"]
        assert [row["id"] for row in rows] == found, query
    for query in ("state=lost", "colour=red", "format=x"):
        assert list(field_errors(desk.client.get(f"/api/imports/?{query}"))) == [
            query.split("=")[0]
        ]


@pytest.mark.parametrize(
    ("text", "form", "said"),
    [
        ("", {}, "empty"),
        (HEADER, {}, None),
        ("a,b\n1,2\n", {}, "belong to no known format"),
        (SALES, {"format": "shopify"}, "needs the columns"),
        (SALES.encode("utf-16"), {}, None),
        (SALES.replace("HOLDER", "HÖLDER").encode("cp1252"), {}, "not UTF-8"),
        (SALES.replace("HOLDER", "HÖLDER").encode("cp1252"), {"encoding": "cp1252"}, None),
        (SALES, {"encoding": "klingon"}, None),
    ],
)
def test_a_file_that_cannot_be_read_says_why(desk, text, form, said):
    shown = desk.shown(desk.preview(text, **form))
    assert shown["state"] == ("failed" if said else "previewed")
    assert (said or "") in shown["error"]
    answerable = ("belong to no known format", "needs the columns", "not UTF-8")
    assert bool(stored_suffixes()) == (said is None or said in answerable)


def test_a_refused_file_is_read_again_in_the_way_that_its_owner_says(desk):
    pk = desk.preview(SALES.replace("HOLDER", "HÖLDER").encode("cp1252"))
    path = f"/api/imports/{pk}/read-again/"
    assert list(field_errors(desk.client.post(path, {"format": "x"}, format="multipart"))) == [
        "format"
    ]
    answer = desk.client.post(path, {"encoding": "cp1252"}, format="multipart")
    assert (answer.status_code, answer.json()["state"], answer.json()["error"]) == (
        200, "uploaded", "",
    )  # fmt: skip
    jobs.read_import(pk)
    assert desk.shown(pk)["preview"]["rows"][0]["product"] == "HÖLDER"


def test_a_preview_is_made_anew_with_other_choices(desk):
    text = SALES.replace("2010-12-01", "03/04/2011").replace("2010-12-02", "03/04/2011")
    pk = desk.preview(text.replace("2010-12-03", "03/04/2011"))
    assert desk.shown(pk)["preview"]["rows"][0]["placed_at"].startswith("2011-03-04")
    desk.client.post(f"/api/imports/{pk}/read-again/", {"dates": "dmy"}, format="multipart")
    jobs.read_import(pk)
    assert desk.shown(pk)["preview"]["rows"][0]["placed_at"].startswith("2011-04-03")


def test_nothing_is_read_again_without_its_file_or_in_a_wrong_state(desk):
    pk = desk.preview("a,b\n1,2\n")
    assert Import.objects.get().header == ["a", "b"]
    assert desk.shown(pk)["preview"] == {"first_rows": [["1", "2"]]}
    uploads.delete_upload(Import.objects.get().file)
    gone = "The file is no longer available. Upload it again."
    assert desk.step(pk, "read-again", 409)["detail"] == gone
    pk = desk.bring_in(SALES)
    assert desk.step(pk, "read-again", 409)["detail"] == gone


def test_a_refused_file_is_kept_for_an_hour(desk):
    desk.preview("a,b\n1,2\n")
    uploads.delete_orphans(set())
    assert stored_suffixes()
    with time_machine.travel(time.time() + 3700):
        jobs.resume()
    assert stored_suffixes() == []


def test_an_upload_with_unknown_or_wrong_fields_is_refused(desk):
    assert field_errors(desk.post(SALES, colour="red")) == {"colour": "Not known here."}
    for name, value in {"format": "lotus", "mapping": "nope", "dates": "ymd"}.items():
        assert list(field_errors(desk.post(SALES, **{name: value}))) == [name]
    assert field_errors(desk.post(SALES, format="generic")) == {
        "mapping": "The format generic needs a mapping."
    }
    assert field_errors(desk.client.post("/api/imports/", {}, format="multipart")) == {
        "file": "No file was submitted."
    }
    assert desk.client.post("/api/imports/", {"file": "x"}).status_code == 415
    assert stored_suffixes() == []


def test_a_file_that_is_too_large_is_refused(desk, settings):
    settings.IMPORT_MAX_BYTES = 100
    answer = desk.post(SALES)
    assert (answer.status_code, answer.json()["detail"]) == (
        413, "The file is larger than the limit of 100 bytes.",
    )  # fmt: skip
    assert desk.post("x" * 70_000).status_code == 413  # by its announced length
    assert (stored_suffixes(), Import.objects.count()) == ([], 0)


def test_each_step_is_refused_in_a_wrong_state(desk):
    pk = desk.upload(SALES)
    for state, refused in {
        "uploaded": ("commit", "undo"), "reading": ("commit", "undo"), "previewed": ("undo",),
        "writing": ("commit", "undo"), "done": ("commit", "cancel"),
        "failed": ("commit", "cancel", "undo"), "canceled": ("commit", "undo"),
        "undone": ("commit", "cancel", "undo"),
    }.items():  # fmt: skip
        Import.objects.update(state=state)
        for step in refused:
            assert state in desk.step(pk, step, 409)["detail"], (state, step)


@pytest.mark.parametrize("state", ["uploaded", "reading", "previewed", "writing"])
def test_what_is_not_in_the_books_yet_can_be_canceled(desk, state):
    pk = desk.upload(SALES)
    Import.objects.update(state=state)
    assert desk.step(pk, "cancel")["state"] == "canceled"
    assert stored_suffixes() == []
    jobs.read_import(pk)
    jobs.write_import(pk)
    assert (desk.shown(pk)["state"], lines()) == ("canceled", [])


def test_an_import_that_wrote_nothing_is_removed_with_its_file(desk):
    pk = desk.preview(SALES)
    assert desk.client.delete(f"/api/imports/{pk}/").status_code == 204
    assert Import.objects.count() == 0
    pk = desk.bring_in(SALES)
    answer = desk.client.delete(f"/api/imports/{pk}/")
    assert (answer.status_code, answer.json()["detail"]) == (
        409, "The import created orders or other records. Undo it first.",
    )  # fmt: skip
    changed = desk.bring_in(SALES.replace("LANTERN,6", "LANTERN,7"))
    answer = desk.client.delete(f"/api/imports/{changed}/")
    assert (answer.status_code, answer.json()["detail"]) == (
        409, "The import changed existing orders, so it cannot be deleted.",
    )  # fmt: skip
    desk.step(changed, "undo")
    desk.step(pk, "undo")
    assert desk.client.delete(f"/api/imports/{pk}/").status_code == 204


@pytest.mark.parametrize(
    ("role", "look", "change"),
    [("operator", 200, 200), ("analyst", 200, 403), ("manager", 403, 403), ("", 403, 403)],
)
def test_who_may_do_what(desk, signed_in, role, look, change):
    pk = desk.preview(SALES)
    client = signed_in(role)
    mapping = Mapping.objects.create(name="m", columns={"placed": "a", "unit_price": "b"})
    for path in ("imports/", f"imports/{pk}/", f"imports/{pk}/rejected.csv", "import-mappings/"):
        assert client.get(f"/api/{path}").status_code == look, path
    allowed = change == 200
    other = Desk(client)
    assert other.post(SALES).status_code == (201 if allowed else 403)
    assert client.post(f"/api/imports/{pk}/commit/").status_code == change
    assert client.post(f"/api/imports/{pk}/cancel/").status_code == change
    assert client.post(f"/api/imports/{pk}/undo/").status_code == (409 if allowed else 403)
    assert client.delete(f"/api/imports/{pk}/").status_code == (204 if allowed else 403)
    path = f"/api/import-mappings/{mapping.pk}/"
    assert client.patch(path, {"name": "n"}).status_code == change


def test_nobody_comes_near_imports_without_signing_in(desk):
    pk = desk.preview(SALES)
    client = Client()
    for path in ("imports/", f"imports/{pk}/", f"imports/{pk}/rejected.csv", "purchases/"):
        assert client.get(f"/api/{path}").status_code == 401, path
    for path in ("imports/", f"imports/{pk}/commit/", "purchases/", "purchases/bulk/"):
        assert client.post(f"/api/{path}").status_code == 401, path


def test_the_api_is_described(client):
    paths = client.get("/swagger.json").json()["paths"]
    assert {"/api/imports/", "/api/imports/{id}/commit/", "/api/imports/{id}/rejected.csv"} <= {
        *paths
    }
    fields = paths["/api/imports/"]["post"]["parameters"]
    assert {field["name"] for field in fields} == {"file", "format", "mapping", "encoding", "dates"}
    assert "/api/purchases/bulk/" in paths
