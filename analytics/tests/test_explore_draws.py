"""Random questions: cells, subtotals, column totals and the total are what plain SQL says."""

import os

import pytest
from django.db import transaction

from analytics.tests import varied_shop
from analytics.tests.explore_trial import Trial
from ledger import build

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SEED = os.environ.get("SEED", "explore")


@pytest.fixture(scope="module")
def trial(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        varied_shop.fill()
        yield Trial(build.current())
        transaction.set_rollback(True)


@pytest.mark.parametrize("part", range(20))
def test_random_questions_are_answered_as_plain_sql_answers_them(trial, part, subtests):
    for question in trial.draws(f"{SEED} {part}", 5):
        with subtests.test(str(question)):
            assert trial.differences(question, trial.answer(question)) == []
