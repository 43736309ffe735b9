"""What a worker does when it is called twice, killed, or in the way of others."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest
from django.db import OperationalError, connection
from django_q.models import Schedule

from imports import jobs, pipeline, uploads
from imports.models import Import
from imports.tests.desk import SALES, lines
from orders.models import Order

MANY = SALES.splitlines()[0] + "\n" + "".join(
    f"{n // 4},P{n % 50},Thing,1,2011-01-05 08:00:00,2,,France\n" for n in range(4, 4004)
)  # fmt: skip


def sidecar(run) -> Path:
    return uploads.path_of(run.file).with_suffix(".progress")


def left_by_a_killed_worker(pk, state, seconds_ago, attempt=1):
    Import.objects.filter(pk=pk).update(state=state)
    run = Import.objects.get(pk=pk)
    said = {"done": 5, "total": 10, "started": time.time() - 60, "attempt": attempt}
    sidecar(run).write_text(json.dumps(said | {"heartbeat": time.time() - seconds_ago}))
    return run


def test_a_job_that_comes_twice_does_its_work_once(desk):
    pk = desk.bring_in(SALES)
    before = lines()
    jobs.read_import(pk)
    jobs.write_import(pk)
    assert (desk.shown(pk)["state"], lines()) == ("done", before)


def test_the_schedule_calls_resume_every_minute(db):
    row = Schedule.objects.get(name="imports.jobs.resume")
    assert (row.func, row.schedule_type, row.minutes) == ("imports.jobs.resume", "I", 1)


@pytest.mark.parametrize(("state", "after"), [("reading", "previewed"), ("writing", "done")])
def test_what_a_killed_worker_left_is_taken_up_again(desk, state, after):
    pk = desk.preview(SALES)
    left_by_a_killed_worker(pk, state, seconds_ago=31)
    jobs.resume()
    assert desk.shown(pk)["state"] == after


def test_a_step_begins_to_count_anew(desk):
    """Else the attempts to read would count as attempts to write, after which it is given up."""
    run = Import.objects.get(pk=desk.preview(SALES))
    assert uploads.read_progress(run.file)["attempt"] == 1
    for step in ("read-again", "commit"):
        sidecar(run).touch()
        desk.step(run.pk, step)
        assert not sidecar(run).exists()
        jobs.read_import(run.pk)


def test_what_was_never_begun_is_begun(desk):
    pk = desk.upload(SALES)
    jobs.resume()
    assert desk.shown(pk)["state"] == "previewed"


@pytest.mark.parametrize("state", ["reading", "writing"])
def test_a_living_worker_is_left_alone(desk, state):
    pk = desk.preview(SALES)
    left_by_a_killed_worker(pk, state, seconds_ago=5)
    jobs.resume()
    assert (desk.shown(pk)["state"], lines()) == (state, [])


def test_a_file_that_kills_every_worker_is_given_up(desk):
    pk = desk.preview(SALES)
    left_by_a_killed_worker(pk, "writing", seconds_ago=60, attempt=3)
    jobs.resume()
    shown = desk.shown(pk)
    assert (shown["state"], lines()) == ("failed", [])
    assert shown["error"] == "The import was tried 3 times without finishing; nothing was imported."


def test_progress_tells_rows_speed_and_time_left(desk):
    pk = desk.preview(SALES)
    run = left_by_a_killed_worker(pk, "writing", seconds_ago=0)
    said = json.loads(sidecar(run).read_text()) | {"done": 1000, "total": 3000}
    said["started"] = time.time() - 10
    sidecar(run).write_text(json.dumps(said))
    progress = desk.shown(pk)["progress"]
    assert (progress["done"], progress["total"]) == (1000, 3000)
    assert 95 <= progress["rows_per_second"] <= 100
    assert 20 <= progress["seconds_left"] <= 21


def test_files_that_no_import_needs_are_swept_away(desk, monkeypatch):
    kept, lost = desk.preview(SALES), desk.upload(SALES)
    Import.objects.filter(pk=lost).update(state="done")  # killed before it forgot its file
    jobs.resume()
    assert len([p for p in uploads.folder().iterdir() if not p.suffix]) == 2  # within an hour
    monkeypatch.setattr(uploads, "ORPHAN_AGE", 0)
    jobs.resume()
    names = {path.stem for path in uploads.folder().iterdir()}
    assert names == {Import.objects.get(pk=kept).file}


def test_a_missing_upload_is_said(desk):
    pk = desk.upload(SALES)
    uploads.path_of(Import.objects.get().file).unlink()
    jobs.read_import(pk)
    shown = desk.shown(pk)
    assert shown["state"] == "failed"
    assert "could not be read" in shown["error"]


def test_rows_beyond_all_memory_are_refused_in_words(desk, monkeypatch):
    pk = desk.upload(SALES)
    monkeypatch.setattr(pipeline, "preview", raises(duckdb.OutOfMemoryException("x")))
    jobs.read_import(pk)
    shown = desk.shown(pk)
    assert (shown["state"], lines()) == ("failed", [])
    assert "more memory or disk space than" in shown["error"]


def test_what_nobody_expected_ends_in_plain_words(desk, monkeypatch):
    pk = desk.preview(SALES)
    desk.step(pk, "commit")
    monkeypatch.setattr(pipeline, "mark_as_done", raises(ValueError("secret")))
    jobs.write_import(pk)
    shown = desk.shown(pk)
    words = f"Something went wrong and nothing was imported. See the log for import {pk}."
    assert (shown["state"], shown["error"], lines()) == ("failed", words, [])


def test_a_database_that_was_away_is_tried_again(desk, monkeypatch):
    pk = desk.preview(SALES)
    desk.step(pk, "commit")
    with monkeypatch.context() as broken:
        broken.setattr(pipeline, "mark_as_done", raises(OperationalError("disk full")))
        jobs.write_import(pk)
    assert (desk.shown(pk)["state"], lines()) == ("writing", [])
    jobs.resume()
    assert (desk.shown(pk)["state"], len(lines())) == ("done", 4)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_at_the_commit_leaves_the_file_for_another_attempt(
    desk, monkeypatch
):
    pk, finish = desk.preview(SALES), pipeline.mark_as_done
    desk.step(pk, "commit")

    def finished_in_vain(*args):
        finish(*args)
        raise OperationalError("server has gone away")

    with monkeypatch.context() as broken:
        broken.setattr(pipeline, "mark_as_done", finished_in_vain)
        jobs.write_import(pk)
    assert (desk.shown(pk)["state"], lines()) == ("writing", [])
    jobs.resume()
    assert (desk.shown(pk)["state"], len(lines())) == ("done", 4)


def raises(error):
    def fail(*_):
        raise error

    return fail


def test_an_import_is_canceled_before_its_last_word(desk, monkeypatch):
    pk, insert = desk.preview(SALES), pipeline.insert
    desk.step(pk, "commit")

    def canceled_with_the_rejects(table, *args, **more):
        insert(table, *args, **more)
        if table == "imports_reject":
            uploads.request_cancel(Import.objects.get(pk=pk).file)

    monkeypatch.setattr(pipeline, "insert", canceled_with_the_rejects)
    jobs.write_import(pk)
    assert (desk.shown(pk)["state"], lines()) == ("canceled", [])


@pytest.mark.django_db(transaction=True)
def test_an_import_is_canceled_while_it_is_written(desk, monkeypatch):
    """The writer hears of it in the midst of its transaction and takes everything back."""
    pk = desk.preview(MANY)
    desk.step(pk, "commit")
    insert, answers = pipeline.write_documents, []

    def cancel():
        try:
            answers.append(desk.step(pk, "cancel")["state"])
        finally:
            connection.close()

    def written_slowly(*args, **kwargs):
        made = insert(*args, **kwargs)
        pool.submit(cancel)
        time.sleep(0.5)
        return made

    monkeypatch.setattr(pipeline, "write_documents", written_slowly)
    with ThreadPoolExecutor(1) as pool:
        jobs.write_import(pk)
    assert answers == ["canceled"]
    assert (desk.shown(pk)["state"], Order.objects.count()) == ("canceled", 0)
    assert list(uploads.folder().iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_a_cancellation_that_comes_too_late_is_told(desk):
    pk = desk.bring_in(SALES)
    assert (
        desk.step(pk, "cancel", 409)["detail"]
        == "The import can no longer be canceled: it is done."
    )
    assert len(lines()) == 4


@pytest.mark.django_db(transaction=True)
def test_two_of_the_same_file_at_once_store_it_once(desk):
    pks = [desk.preview(MANY) for _ in range(2)]
    for pk in pks:
        desk.step(pk, "commit")
    at_once(jobs.write_import, pks)
    assert sorted(desk.counts(pk) for pk in pks) == [(4000, 0, 0, 4000, 0), (4000, 4000, 0, 0, 0)]
    assert Order.objects.count() == 1000


@pytest.mark.django_db(transaction=True)
def test_one_job_in_two_workers_at_once_writes_once(desk, monkeypatch):
    pk = desk.preview(MANY)
    desk.step(pk, "commit")
    monkeypatch.setattr(
        uploads, "is_in_progress", lambda _: False
    )  # both checked at the same moment
    at_once(jobs.write_import, [pk, pk])
    assert desk.shown(pk)["state"] == "done"
    assert (desk.counts(pk), Order.objects.count()) == ((4000, 4000, 0, 0, 0), 1000)


def at_once(work, arguments):
    def alone(argument):
        try:
            work(argument)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(arguments)) as pool:
        list(pool.map(alone, arguments))
