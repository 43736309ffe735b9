"""Thousands of random questions of Explore: each figure is what plain SQL says."""

import pytest
from django.db import connection

from analytics.tests import varied_shop
from analytics.tests.explore_trial import Trial
from ledger import build
from tests.torture.conftest import SEED, often

pytestmark = pytest.mark.django_db

PARTS = 10  # each a shop of its own


@pytest.mark.parametrize("part", range(PARTS))
def test_random_questions_are_answered_as_plain_sql_answers_them(part, tried, subtests):
    if connection.vendor != "sqlite":
        pytest.skip("the books' database makes no difference to it")
    times = often(2000, 60) // PARTS
    tried("random questions of Explore beside plain SQL", times)
    varied_shop.fill(seed=f"{SEED} {part}")
    trial = Trial(build.current())
    for question in trial.draws(f"{SEED} {part}", times):
        with subtests.test(str(question)):
            assert trial.differences(question, trial.answer(question)) == []
