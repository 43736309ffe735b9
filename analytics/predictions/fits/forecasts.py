"""Fits the daily sales of the next year: of the whole shop, by country and by category."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from django.utils import timezone
from ibis import Table, _

from analytics.predictions import tables
from analytics.predictions.fit import FitResult, NotEnoughData, fit, read_query
from analytics.predictions.methods.backtest import MEAN
from analytics.predictions.methods.forecasting import Forecast, TooShort, forecast
from analytics.predictions.methods.trading_days import Past, last_day_is_over
from analytics.predictions.stopping import stop_if_outdated
from analytics.semantics.fields import NO_CATEGORY
from analytics.semantics.shop import Shop, ever
from ledger.models import Snapshot

TABLES = ("forecast", "forecast_basis", "forecast_tests")
Scope = tuple[int | None, int | None]  # ids of a country and of a category
WHOLE_SHOP: Scope = (None, None)


@fit("forecast", *TABLES)
def forecasts(snapshot: Snapshot) -> FitResult:
    shop = ever()
    last = last_whole_day(snapshot, shop)
    rows: dict[str, list[dict]] = {name: [] for name in TABLES}
    if last is None:
        raise NotEnoughData("There is no forecast yet: no sales.")
    for scope, days in daily_sales_by_scope(snapshot, shop).items():
        stop_if_outdated(snapshot)
        for name, row in rows_of_scope(days, last):
            rows[name].append(dict(zip(("country_id", "category_id"), scope, strict=True)) | row)
    if not rows["forecast"]:
        # The first row is that of the whole shop, which `daily_sales_by_scope` adds first.
        raise NotEnoughData(f"There is no forecast yet: {rows['forecast_basis'][0]['basis']}.")
    tests = [row for row in rows["forecast_tests"] if scope_of_row(row) == WHOLE_SHOP]
    return FitResult(
        {name: as_table(name, table) for name, table in rows.items()},
        forecast_note(rows, last),
        parameters={"last_day": str(last), "averaged": averaged_models(tests)},
        backtest={row["model"]: {name: row[name] for name in ("wape", "bias")} for row in tests},
    )


def last_whole_day(snapshot: Snapshot, shop: Shop) -> date | None:
    """The last day with sales; the one before if its evening is missing."""
    hours = shop.orders.group_by("day").agg(last=_.placed_at.hour().max()).order_by("day")
    table = read_query(snapshot, hours)
    if not table.num_rows:
        return None
    day = table["day"][-1].as_py()
    today = timezone.localdate(snapshot.created_at)
    # The hour alone does not tell: today may be past its usual last sale and still sell.
    is_over = day < today and last_day_is_over(table["last"].to_numpy())
    return day if is_over else day - timedelta(1)


def daily_sales_by_scope(snapshot: Snapshot, shop: Shop) -> dict[Scope, dict[date, float]]:
    """Net sales of each day: of the whole shop, each country and each category."""
    categories = shop.products.select("product_id", "category_id").filter(
        _.category_id != NO_CATEGORY
    )
    found: dict[Scope, dict[date, float]] = defaultdict(dict)
    for row in daily_revenue(snapshot, shop.orders):
        found[WHOLE_SHOP][row["day"]] = row["revenue"]
    for row in daily_revenue(snapshot, shop.orders, "country_id"):
        found[row["country_id"], None][row["day"]] = row["revenue"]
    # Lines, because an order has products of several categories.
    for row in daily_revenue(snapshot, shop.lines.join(categories, "product_id"), "category_id"):
        found[None, row["category_id"]][row["day"]] = row["revenue"]
    return found


def daily_revenue(snapshot: Snapshot, rows: Table, *scope: str) -> list[dict]:
    days = rows.group_by(*scope, "day").agg(revenue=_.revenue.sum().cast("float64"))
    return read_query(snapshot, days.order_by(*scope, "day")).to_pylist()


def rows_of_scope(days: dict[date, float], last: date) -> Iterator[tuple[str, dict]]:
    """The rows of a scope with these sales, each with the name of its table."""
    past = as_past(days, last)
    try:
        made = forecast(past)
    except TooShort as reason:
        yield "forecast_basis", basis_row(past, last, str(reason))
        return
    yield "forecast_basis", basis_row(past, last, basis_text(made, past))
    yield from (("forecast", row) for row in forecast_rows(made, last))
    yield from (("forecast_tests", row) for row in test_rows(made))


def as_past(days: dict[date, float], last: date) -> Past:
    first = min(days)
    # A scope whose first sale is after the last whole day has no past.
    values = np.zeros(max(0, (last - first).days + 1))
    for day, revenue in days.items():
        if day <= last:
            values[(day - first).days] = revenue
    return Past(values, first.weekday())


def basis_row(past: Past, last: date, text: str) -> dict:
    return {"last_day": last, "selling_days": past.selling_days, "basis": text}


def basis_text(made: Forecast, past: Past) -> str:
    """The models of the forecast, why they were chosen, and whether there is little data."""
    models = " + ".join(made.backtest.chosen)
    windows = len(made.backtest.windows)
    if not windows:
        return f"little data: {past.selling_days} days with sales, not tested yet; {models}"
    reason = f"closest to the sales in {windows} tests"
    little = f"little data: {past.selling_days} days with sales; " if made.has_little_data else ""
    return f"{little}{models} ({reason})"


def forecast_rows(made: Forecast, last: date) -> Iterator[dict]:
    spread = made.spread
    same = {"relative": spread.relative, "growth": spread.growth, "alone": spread.alone}
    same |= {f"day_{level}": width for level, width in spread.widths.items()}
    same |= {f"sum_{level}": width for level, width in spread.sum_widths.items()}
    for ahead, sales in enumerate(made.days, 1):
        yield {"date": last + timedelta(ahead), "ahead": ahead, "forecast": float(sales), **same}


def test_rows(made: Forecast) -> Iterator[dict]:
    within = made.backtest.coverage()
    for turn, score in enumerate(made.backtest.scores()):
        # Bounds exist only around the mean.
        own = within if score.model == MEAN else {}
        yield {
            **{name: finite_or_none(value) for name, value in asdict(score).items()},
            "turn": turn,
            # Without a window there is no score, so the first one exists here.
            "days": len(made.backtest.windows[0].actual),
            **{f"within_{level}": finite_or_none(own.get(level)) for level in (80, 95)},
        }


def finite_or_none(value: Any) -> Any:
    """None for an error that was divided by zero."""
    return None if isinstance(value, float) and not np.isfinite(value) else value


def scope_of_row(row: dict) -> Scope:
    return row["country_id"], row["category_id"]


def averaged_models(tests: list[dict]) -> list[str]:
    return [row["model"] for row in tests if row["averaged"]]


def as_table(name: str, rows: list[dict]) -> pa.Table:
    return pa.table({column: [row.get(column) for row in rows] for column in tables.TABLES[name]})


def forecast_note(rows: dict[str, list[dict]], last: date) -> str:
    """The note of forecast reports: the data, the number of forecasts and their accuracy."""
    scopes = {scope_of_row(row) for row in rows["forecast"]}
    countries = sum(country is not None for country, _ in scopes)
    categories = len(scopes) - countries - (WHOLE_SHOP in scopes)
    refused = len(rows["forecast_basis"]) - len(scopes)
    basis = f"From sales up to {last:%-d %b %Y}: the whole shop, {countries} countries and"
    too_new = f" {refused} more have too little data." if refused else ""
    sums = " Forecasts and bounds of several countries or categories are added up."
    return f"{basis} {categories} categories.{too_new}{accuracy_text(rows)}{sums}"


def accuracy_text(rows: dict[str, list[dict]]) -> str:
    whole = [row for row in rows["forecast_tests"] if scope_of_row(row) == WHOLE_SHOP]
    mean = next((row for row in whole if row["model"] == MEAN), None)
    if mean is None or mean["wape"] is None:
        return " There is not enough history to test it."
    naive = whole[0]["wape"]
    return f" Its error in tests was {mean['wape']:.0%}; repeating the last week, {naive:.0%}."
