import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from imports import jobs, uploads
from imports.models import Import, Mapping, Reject
from imports.tests.desk import SALES, lines


@pytest.fixture
def office(desk):
    client = Client()
    client.force_login(desk.client.user, backend=settings.AUTHENTICATION_BACKENDS[1])
    return client


def test_an_import_goes_through_the_admin(desk, office):
    file = SimpleUploadedFile("sales.csv", SALES.encode())
    form = {"upload": file, "format": "auto", "dates": "", "encoding": "", "mapping": ""}
    assert office.get("/admin/imports/import/add/").status_code == 200
    assert office.post("/admin/imports/import/add/", form).status_code == 302
    run = Import.objects.get()
    jobs.read_import(run.pk)
    page = office.get(f"/admin/imports/import/{run.pk}/change/").content.decode()
    assert "85123A" in page
    assert "style=" not in page.split('id="content"')[1]
    for action, state in (("commit", "writing"), ("", "done"), ("undo", "undone")):
        if action:
            form = {"action": action, "_selected_action": run.pk}
            assert office.post("/admin/imports/import/", form).status_code == 302
        else:
            jobs.write_import(run.pk)
            rejects = f"/admin/imports/reject/?run__id__exact={run.pk}"
            page = office.get(f"/admin/imports/import/{run.pk}/change/").content.decode()
            assert rejects in page
            assert "4 stored, 0 updated, 0 unchanged, 1 rejected, 1 × stock_correction" in page
            assert "stock_correction" in office.get(rejects).content.decode()
        run.refresh_from_db()
        assert run.state == state
    assert (lines(), Reject.objects.count()) == ([], 1)
    assert "undone" in office.get("/admin/imports/import/").content.decode()


def test_the_admin_tells_why_a_step_is_refused(desk, office):
    pk = desk.bring_in(SALES)
    for action in ("commit", "cancel"):
        form = {"action": action, "_selected_action": pk}
        page = office.post("/admin/imports/import/", form, follow=True).content.decode()
        assert "done" in page.split("messagelist")[1][:400]
    form = {"action": "delete_selected", "_selected_action": pk, "post": "yes"}
    page = office.post("/admin/imports/import/", form, follow=True).content.decode()
    assert "Undo it first" in page
    assert Import.objects.count() == 1


def test_the_admin_tells_what_a_step_did_and_how_far_the_work_is(desk, office):
    pk = desk.preview(SALES)

    def step(action, **more):
        form = {"action": action, "_selected_action": pk, **more}
        page = office.post("/admin/imports/import/", form, follow=True)
        return [str(message) for message in page.context["messages"]]

    assert (
        '<td class="field-progress">–</td>' in office.get("/admin/imports/import/").content.decode()
    )
    with uploads.Heartbeat(Import.objects.get().file) as heart:
        heart.update(3, 5)
        heart._write(1)
        assert "3 of 5 rows" in office.get("/admin/imports/import/").content.decode()
    assert step("commit") == ["sales.csv is writing."]
    assert step("cancel") == ["sales.csv is canceled."]
    told = LogEntry.objects.filter(object_id=pk).order_by("pk")
    assert [entry.change_message for entry in told] == ["Now writing.", "Now canceled."]
    assert "sales.csv was deleted." in step("delete_selected", post="yes")
    assert not Import.objects.exists()


def test_a_file_that_is_too_large_is_refused_in_the_admin(office, settings):
    settings.IMPORT_MAX_BYTES = 10
    file = SimpleUploadedFile("sales.csv", SALES.encode())
    page = office.post("/admin/imports/import/add/", {"upload": file, "format": "auto"})
    assert "10 bytes" in page.content.decode()
    assert not Import.objects.exists()


def test_a_mapping_in_the_admin_is_checked(office):
    path = "/admin/imports/mapping/add/"
    page = office.post(path, {"name": "x", "columns": '{"colour": "x"}'})
    assert "not a field" in page.content.decode()
    form = {"name": "x", "columns": '{"placed": "a", "unit_price": "b"}'}
    assert office.post(path, form).status_code == 302
    assert Mapping.objects.get().columns == {"placed": "a", "unit_price": "b"}
