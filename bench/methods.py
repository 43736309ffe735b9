"""Accuracy and speed of the models, beside published figures for the same data.

    make bench-methods

Always reads the data sets in ../shared/data, because the targets are published figures. A method
adds its rows by a function in `METHODS`.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np

from analytics.predictions.methods import churn, lifetime
from analytics.predictions.methods.backtest import MEAN
from analytics.predictions.methods.buyers import buyers, purchases_between
from analytics.predictions.methods.demand import known_weeks, service_coverage
from analytics.predictions.methods.forecasting import forecast
from analytics.predictions.methods.trading_days import Past
from analytics.tests.published import DATA, WEEK_39, cdnow, cdnow_summary, retail
from bench.row import Row, format_number

PROTOTYPE = "the prototype"


def measure(data: Path, scale: int) -> Iterator[Row]:
    if not DATA.exists():
        yield Row(work="models on published data", least=0, note="needs ../shared/data")
        return
    for method in METHODS:
        yield from method()


def fastest_of_three(run: Callable, *given):
    """The result, and the seconds of the fastest of three calls."""
    took = []
    for _ in range(3):
        start = time.perf_counter()
        found = run(*given)
        took.append(time.perf_counter() - start)
    # The fastest: other work on the machine only ever adds time.
    return found, min(took)


def seconds_note(seconds: float) -> str:
    return f"in {format_number(seconds)} s"


def deviation_row(what: str, value: float, paper: float, within: float, seconds: float) -> Row:
    return Row(work=f"{what}: off the paper’s {paper} by", ours=abs(value - paper), unit="",
               most=within, note=f"{value:.4f} {seconds_note(seconds)}")  # fmt: skip


def lifetime_value_rows() -> Iterator[Row]:
    table = cdnow_summary("cdnow_customers_summary")
    seen = table["frequency"], table["recency"], table["T"]
    model, seconds = fastest_of_three(lifetime.fit_bgnbd, *seen)
    for name, paper, within in (
        ("r", 0.243, 0.001), ("alpha", 4.414, 0.001), ("a", 0.793, 0.005), ("b", 2.426, 0.005),
        ("log_likelihood", -9582.4, 0.05),
    ):  # fmt: skip
        yield deviation_row(f"BG/NBD {name}, CDNOW", getattr(model, name), paper, within, seconds)
    value, seconds = fastest_of_three(lifetime.expected_purchases, model, 2, 30.43, 38.86, 39)
    yield deviation_row("BG/NBD, worked example", value, 1.2259, 0.0001, seconds)
    table = cdnow_summary("cdnow_customers_summary_with_transactions")
    table = table[table["x"] > 0]
    spend, seconds = fastest_of_three(lifetime.fit_gamma_gamma, table["x"], table["zbar"])
    for name, paper in (("p", 6.25), ("q", 3.74), ("v", 15.44)):
        yield deviation_row(
            f"Gamma-Gamma {name}, CDNOW", getattr(spend, name), paper, 0.01, seconds
        )
    yield from large_sample_rows([np.resize(column, 25_000) for column in seen])
    yield from holdout_rows()


def large_sample_rows(many: list) -> Iterator[Row]:
    floor = lifetimes_floor(many)
    for name, fit in (("BG/NBD", lifetime.fit_bgnbd), ("MBG/NBD", lifetime.fit_mbgnbd)):
        _, seconds = fastest_of_three(fit, *many)
        yield Row(work=f"{name} of 25,000 customers", ours=seconds, most=0.3, **floor)


def lifetimes_floor(many) -> dict:
    """Measured with the package of that name if it is installed."""
    try:
        from lifetimes import BetaGeoFitter
    except ImportError:
        return {"floor": PROTOTYPE, "floor_figure": 0.13}
    _, seconds = fastest_of_three(lambda: BetaGeoFitter().fit(*many))
    return {"floor": "BG/NBD of lifetimes", "floor_figure": seconds}


def holdout_rows() -> Iterator[Row]:
    days = cdnow()
    known = buyers(days, WEEK_39)
    # 273 days are 39 weeks, the holdout of the paper.
    came, _ = purchases_between(days, known.customer, WEEK_39, WEEK_39 + 273)
    for name, fit, reference, most in (("BG/NBD", lifetime.fit_bgnbd, 0.819, None),
                                       ("MBG/NBD", lifetime.fit_mbgnbd, 0.795, 0.80)):  # fmt: skip
        model, seconds = fastest_of_three(fit, *known.history)
        predicted = lifetime.expected_purchases(model, *known.history, 273)
        yield Row(work=f"{name}, error of a customer, weeks 40–78", unit="", most=most,
                  ours=float(np.abs(predicted - came).mean()), floor=PROTOTYPE,
                  floor_figure=reference, note=seconds_note(seconds))  # fmt: skip


def churn_rows() -> Iterator[Row]:
    cases = (
        ("CDNOW", cdnow().until(WEEK_39 + 90), (0.778, 0.1165), 0.765, 0.118),
        ("retail file", retail(), (0.741, 0.211), 0.73, 0.22),
    )
    for name, days, reference, auc, brier in cases:
        test, seconds = fastest_of_three(churn.backtest_churn, days, 90)
        for model, score in test.scores.items():
            used = model == test.best_model
            known = {"unit": "", "note": seconds_note(seconds)}
            first, second = known, known
            if used:
                first = known | {"least": auc, "floor": PROTOTYPE, "floor_figure": reference[0]}
                second = known | {"most": brier, "floor": PROTOTYPE, "floor_figure": reference[1]}
            what = f"churn, {name}: {model}{' (used)' if used else ''}"
            yield Row(work=f"{what}, AUC", ours=float(score["auc"]), **first)
            yield Row(work=f"{what}, Brier", ours=float(score["brier"]), **second)


def forecast_rows() -> Iterator[Row]:
    """Product lines sold, six windows of 30 days; the mean is chosen from earlier data."""
    past = daily_sales()
    start = time.perf_counter()
    made = forecast(past)
    seconds = time.perf_counter() - start
    for score in made.backtest.scores():
        before = BEFORE.get(score.model, (None, None))
        for what, error, then, most in (("WAPE", score.wape, before[0], 29.5),
                                        ("MAPE", score.mape, before[1], 30.5)):  # fmt: skip
            yield Row(work=f"forecast, {score.model}: {what}", ours=error * 100, unit="%",
                      floor=PROTOTYPE if then else "", floor_figure=then,
                      most=most if score.model == MEAN else None,
                      note=seconds_note(score.seconds))  # fmt: skip
    within = made.backtest.coverage()
    for share, least, most in ((80, 76, 84), (95, 92, 97)):
        yield Row(work=f"days within the {share} % bounds", ours=within[share] * 100, unit="%",
                  least=least, most=most)  # fmt: skip
    yield Row(work="forecast with its backtest", ours=seconds, most=6)


BEFORE = {  # WAPE and MAPE of the prototype, in percent
    "Last week again": (36.6, 41.7),
    "Mean of 8 weeks": (30.4, 31.2),
    "Theta": (29.5, 29.2),
    "Decomposition": (29.0, 29.6),
    "Prophet": (31.8, 29.4),
}
# As in the study that has the reference figures: only products, no sales that were canceled
# exactly, and not 9 December 2011, on which the file ends at noon.
PRODUCTS_SOLD = """
    with lines as (
        select *, Quantity::int as units, row_number() over same as turn
        from read_csv($file, all_varchar = true)
        where regexp_matches(StockCode, '^[0-9]{{5}}') and UnitPrice::double > 0
        window same as (
            partition by CustomerID, StockCode, UnitPrice, Quantity order by InvoiceDate desc
        )
    )
    select {what} from lines as sold
    anti join lines as taken_back  -- each cancels the latest equal sale
        on sold.CustomerID is not distinct from taken_back.CustomerID
        and (sold.StockCode, sold.UnitPrice) = (taken_back.StockCode, taken_back.UnitPrice)
        and (sold.units, sold.turn) = (-taken_back.units, taken_back.turn)
    where sold.units > 0 and sold.InvoiceDate < '2011-12-09'
    group by all order by all
