"""Who does not come back, and how good such a guess is."""

import numpy as np
import pytest

from analytics.predictions.methods.buyers import Days, buyers
from analytics.predictions.methods.churn import (
    LOGISTIC,
    MBG,
    auc,
    backtest_churn,
    brier,
    churn_probabilities,
)
from analytics.tests.published import WEEK_39, cdnow, needs_data, retail

pytestmark = pytest.mark.once


def drawn(people=800, length=400) -> Days:
    """Customers of whom the later ones come the more often; a third leaves somewhere."""
    chance, rows = np.random.default_rng(11), []
    for person in range(people):
        every, leaves = 10 + person % 60, chance.integers(0, 3 * length)
        day = chance.integers(0, every)
        while day < min(length, leaves):
            rows.append((person, day))
            day += 1 + chance.geometric(1 / every)
    customer, day = np.array(rows).T
    return Days(customer, day, np.ones(len(day), bool), np.full(len(day), 10.0))


def test_buyers_are_told_by_how_often_how_recently_and_since_when():
    days = Days(
        customer=np.array([7, 7, 7, 9, 9, 8]),
        day=np.array([0, 5, 9, 2, 3, 4]),
        sold=np.array([True, True, True, True, False, False]),
        value=np.array([10.0, 20, 40, 8, -8, -5]),
    )
    known = buyers(days, 6)
    assert known.customer.tolist() == [7, 9]
    assert [column.tolist() for column in known.history] == [[1, 0], [5, 0], [6, 4]]
    assert known.value.tolist() == [30, 0]
    assert known.mean_value.tolist() == [15, 0]


def test_auc_counts_pairs_in_the_right_order_and_ties_by_half():
    happened = np.array([True, True, False, False])
    assert auc(happened, np.array([0.9, 0.5, 0.5, 0.1])) == 3.5 / 4
    assert auc(np.array([True, True]), np.array([0.9, 0.5])) is None
    assert brier(happened, np.array([1, 0.5, 0, 0.5])) == 0.125


def test_both_models_beat_the_rule_on_a_day_that_they_have_not_seen():
    found = backtest_churn(drawn(), 60)
    scores = found.scores
    assert scores.keys() == {"rule of 90 days", MBG, LOGISTIC}
    rule = scores.pop("rule of 90 days")
    assert all(score["brier"] < rule["brier"] for score in scores.values())
    assert found.best_model == min(scores, key=lambda name: scores[name]["brier"])


def test_nothing_of_the_time_after_the_cut_is_known_to_the_guess():
    days = drawn()
    cut = int(days.day.max()) - 60
    later = days.day > cut
    later[np.argmax(days.day)] = False  # the last day stays where it is
    shuffled = Days(
        np.where(later, -days.customer - 1, days.customer), days.day, days.sold, days.value
    )
    ours, other = backtest_churn(days, 60), backtest_churn(shuffled, 60)
    assert (ours.predictions[MBG] == other.predictions[MBG]).all()
    assert (ours.predictions[LOGISTIC] == other.predictions[LOGISTIC]).all()
    assert (ours.was_silent != other.was_silent).any()


def test_a_young_shop_has_no_outcome_to_learn_from():
    days = drawn(length=120)
    assert backtest_churn(days, 90) is None
    assert LOGISTIC not in backtest_churn(days, 70).predictions
    known, silent = churn_probabilities(days, 90, MBG)
    assert len(known.customer) == len(silent)
    assert ((silent > 0) & (silent < 1)).all()


def test_who_is_away_longest_for_their_habit_is_likeliest_to_stay_away():
    days = drawn()
    for name in (MBG, LOGISTIC):
        known, silent = churn_probabilities(days, 60, name)
        often = known.frequency > np.median(known.frequency)
        away = (known.T - known.recency)[often]
        assert silent[often][away > 90].mean() > silent[often][away < 30].mean() + 0.3


@needs_data
def test_the_chances_are_as_good_on_cdnow_as_the_prototype_was():
    found = backtest_churn(cdnow().until(WEEK_39 + 90), 90)
    best = found.scores[found.best_model]
    assert (len(found.was_silent), found.best_model) == (23570, LOGISTIC)
    assert best["auc"] >= 0.765
    assert best["brier"] <= 0.118


@needs_data
def test_the_chances_are_as_good_on_the_retail_file_as_the_prototype_was():
    found = backtest_churn(retail(), 90)
    best = found.scores[found.best_model]
    assert len(found.was_silent) == 3370
    assert best["auc"] >= 0.73
    assert best["brier"] <= 0.22
