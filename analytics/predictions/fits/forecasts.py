"""What the shop will sell each day of the next year: as a whole, by country, and by category."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from django.utils import timezone
from ibis import Table, _

from analytics.predictions import tables
from analytics.predictions.fit import Fitted, NotEnoughData, fit, read_query
from analytics.predictions.methods.backtest import MEAN
from analytics.predictions.methods.forecasting import Forecast, TooShort, forecast
from analytics.predictions.methods.trading_days import Past, last_day_is_over
from analytics.semantics.filters import NO_CATEGORY
from analytics.semantics.shop import Shop, ever
from ledger.models import Snapshot

TABLES = ("forecast", "forecast_basis", "forecast_tests")
Scope = tuple[int | None, int | None]  # ids of a country and of a category
WHOLE: Scope = (None, None)


@fit("forecast", *TABLES)
def forecasts(snapshot: Snapshot) -> Fitted:
    shop = ever()
    last = last_whole_day(snapshot, shop)
    rows = {name: [] for name in TABLES}
    for scope, days in sales(snapshot, shop).items():
        for name, row in daily_sales(scope, days, last):
            rows[name].append(dict(zip(("country_id", "category_id"), scope, strict=True)) | row)
    if not rows["forecast"]:
        basis = rows["forecast_basis"][0]["basis"] if rows["forecast_basis"] else "no sales"
        raise NotEnoughData(f"There is no forecast yet: {basis}.")
    tests = [row for row in rows["forecast_tests"] if scope_of(row) == WHOLE]
    return Fitted(
        {name: table_of(name, found) for name, found in rows.items()},
        fit_summary(rows, last),
        parameters={"last_day": str(last), "averaged": averaged(tests)},
        backtest={row["model"]: {name: row[name] for name in ("wape", "bias")} for row in tests},
    )


def last_whole_day(snapshot: Snapshot, shop: Shop) -> date | None:
    """The last day with sales; the one before if its evening is missing."""
    hours = shop.orders.group_by("day").agg(last=_.placed_at.hour().max()).order_by("day")
    found = read_query(snapshot, hours)
    if not found.num_rows:
        return None
    day = found["day"][-1].as_py()
    today = timezone.localdate(snapshot.created_at)
    is_over = day < today and last_day_is_over(found["last"].to_numpy())
    return day if is_over else day - timedelta(1)


def sales(snapshot: Snapshot, shop: Shop) -> dict[Scope, dict[date, float]]:
    """The revenue of each day: of the whole shop, of each country, of each category."""
    shelves = shop.products.select("product_id", "category_id").filter(_.category_id != NO_CATEGORY)
    found: dict[Scope, dict[date, float]] = defaultdict(dict)
    for row in by_day(snapshot, shop.orders):
        found[WHOLE][row["day"]] = row["revenue"]
    for row in by_day(snapshot, shop.orders, "country_id"):
        found[row["country_id"], None][row["day"]] = row["revenue"]
    for row in by_day(snapshot, shop.lines.join(shelves, "product_id"), "category_id"):
        found[None, row["category_id"]][row["day"]] = row["revenue"]
    return found


def by_day(snapshot: Snapshot, rows: Table, *scope: str) -> list[dict]:
    days = rows.group_by(*scope, "day").agg(revenue=_.revenue.sum().cast("float64"))
    return read_query(snapshot, days.order_by(*scope, "day")).to_pylist()


def daily_sales(scope: Scope, days: dict[date, float], last: date) -> Iterator[tuple[str, dict]]:
    """The rows of a scope, each with the table that it goes to."""
    past = past_of(days, last)
    try:
        made = forecast(past)
    except TooShort as reason:
        yield "forecast_basis", basis(past, last, str(reason))
        return
    yield "forecast_basis", basis(past, last, rests_on(made, past))
    yield from (("forecast", row) for row in forecast_rows(made, last))
    yield from (("forecast_tests", row) for row in tests(made))


def past_of(days: dict[date, float], last: date) -> Past:
    first = min(days)
    values = np.zeros(max(0, (last - first).days + 1))
    for day, revenue in days.items():
        if day <= last:
            values[(day - first).days] = revenue
    return Past(values, first.weekday())


def basis(past: Past, last: date, text: str) -> dict:
    return {"last_day": last, "selling_days": past.selling_days, "basis": text}


def rests_on(made: Forecast, past: Past) -> str:
    """Why these models: what an owner should know of the forecast."""
    models = " + ".join(made.backtest.chosen)
    windows = len(made.backtest.windows)
    if not windows:
        return f"little data: {past.selling_days} days with sales, not tested yet; {models}"
    why = f"closest to the sales in {windows} tests"
    little = f"little data: {past.selling_days} days with sales; " if made.is_little else ""
    return f"{little}{models} ({why})"


def forecast_rows(made: Forecast, last: date) -> Iterator[dict]:
    spread = made.spread
    same = {"relative": spread.relative, "growth": spread.growth, "alone": spread.alone}
    same |= {f"day_{level}": width for level, width in spread.widths.items()}
    same |= {f"sum_{level}": width for level, width in spread.sum_widths.items()}
    for turn, sold in enumerate(made.days, 1):
        yield {"date": last + timedelta(turn), "ahead": turn, "forecast": float(sold), **same}


def tests(made: Forecast) -> Iterator[dict]:
    within = made.backtest.coverage()
    for turn, score in enumerate(made.backtest.scores()):
        own = within if score.model == MEAN else {}
        yield {
            **{name: known(value) for name, value in asdict(score).items()},
            "turn": turn,
            "days": len(made.backtest.windows[0].actual),
            **{f"within_{level}": known(own.get(level)) for level in (80, 95)},
        }


def known(value):
    """No value where there was nothing to divide by."""
    return None if isinstance(value, float) and not np.isfinite(value) else value


def scope_of(row: dict) -> Scope:
    return row["country_id"], row["category_id"]


def averaged(tests: list[dict]) -> list[str]:
    return [row["model"] for row in tests if row["averaged"]]


def table_of(name: str, rows: list[dict]) -> pa.Table:
    return pa.table({column: [row.get(column) for row in rows] for column in tables.TABLES[name]})


def fit_summary(rows: dict[str, list[dict]], last: date) -> str:
    """What is said with each answer: on what it rests, and for what there is one."""
    scopes = {scope_of(row) for row in rows["forecast"]}
    countries = sum(country is not None for country, _ in scopes)
    categories = len(scopes) - countries - (WHOLE in scopes)
    refused = len(rows["forecast_basis"]) - len(scopes)
    fitted = f"Fitted on sales to {last:%-d %b %Y}, for the whole shop, {countries} countries and"
    too_new = f" {refused} more have too little data." if refused else ""
    added = " Of several countries or categories forecasts and bounds are added up."
    return f"{fitted} {categories} categories.{too_new}{backtest_rows(rows)}{added}"


def backtest_rows(rows: dict[str, list[dict]]) -> str:
    whole = [row for row in rows["forecast_tests"] if scope_of(row) == WHOLE]
    mean = next((row for row in whole if row["model"] == MEAN), None)
    if mean is None or mean["wape"] is None:
        return " It could not be tested on the past yet."
    naive = whole[0]["wape"]
    return f" In tests it was {mean['wape']:.0%} off; repeating the last week, {naive:.0%}."
