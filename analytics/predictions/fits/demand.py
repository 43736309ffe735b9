"""Fits the weekly demand of each product, in all countries and in each of them."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby

import numpy as np
import pyarrow as pa
from django.utils import timezone
from ibis import Table, _

from analytics.predictions.fit import FitResult, NotEnoughData, fit, read_query
from analytics.predictions.fits.forecasts import last_whole_day
from analytics.predictions.methods.demand import (
    SERVICES,
    TEST_WEEKS,
    WEEK,
    known_weeks,
    safety_stock,
    service_coverage,
    smoothed_levels,
)
from analytics.predictions.stopping import stop_if_outdated
from analytics.semantics.shop import Shop, ever
from catalog.models import StockMovement
from ledger.models import Snapshot

MAX_WEEKS, MIN_WEEKS = 104, 4  # of sales
DEFAULT_LEAD_DAYS = 7  # for products without an inventory


@fit("demand", "demand")
def demand(snapshot: Snapshot) -> FitResult:
    shop = ever()
    last = last_whole_day(snapshot, shop)
    scopes, units = units_by_week(snapshot, shop, last)
    if last is None or units.shape[1] < MIN_WEEKS:
        raise NotEnoughData(f"Not enough data: {units.shape[1]} of {MIN_WEEKS} weeks needed.")
    stocks = read_query(snapshot, shop.inventory.select("product_id", "lead_time_days")).to_pylist()
    leads = {row["product_id"]: row["lead_time_days"] for row in stocks}
    lead = np.array([leads.get(product, DEFAULT_LEAD_DAYS) for _country, product in scopes])
    weeks = known_weeks(units, days_without_stock(scopes, last, units.shape[1]))
    stop_if_outdated(snapshot)
    everywhere = np.array([country is None for country, _product in scopes])
    usual = whole_weeks(int(np.median(lead)))
    # The whole shop only: rows by country would count each sale once more.
    coverage = {str(p): share for p, share in service_coverage(weeks[everywhere], usual).items()}
    stop_if_outdated(snapshot)
    table = {
        "country_id": [country for country, _product in scopes],
        "product_id": [product for _country, product in scopes],
        "weeks": (~np.isnan(weeks)).sum(axis=1),
        "weekly": smoothed_levels(weeks).current,
        "lead_time_days": lead,
        **{f"safety_{service}": stock for service, stock in safety_by_service(weeks, lead).items()},
    }
    note = demand_note(last, int(everywhere.sum()), coverage)
    return FitResult({"demand": pa.table(table)}, note, backtest=coverage)


def units_by_week(snapshot: Snapshot, shop: Shop, last: date | None) -> tuple[list, np.ndarray]:
    """A row for each product, in total and by country; a column for each whole week."""
    if last is None:
        return [], np.zeros((0, 0))
    sold = shop.lines.filter(
        _.kind == "sale", _.day <= last, _.day > last - timedelta(weeks=MAX_WEEKS)
    )
    tables = [read_query(snapshot, daily_units(sold, *scope)) for scope in ((), ("country_id",))]
    days = [row for table in tables for row in table.to_pylist()]
    # None does not compare with numbers, and 0 is no country's id.
    scopes = sorted(
        {product_scope(row) for row in days}, key=lambda scope: (scope[0] or 0, scope[1])
    )
    row_of_scope = {scope: index for index, scope in enumerate(scopes)}
    # Counted back from the last day: the incomplete week is the oldest one, and is left out.
    count = max(((last - row["day"]).days + 1 for row in days), default=0) // WEEK
    units = np.zeros((len(scopes), count))
    for row in days:
        week = count - 1 - (last - row["day"]).days // WEEK
        if week >= 0:
            units[row_of_scope[product_scope(row)], week] += row["units"]
    return scopes, units


def daily_units(sold: Table, *scope: str) -> Table:
    return sold.group_by(*scope, "product_id", "day").agg(units=_.units.sum().cast("float64"))


def product_scope(row: dict) -> tuple[int | None, int]:
    return row.get("country_id"), row["product_id"]


def days_without_stock(scopes: list, last: date, count: int) -> np.ndarray:
    """For each scope and week, the number of whole days without stock."""
    empty: dict[int, np.ndarray] = {}
    # From the database: the ledger has the stock of now, not its movements.
    moved = StockMovement.objects.order_by("product_id", "moved_at", "id")
    rows = moved.values_list("product_id", "moved_at", "quantity").iterator()
    for product, movements in groupby(rows, lambda row: row[0]):
        for day in empty_days(movements, last):
            week = count - 1 - (last - day).days // WEEK
            if week >= 0:
                empty.setdefault(product, np.zeros(count))[week] += 1
    none = np.zeros(count)
    # Countries share the stock.
    return np.array([empty.get(product, none) for _country, product in scopes])


def empty_days(movements: Iterable[tuple], last: date) -> Iterator[date]:
    """The days between a movement after which nothing is left and the next one that adds stock."""
    # Before the first movement the stock is not known, so no day counts as empty.
    stock, since = 0, None
    for _product, moved_at, quantity in movements:
        day = timezone.localdate(moved_at)
        if since:
            yield from days_between(since, min(day, last + timedelta(1)))
        stock += quantity
        since = day if stock <= 0 else None
    if since:
        yield from days_between(since, last + timedelta(1))


def days_between(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days) for days in range(1, (last - first).days))


def safety_by_service(weeks: np.ndarray, lead: np.ndarray) -> dict[int, np.ndarray]:
    """The safety stock of each product for its own lead time, by service level."""
    result = {service: np.zeros(len(weeks)) for service in SERVICES}
    for days in np.unique(lead):
        selected, whole = lead == days, whole_weeks(days)
        # Errors are those of whole weeks; of independent days they grow with the root of time.
        scale = np.sqrt(days / (WEEK * whole))
        for service, stock in safety_stock(smoothed_levels(weeks[selected]), whole).items():
            result[service][selected] = stock * scale
    return result


def whole_weeks(days: int) -> int:
    return max(1, int(np.ceil(days / WEEK)))


def demand_note(last: date, products: int, coverage: dict[str, float]) -> str:
    basis = f"From sales up to {last:%-d %b %Y}: {products:,} products, in total and by country."
    if "95" not in coverage:
        return f"{basis} There is not enough history to test it."
    share = f"{coverage['95']:.0%}"
    return f"{basis} In the last {TEST_WEEKS} weeks stock for 95% of lead times covered {share}."
