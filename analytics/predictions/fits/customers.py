"""What is to be expected of each customer: their value, and whether they come back."""

from datetime import date

import numpy as np
import pyarrow as pa

from analytics.predictions.fit import Fitted, NotEnoughData, fit, read_query
from analytics.predictions.methods import churn as leaving
from analytics.predictions.methods.buyers import Buyers, Days, between, buyers
from analytics.predictions.methods.lifetime import (
    Purchases,
    Spend,
    TooFew,
    expected_purchases,
    expected_value,
    fit_gamma_gamma,
    fit_mbgnbd,
    probability_alive,
    probability_no_purchase,
    value_between,
)
from analytics.semantics.customer_queries import HORIZONS, SOLD
from analytics.semantics.measures import revenue
from analytics.semantics.shop import ever
from ledger.models import Snapshot

YEAR = 365
ENOUGH_BUYERS, ENOUGH_AGAIN, ENOUGH_DAYS = 500, 50, 60
EPOCH = date(1970, 1, 1)
MODEL = "MBG/NBD × Gamma-Gamma"


@fit("lifetime", "predicted_value")
def lifetime(snapshot: Snapshot) -> Fitted:
    """What each customer brings in the next year."""
    days = days_of(snapshot)
    today = int(days.day.max())
    known = buyers(days, today)
    purchases, spend = value_models(known)
    test = value_backtest(days)
    return Fitted(
        tables={"predicted_value": worth(known, purchases, spend, today)},
        words=value_words(today, test),
        parameters={"purchases": vars(purchases), "spend": vars(spend), "buyers": len(known.T)},
        backtest=test,
    )


@fit("churn", "churn_risk", "churn_backtest")
def churn(snapshot: Snapshot) -> Fitted:
    """How likely each customer is not to buy again in the next 30, 90 and 180 days."""
    days = days_of(snapshot)
    today = int(days.day.max())
    now, then, backtest = [], [], {}
    for horizon in HORIZONS:
        test = leaving.test_at_last_cut(days, horizon)
        name = test.best if test else leaving.MBG
        known, silent = leaving.chances(days, horizon, name)
        now.append(chances_table(known.customer, horizon, today, name, silent))
        if test:
            backtest[str(horizon)] = {"model": name, "cut": str(day_of(test.cut)), **test.scores}
            told = chances_table(test.buyers.customer, horizon, test.cut, name, test.guesses[name])
            then.append(told.append_column("was_silent", pa.array(test.was_silent)))
    tables = {
        "churn_risk": pa.concat_tables(now),
        "churn_backtest": pa.concat_tables(then or [no_outcome()]),
    }
    return Fitted(tables, churn_words(today, backtest), {"horizons": HORIZONS}, backtest)


def days_of(snapshot: Snapshot) -> Days:
    """What customers bought and gave back, day by day; `TooLittle` where that tells nothing."""
    documents = ever().history
    table = read_query(
        snapshot,
        documents.group_by("customer_id", "day")
        .agg(revenue, sold=SOLD.sum() > 0)
        .order_by("customer_id", "day"),
    )
    days = Days(
        table["customer_id"].to_numpy(),
        table["day"].cast(pa.int32()).to_numpy().astype(int),
        table["sold"].to_numpy(zero_copy_only=False),
        table["revenue"].cast(pa.float64()).to_numpy(),
    )
    check_that_it_is_enough(days)
    return days


def check_that_it_is_enough(days: Days) -> None:
    count = np.unique(days.customer[days.sold], return_counts=True)[1]
    for found, needed, what in (
        (len(count), ENOUGH_BUYERS, "buyers"),
        (int((count > 1).sum()), ENOUGH_AGAIN, "buyers who came again"),
        (days.span, ENOUGH_DAYS, "days of sales"),
    ):
        if found < needed:
            raise NotEnoughData(
                f"Too little to predict from: {found:,} of {needed:,} {what} needed."
            )


def value_models(known: Buyers) -> tuple[Purchases, Spend]:
    paid = known.mean_value > 0
    try:
        return (
            fit_mbgnbd(*known.history),
            fit_gamma_gamma(known.purchases[paid], known.mean_value[paid]),
        )
    except TooFew as error:
        raise NotEnoughData(f"Too little to predict from: {error}.") from error


