"""kill -9 at any moment of an import: it is not there or whole, and done again it is right.

KILLS=20 kills more often than the usual 4 times.
"""

import io
import os
import random
import time

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command

from customers.models import Country
from imports import jobs, uploads
from imports.models import Import
from imports.tests.kills import (
    BROKEN,
    NOTHING,
    WHOLE,
    outcome,
    settled_books,
    write_sales_file,
)
from imports.undo import undo

pytestmark = pytest.mark.django_db(transaction=True)

KILLS = int(os.environ.get("KILLS", "4"))


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return write_sales_file(tmp_path_factory.mktemp("kill"))


@pytest.fixture(autouse=True)
def _france_is_known(transactional_db):
    Country.objects.get_or_create(name="France", defaults={"code": "FR"})


def killed_at_random(command, seed):
    """After each of the kills, whether it came before the end."""
    arguments, started = command(), time.monotonic()
    code, said = outcome(arguments)
    assert (code, *settled_books()) == (0, ["done"], WHOLE), said
    undisturbed, chance = time.monotonic() - started, random.Random(seed)
    undo(Import.objects.get())
    Import.objects.all().delete()
    hits = 0
    while hits < KILLS:
        arguments, started = command(), time.monotonic()
        code, said = outcome(arguments, undisturbed * chance.uniform(0.4, 1.0))
        assert code in (0, -9), said
        hits += code == -9
        if code == 0:  # the machine is faster now than it was
            undisturbed = time.monotonic() - started
        yield code == -9


def test_a_killed_command_leaves_nothing_or_everything(file):
    command = ["manage.py", "import_sales", str(file)]
    for killed in killed_at_random(lambda: command, seed=3):
        assert settled_books() in [([], NOTHING), (["done"], WHOLE)]
        if killed:
            call_command("import_sales", file, stdout=io.StringIO())
        assert settled_books()[1] | {"rejects": len(BROKEN)} == WHOLE
        for run in Import.objects.filter(state="done"):
            undo(run)
        Import.objects.all().delete()


def test_what_a_killed_worker_began_ends_right(file, desk, monkeypatch):
    def job():
        pk = desk.preview(file.read_text())
        desk.step(pk, "commit")
        return ["-c", WORKER.format(django_settings.MEDIA_ROOT, pk)]

    for _ in killed_at_random(job, seed=4):
        assert settled_books() in [(["writing"], NOTHING), (["done"], WHOLE)]
        run = Import.objects.get()
        with monkeypatch.context() as later:
            later.setattr(uploads, "HEARTBEAT_TIMEOUT", 0)
            later.setattr(uploads, "ORPHAN_AGE", 0)
            jobs.resume()
        assert settled_books() == (["done"], WHOLE)
        assert list(uploads.folder().iterdir()) == []
        desk.step(run.pk, "undo")
        Import.objects.all().delete()


WORKER = """
import django
django.setup()
from django.conf import settings
settings.MEDIA_ROOT = '{}'
from imports import jobs
jobs.write_import({})
"""
