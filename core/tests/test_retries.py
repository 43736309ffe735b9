"""A transaction that lost a deadlock is tried again, and nothing else is."""

import pytest
from django.db import OperationalError

from core import retries
from core.retries import TRIES, retry_deadlocks


@pytest.fixture
def pauses(monkeypatch):
    made = []
    monkeypatch.setattr(retries.time, "sleep", made.append)
    return made


def failing(times, message):
    errors = [OperationalError(message)] * times

    def work():
        if errors:
            raise errors.pop()
        return "done"

    return work


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("message", ["deadlock detected", "Deadlock found when trying to get lock"])
def test_the_loser_of_a_deadlock_tries_again(pauses, message):
    assert retry_deadlocks(failing(3, message)) == "done"
    assert len(pauses) == 3
    assert all(0.01 <= pause <= 0.1 for pause in pauses)


@pytest.mark.django_db(transaction=True)
def test_who_loses_every_time_gets_the_error(pauses):
    with pytest.raises(OperationalError, match="deadlock"):
        retry_deadlocks(failing(TRIES, "deadlock detected"))
    assert len(pauses) == TRIES - 1


@pytest.mark.django_db(transaction=True)
def test_another_error_is_not_tried_again(pauses):
    with pytest.raises(OperationalError, match="disk is full"):
        retry_deadlocks(failing(1, "disk is full"))
    assert pauses == []


def test_inside_of_an_outer_transaction_there_is_nothing_to_begin_again(db, pauses):
    with pytest.raises(OperationalError):
        retry_deadlocks(failing(1, "deadlock detected"))
    assert pauses == []
