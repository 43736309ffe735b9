"""Fits predicted value and churn risk of each customer."""

from datetime import date

import numpy as np
import pyarrow as pa

from analytics.predictions.fit import FitResult, NotEnoughData, fit, read_query
from analytics.predictions.methods.buyers import Buyers, Days, buyers, purchases_between
from analytics.predictions.methods.churn import MBG, RULE_NAME, backtest_churn, churn_probabilities
from analytics.predictions.methods.lifetime import (
    Purchases,
    Spend,
    TooFew,
    expected_purchases,
    expected_value,
    fit_gamma_gamma,
    fit_mbgnbd,
    prediction_intervals,
    probability_alive,
    probability_no_purchase,
)
from analytics.predictions.stopping import stop_if_outdated
from analytics.semantics.customer_queries import HORIZONS, SOLD
from analytics.semantics.measures import revenue
from analytics.semantics.shop import ever
from ledger.models import Snapshot

YEAR = 365
MIN_BUYERS, MIN_REPEAT_BUYERS, MIN_DAYS = 500, 50, 60
EPOCH = date(1970, 1, 1)  # Arrow counts the days of a date from here
MODEL = "MBG/NBD × Gamma-Gamma"


@fit("lifetime", "predicted_value")
def lifetime(snapshot: Snapshot) -> FitResult:
    """Net sales to each customer in the next year."""
    days = purchase_days(snapshot)
    # Not the calendar's today: an imported file may end earlier, and its end is no silence.
    today = int(days.day.max())
    known = buyers(days, today)
    purchases, spend = value_models(known)
    stop_if_outdated(snapshot)
    test = value_backtest(days)
    return FitResult(
        tables={"predicted_value": predicted_value_table(known, purchases, spend, today)},
        note=value_note(today, test),
        parameters={"purchases": vars(purchases), "spend": vars(spend), "buyers": len(known.T)},
        backtest=test,
    )


@fit("churn", "churn_risk", "churn_backtest")
def churn(snapshot: Snapshot) -> FitResult:
    """The probability that each customer does not buy in the next 30, 90 and 180 days."""
    days = purchase_days(snapshot)
    today = int(days.day.max())
    predictions, backtests, scores = [], [], {}
    for horizon in HORIZONS:
        stop_if_outdated(snapshot)
        test = backtest_churn(days, horizon)
        # Without a known outcome only MBG/NBD can be fitted: it learns from purchases alone.
        name = test.best_model if test else MBG
        known, silent = churn_probabilities(days, horizon, name)
        predictions.append(churn_table(known.customer, horizon, today, name, silent))
        if test:
            scores[str(horizon)] = {"model": name, "cut": str(as_date(test.cut)), **test.scores}
            past = churn_table(
                test.buyers.customer, horizon, test.cut, name, test.predictions[name]
            )
            backtests.append(past.append_column("was_silent", pa.array(test.was_silent)))
    tables = {
        "churn_risk": pa.concat_tables(predictions),
        # concat_tables refuses an empty list, and takes the columns from the first table.
        "churn_backtest": pa.concat_tables(backtests or [empty_backtest()]),
    }
    return FitResult(tables, churn_note(today, scores), {"horizons": HORIZONS}, scores)


def purchase_days(snapshot: Snapshot) -> Days:
    """Purchases and returns of each customer by day; raises `NotEnoughData`."""
    table = read_query(
        snapshot,
        ever()
        .history.group_by("customer_id", "day")
        .agg(revenue, sold=SOLD.sum() > 0)
        .order_by("customer_id", "day"),
    )
    days = Days(
        table["customer_id"].to_numpy(),
        table["day"].cast(pa.int32()).to_numpy().astype(int),
        table["sold"].to_numpy(zero_copy_only=False),
        table["revenue"].cast(pa.float64()).to_numpy(),
    )
    check_enough_data(days)
    return days


def check_enough_data(days: Days) -> None:
    count = np.unique(days.customer[days.sold], return_counts=True)[1]
    for number, needed, what in (
        (len(count), MIN_BUYERS, "buyers"),
        (int((count > 1).sum()), MIN_REPEAT_BUYERS, "repeat buyers"),
        (days.span, MIN_DAYS, "days of sales"),
    ):
        if number < needed:
            raise NotEnoughData(f"Not enough data: {number:,} of {needed:,} {what} needed.")