"""


def products_sold(what: str) -> dict:
    query = PRODUCTS_SOLD.format(what=what)
    return duckdb.execute(query, {"file": str(DATA / "online_retail.csv.gz")}).fetchnumpy()


def daily_sales() -> Past:
    sold = products_sold("""date_diff('day', date '2010-12-01', sold.InvoiceDate::date) as day,
        sum(sold.units * sold.UnitPrice::double) as revenue""")
    values = np.zeros(sold["day"].max() + 1)
    values[sold["day"]] = sold["revenue"]
    # 1 December 2010 was a Wednesday; Monday is 0.
    return Past(values, weekday=2)


def demand_rows() -> Iterator[Row]:
    sold = products_sold("""sold.StockCode as sku, sum(sold.units) as units,
        date_diff('day', sold.InvoiceDate::date, date '2011-12-08') // 7 as ago""")
    skus, rows = np.unique(sold["sku"], return_inverse=True)
    units = np.zeros((len(skus), sold["ago"].max() + 1))
    # The newest week is the last column.
    units[rows, -1 - sold["ago"]] = sold["units"]
    # The oldest week is cut off by the start of the file. Nothing is known of empty shelves.
    weeks = known_weeks(units[:, 1:], np.zeros_like(units[:, 1:]))
    for lead in (1, 2, 4):
        covered, seconds = fastest_of_three(service_coverage, weeks, lead)
        yield Row(work=f"lead times of {7 * lead} days covered at 95 %, 8 weeks", unit="%",
                  ours=float(covered[95]) * 100, floor=PROTOTYPE, floor_figure=90.3, least=90,
                  note=seconds_note(seconds))  # fmt: skip


METHODS = [lifetime_value_rows, churn_rows, forecast_rows, demand_rows]
