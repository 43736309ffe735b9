"""Writers to SQLite wait in a queue: of threads, of processes, and after a crash."""

import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction

from catalog.models import Tag
from core.sqlite3.base import NEXT, Queue, queue_file, queue_of

sqlite_only = pytest.mark.skipif(connection.vendor != "sqlite", reason="others have no queue")
OTHER_WRITER = """
import sys
from core.sqlite3.base import Queue
queue = Queue(sys.argv[1])
queue.take(30)
print("other", file=open(sys.argv[2], "a"), flush=True)
print("taken", flush=True)
sys.stdin.read()
queue.give_back()
"""


def eventually(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.fixture
def queue(tmp_path):
    return Queue(str(tmp_path / "books-queue"))


@contextmanager
def other_process(tmp_path):
    """A process that takes the turn and keeps it until its input ends."""
    command = [sys.executable, "-c", OTHER_WRITER, tmp_path / "books-queue", tmp_path / "turns"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:
        try:
            yield process
        finally:
            process.kill()


def waits_for_the_turn(queue):
    """Whether another process waits next: it has the first lock and lacks the second."""
    try:
        fcntl.lockf(queue.file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, NEXT)
    except BlockingIOError:
        return True
    fcntl.lockf(queue.file, fcntl.LOCK_UN, 1, NEXT)
    return False


def test_threads_write_in_the_order_in_which_they_came(queue):
    turns = []

    def write(number):
        queue.take(20)
        turns.append(number)
        queue.give_back()

    queue.take(1)
    with ThreadPoolExecutor(20) as pool:
        for number in range(20):
            pool.submit(write, number)
            eventually(lambda number=number: len(queue.waiting) == number + 1)
        queue.give_back()
    assert turns == list(range(20))


def test_one_thread_at_a_time_has_the_turn(queue):
    inside, most = [], []

    def write(number):
        for _ in range(50):
            queue.take(20)
            inside.append(number)
            most.append(len(inside))
            inside.remove(number)
            queue.give_back()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert most == [1] * 400


def test_another_process_is_next_although_this_one_asks_again_at_once(queue, tmp_path):
    queue.take(1)
    with other_process(tmp_path) as other:
        eventually(lambda: waits_for_the_turn(queue))
        queue.give_back()
        other.stdin.close()
        queue.take(20)
        assert (tmp_path / "turns").read_text() == "other\n"
        queue.give_back()


def test_a_killed_writer_keeps_nobody_waiting(queue, tmp_path):
    with other_process(tmp_path) as other:
        assert other.stdout.readline() == b"taken\n"
        with pytest.raises(sqlite3.OperationalError, match="database is locked"):
            queue.take(0.05)
        other.send_signal(signal.SIGKILL)
        queue.take(20)


def test_a_process_killed_while_it_waits_keeps_nobody_waiting(queue, tmp_path):
    queue.take(1)
    with other_process(tmp_path) as other:
        eventually(lambda: waits_for_the_turn(queue))
        other.send_signal(signal.SIGKILL)
        other.wait()
    queue.give_back()
    queue.take(1)


def test_a_thread_that_gives_up_is_skipped(queue):
    queue.take(1)
    with ThreadPoolExecutor(2) as pool:
        impatient = pool.submit(queue.take, 0.1)
        eventually(lambda: len(queue.waiting) == 1)
        patient = pool.submit(queue.take, 20)
        with pytest.raises(sqlite3.OperationalError, match="database is locked"):
            impatient.result()
        assert not patient.done()
        queue.give_back()
        patient.result()
    queue.give_back()
    assert (queue.is_taken, len(queue.waiting)) == (False, 0)


def test_a_fork_neither_has_the_turn_nor_releases_it(queue, tmp_path):
    queue.take(1)
    if not (child := os.fork()):
        queue.give_back()
        os._exit(0)
    os.waitpid(child, 0)
    with other_process(tmp_path):
        eventually(lambda: waits_for_the_turn(queue))
        time.sleep(0.1)
        assert not (tmp_path / "turns").exists()


def books():
    return queue_of(queue_file(connection.settings_dict["NAME"]), os.getpid())


@sqlite_only
@pytest.mark.django_db(transaction=True)
def test_transactions_and_single_statements_wait_in_the_queue():
    def in_transaction():
        try:
            with transaction.atomic():
                Tag.objects.create(name="second")
        finally:
            connection.close()

    def single_statement():
        try:
            Tag.objects.create(name="third")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool, transaction.atomic():
        for length, work in enumerate((in_transaction, single_statement), 1):
            pool.submit(work)
            eventually(lambda length=length: len(books().waiting) == length)
        Tag.objects.create(name="first")
    names = Tag.objects.order_by("pk").values_list("name", flat=True)
    assert list(names) == ["first", "second", "third"]
    assert not books().is_taken


@sqlite_only
@pytest.mark.django_db(transaction=True)
def test_the_turn_is_given_back_whatever_happens():
    with transaction.atomic():
        assert books().is_taken
    assert not books().is_taken
    Tag.objects.create(name="known")
    again = transaction.atomic(lambda: Tag.objects.create(name="known"))
    lost = transaction.atomic(lambda: (connection.close(), Tag.objects.create(name="lost")))
    for fails in (again, lost, lambda: Tag.objects.create(name="known")):
        with pytest.raises(DatabaseError):
            fails()
        assert not books().is_taken
    assert Tag.objects.count() == 1


@sqlite_only
@pytest.mark.django_db(transaction=True)
def test_a_writer_that_knows_of_no_queue_still_locks_the_database():
    with connection.cursor() as cursor:
        cursor.execute("pragma busy_timeout = 50")
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(OperationalError, match="database is locked"), transaction.atomic():
            pass
        assert not books().is_taken
    connection.close()