def value_models(known: Buyers) -> tuple[Purchases, Spend]:
    # Gamma-Gamma knows only positive values; who returned everything has none.
    paid = known.mean_value > 0
    try:
        return (
            fit_mbgnbd(*known.history),
            fit_gamma_gamma(known.purchases[paid], known.mean_value[paid]),
        )
    except TooFew as error:
        raise NotEnoughData(f"Not enough data: {error}.") from error


def predicted_value_table(
    known: Buyers, purchases: Purchases, spend: Spend, today: int
) -> pa.Table:
    orders = expected_purchases(purchases, *known.history, YEAR)
    bounds = prediction_intervals(purchases, spend, *known.history, known.mean_value, YEAR)
    (fewest, most), (low, high) = bounds
    return pa.table(
        {
            "customer_id": known.customer,
            "as_of": [as_date(today)] * len(orders),
            "model": [MODEL] * len(orders),
            "expected_orders": orders,
            "fewest_orders": np.rint(fewest).astype(int),
            "most_orders": np.rint(most).astype(int),
            "predicted": orders * expected_value(spend, known.purchases, known.mean_value),
            "lower": low,
            "upper": high,
            "alive": probability_alive(purchases, *known.history),
            "silent": probability_no_purchase(purchases, *known.history, YEAR),
        }
    )


def value_backtest(days: Days) -> dict:
    """Predicts the last third of the time from the first two thirds.

    The comparison assumes that all customers go on as before: as many purchases a day, at the same
    mean value.
    """
    today = int(days.day.max())
    horizon = min(YEAR, days.span // 3)
    cut = today - horizon
    known = buyers(days, cut)
    try:
        purchases, spend = value_models(known)
    except NotEnoughData:
        return {}
    bought, value = purchases_between(days, known.customer, cut, today)
    orders = expected_purchases(purchases, *known.history, horizon)
    predicted = orders * expected_value(spend, known.purchases, known.mean_value)
    # Who bought first on that day is 0 days old.
    as_before = known.purchases / np.maximum(known.T, 1) * horizon
    return {
        "cut": str(as_date(cut)),
        "days": horizon,
        "customers": len(orders),
        "orders_mae": mean_absolute_error(orders, bought),
        "orders_mae_as_before": mean_absolute_error(as_before, bought),
        "value_mae": mean_absolute_error(predicted, value),
        "value_mae_as_before": mean_absolute_error(as_before * known.mean_value, value),
        "predicted": round(float(predicted.sum()), 2),
        "actual": round(float(value.sum()), 2),
    }


def mean_absolute_error(predicted: np.ndarray, actual: np.ndarray) -> float:
    return round(float(np.abs(predicted - actual).mean()), 4)


def churn_table(
    customers: np.ndarray, horizon: int, day: int, name: str, silent: np.ndarray
) -> pa.Table:
    return pa.table(
        {
            "customer_id": customers,
            "days": np.full(len(customers), horizon),
            "as_of": [as_date(day)] * len(customers),
            "model": [name] * len(customers),
            "silent": silent,
        }
    )


def empty_backtest() -> pa.Table:
    empty = churn_table(np.array([], int), 0, 0, "", np.array([], float))
    return empty.append_column("was_silent", pa.array([], pa.bool_()))


def as_date(number: int) -> date:
    return date.fromordinal(EPOCH.toordinal() + number)


def value_note(today: int, test: dict) -> str:
    model = f"{MODEL}, from sales up to {as_date(today)}."
    if not test or test["actual"] <= 0:
        return f"{model} There is not enough history to test it."
    return (
        f"{model} Tested on the {test['days']} days after {test['cut']}: it predicted "
        f"{test['predicted'] / test['actual']:.0%} of the net sales to these customers. The mean "
        f"error of a customer’s orders was {test['orders_mae']:.2f} "
        f"(if all went on as before, {test['orders_mae_as_before']:.2f})."
    )


def churn_note(today: int, backtest: dict) -> str:
    sentences = [f"From sales up to {as_date(today)}."]
    for horizon, scores in backtest.items():
        chosen, rule = scores[scores["model"]], scores[RULE_NAME]
        sentences.append(
            f"{horizon} days: {scores['model']}, tested on {scores['cut']}: Brier score "
            f"{chosen['brier']:.3f}{auc_text(chosen)}; the {RULE_NAME} {rule['brier']:.3f}."
        )
    if len(backtest) < len(HORIZONS):
        rest = ", ".join(str(days) for days in HORIZONS if str(days) not in backtest)
        sentences.append(f"{rest} days: {MBG}, without enough history to test it.")
    return " ".join(sentences)


def auc_text(score: dict) -> str:
    return f", AUC {score['auc']:.3f}" if score["auc"] is not None else ""