def worth(known: Buyers, purchases: Purchases, spend: Spend, today: int) -> pa.Table:
    orders = expected_purchases(purchases, *known.history, YEAR)
    low, high = value_between(purchases, spend, *known.history, known.mean_value, YEAR)
    return pa.table(
        {
            "customer_id": known.customer,
            "as_of": [day_of(today)] * len(orders),
            "model": [MODEL] * len(orders),
            "expected_orders": orders,
            "predicted": orders * expected_value(spend, known.purchases, known.mean_value),
            "lower": low,
            "upper": high,
            "alive": probability_alive(purchases, *known.history),
            "silent": probability_no_purchase(purchases, *known.history, YEAR),
        }
    )


def value_backtest(days: Days) -> dict:
    """Foretold from the first two thirds of the time for the last; beside it, that all go on as
    before: as many purchases a day as until then, at their mean value.
    """
    today = int(days.day.max())
    horizon = min(YEAR, days.span // 3)
    cut = today - horizon
    known = buyers(days, cut)
    try:
        purchases, spend = value_models(known)
    except NotEnoughData:
        return {}
    bought, value = between(days, known.customer, cut, today)
    orders = expected_purchases(purchases, *known.history, horizon)
    foretold = orders * expected_value(spend, known.purchases, known.mean_value)
    as_before = known.purchases / np.maximum(known.T, 1) * horizon
    return {
        "cut": str(day_of(cut)),
        "days": horizon,
        "customers": len(orders),
        "orders_mae": mean_error(orders, bought),
        "orders_mae_as_before": mean_error(as_before, bought),
        "value_mae": mean_error(foretold, value),
        "value_mae_as_before": mean_error(as_before * known.mean_value, value),
        "foretold": round(float(foretold.sum()), 2),
        "came": round(float(value.sum()), 2),
    }


def mean_error(foretold: np.ndarray, came: np.ndarray) -> float:
    return round(float(np.abs(foretold - came).mean()), 4)


def chances_table(customers, horizon: int, day: int, name: str, silent) -> pa.Table:
    return pa.table(
        {
            "customer_id": customers,
            "days": np.full(len(customers), horizon),
            "as_of": [day_of(day)] * len(customers),
            "model": [name] * len(customers),
            "silent": silent,
        }
    )


def no_outcome() -> pa.Table:
    empty = chances_table(np.array([], int), 0, 0, "", np.array([], float))
    return empty.append_column("was_silent", pa.array([], pa.bool_()))


def day_of(number: int) -> date:
    return date.fromordinal(EPOCH.toordinal() + number)


def value_words(today: int, test: dict) -> str:
    told = f"{MODEL}, from sales up to {day_of(today)}."
    if not test or test["came"] <= 0:
        return f"{told} There is too little history to test it."
    return (
        f"{told} Tested on the {test['days']} days after {test['cut']}: it foretold "
        f"{test['foretold'] / test['came']:.0%} of what these customers brought, and a customer’s "
        f"orders to within {test['orders_mae']:.2f} on the mean "
        f"(“as before” would be off by {test['orders_mae_as_before']:.2f})."
    )


def churn_words(today: int, backtest: dict) -> str:
    told = [f"From sales up to {day_of(today)}."]
    for horizon, found in backtest.items():
        chosen, rule = found[found["model"]], found[leaving.BY_RULE]
        told.append(
            f"{horizon} days: {found['model']}, tested on {found['cut']}: Brier score "
            f"{chosen['brier']:.3f}{auc_words(chosen)}; the {leaving.BY_RULE} {rule['brier']:.3f}."
        )
    if len(backtest) < len(HORIZONS):
        rest = ", ".join(str(days) for days in HORIZONS if str(days) not in backtest)
        told.append(f"{rest} days: {leaving.MBG}, with too little history to test it.")
    return " ".join(told)


def auc_words(found: dict) -> str:
    return f", AUC {found['auc']:.3f}" if found["auc"] is not None else ""
