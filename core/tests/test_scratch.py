"""What a killed process leaves is swept, what a living one uses is not; nobody else reads it."""

import fcntl
import os
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from django_q.models import Schedule

from core.schedules import correct_far_future_runs
from core.temporary_folders import LOCK, scratch_folder
from imports import uploads

LONG_AGO = time.time() - 7200


@pytest.fixture(autouse=True)
def temporary(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left(folder: Path) -> Path:
    folder.mkdir()
    (folder / "large").write_bytes(b"x")
    (folder / LOCK).touch()
    os.utime(folder, (LONG_AGO, LONG_AGO))
    return folder


def test_the_folder_of_a_killed_import_is_swept_before_the_next(temporary):
    code = (
        "import sys, tempfile; tempfile.tempdir = sys.argv[1]\n"
        "from core.temporary_folders import scratch_folder\n"
        "with scratch_folder('import') as folder: print(folder, flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(temporary)], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    folder = Path(child.stdout.readline().strip())
    os.utime(folder, (LONG_AGO, LONG_AGO))
    with scratch_folder("import"):
        assert folder.exists()  # a living one's
    child.kill()
    child.communicate()
    os.utime(folder, (LONG_AGO, LONG_AGO))
    with scratch_folder("import") as mine:
        assert not folder.exists()
        assert stat.S_IMODE(mine.stat().st_mode) == 0o700
    assert list(temporary.iterdir()) == []


def test_a_folder_that_is_locked_or_new_or_somebody_elses_stays(temporary):
    locked, other = left(temporary / "ledgerlight-import-a"), left(temporary / "import-b")
    new = left(temporary / "ledgerlight-import-c")
    os.utime(new)
    with (locked / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.utime(locked, (LONG_AGO, LONG_AGO))
        with scratch_folder("import"):
            assert [path.exists() for path in (locked, other, new)] == [True] * 3


def test_what_the_program_writes_is_for_its_owner_alone(monkeypatch):
    import manage

    before = os.umask(0o022)
    try:
        for arguments, mask in ((["version"], 0o077), (["collectstatic", "--help"], 0o022)):
            os.umask(0o022)
            monkeypatch.setattr(sys, "argv", ["manage.py", *arguments])
            with suppress(SystemExit):
                manage.main()
            assert os.umask(0o022) == mask
    finally:
        os.umask(before)


@pytest.mark.django_db
def test_jobs_that_a_clock_of_next_year_put_off_are_due_now():
    now = timezone.now()
    Schedule.objects.all().delete()
    for name, kind, minutes, days in (
        ("minutes", "I", 1, 365), ("night", "D", None, 365), ("soon", "I", 5, 0.003),
        ("tonight", "D", None, 1.1),
    ):  # fmt: skip
        Schedule.objects.create(
            name=name, func=name, schedule_type=kind, minutes=minutes,
            next_run=now + timedelta(days=days),
        )  # fmt: skip
    assert correct_far_future_runs() == 2
    due = Schedule.objects.filter(next_run__lte=timezone.now())
    assert sorted(due.values_list("name", flat=True)) == ["minutes", "night"]


def test_a_sign_of_life_from_next_year_is_none(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    for seconds, alive in ((0, True), (365 * 86400, False), (-60, False)):
        heartbeat = datetime.now(UTC).timestamp() + seconds
        uploads._progress_path("a").write_text(f'{{"heartbeat": {heartbeat}}}')
        assert uploads.is_in_progress("a") is alive
