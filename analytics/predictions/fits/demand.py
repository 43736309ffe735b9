"""How much of each product is sold a week, all over and in each country."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby

import numpy as np
import pyarrow as pa
from django.utils import timezone
from ibis import Table, _

from analytics.predictions.fit import Fitted, NotEnoughData, fit, read_query
from analytics.predictions.fits.forecasts import last_whole_day
from analytics.predictions.methods.demand import (
    HELD_OUT,
    SERVICES,
    WEEK,
    coverage,
    known_weeks,
    levels,
    safety,
)
from analytics.semantics.shop import Shop, ever
from catalog.models import StockMovement
from ledger.models import Snapshot

LONGEST = 104  # weeks that are looked back on
NEEDED = 4  # weeks
USUAL_LEAD = 7  # days, where the stock of a product is not kept


@fit("demand", "demand")
def demand(snapshot: Snapshot) -> Fitted:
    shop = ever()
    last = last_whole_day(snapshot, shop)
    scopes, units = units_by_week(snapshot, shop, last)
    if units.shape[1] < NEEDED:
        raise NotEnoughData(f"Demand needs {NEEDED} whole weeks; there are {units.shape[1]} yet.")
    stocks = read_query(snapshot, shop.inventory.select("product_id", "lead_time_days")).to_pylist()
    leads = {row["product_id"]: row["lead_time_days"] for row in stocks}
    lead = np.array([leads.get(product, USUAL_LEAD) for _country, product in scopes])
    weeks = known_weeks(units, days_without_stock(scopes, last, units.shape[1]))
    everywhere = np.array([country is None for country, _product in scopes])
    usual = whole_weeks(int(np.median(lead)))
    tried = {str(p): share for p, share in coverage(weeks[everywhere], usual).items()}
    table = {
        "country_id": [country for country, _product in scopes],
        "product_id": [product for _country, product in scopes],
        "weeks": (~np.isnan(weeks)).sum(axis=1),
        "weekly": levels(weeks).now,
        "lead_time_days": lead,
        **{f"safety_{service}": pieces for service, pieces in needed(weeks, lead).items()},
    }
    return Fitted(
        {"demand": pa.table(table)}, fit_summary(last, int(everywhere.sum()), tried), backtest=tried
    )


def units_by_week(snapshot: Snapshot, shop: Shop, last: date | None) -> tuple[list, np.ndarray]:
    """A row for each product, and for each country where it was sold; a column for each week of
    seven days up to the last."""
    if last is None:
        return [], np.zeros((0, 0))
    sold = shop.lines.filter(_.kind == "sale", _.day <= last, _.day > last - weeks_long(LONGEST))
    tables = [read_query(snapshot, by_day(sold, *scope)) for scope in ((), ("country_id",))]
    days = [row for table in tables for row in table.to_pylist()]
    scopes = sorted({scope_of(row) for row in days}, key=lambda scope: (scope[0] or 0, scope[1]))
    places = {scope: place for place, scope in enumerate(scopes)}
    count = max(((last - row["day"]).days + 1 for row in days), default=0) // WEEK
    units = np.zeros((len(scopes), count))
    for row in days:
        week = count - 1 - (last - row["day"]).days // WEEK
        if week >= 0:
            units[places[scope_of(row)], week] += row["units"]
    return scopes, units


def weeks_long(count: int) -> timedelta:
    return timedelta(weeks=count)


def by_day(sold: Table, *scope: str) -> Table:
    return sold.group_by(*scope, "product_id", "day").agg(units=_.units.sum().cast("float64"))


def scope_of(row: dict) -> tuple[int | None, int]:
    return row.get("country_id"), row["product_id"]


def days_without_stock(scopes: list, last: date, count: int) -> np.ndarray:
    """Of each week the whole days on which the shelf was empty: nobody could buy then."""
    empty: dict[int, np.ndarray] = {}
    moved = StockMovement.objects.order_by("product_id", "moved_at", "id")
    rows = moved.values_list("product_id", "moved_at", "quantity").iterator()
    for product, movements in groupby(rows, lambda row: row[0]):
        for day in empty_days(movements, last):
            week = count - 1 - (last - day).days // WEEK
            if week >= 0:
                empty.setdefault(product, np.zeros(count))[week] += 1
    nothing = np.zeros(count)
    return np.array([empty.get(product, nothing) for _country, product in scopes])


def empty_days(movements, last: date) -> Iterator[date]:
    """The days between the movement that emptied the shelf and the one that filled it."""
    left, since = 0, None
    for _product, moved_at, quantity in movements:
        day = timezone.localdate(moved_at)
        if since:
            yield from days_between(since, min(day, last + timedelta(1)))
        left += quantity
        since = day if left <= 0 else None
    if since:
        yield from days_between(since, last + timedelta(1))


def days_between(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(turn) for turn in range(1, (last - first).days))


def needed(weeks: np.ndarray, lead: np.ndarray) -> dict[int, np.ndarray]:
    """What each product needs on top of the demand of its own lead time."""
    found = {service: np.zeros(len(weeks)) for service in SERVICES}
    for days in np.unique(lead):
        here, whole = lead == days, whole_weeks(days)
        part = np.sqrt(days / (WEEK * whole))
        for service, pieces in safety(levels(weeks[here]), whole).items():
            found[service][here] = pieces * part
    return found


def whole_weeks(days: int) -> int:
    return max(1, int(np.ceil(days / WEEK)))


def fit_summary(last: date, products: int, tried: dict[str, float]) -> str:
    made = (
        f"Fitted on sales to {last:%-d %b %Y}, for {products:,} products, all over and by country."
    )
    if "95" not in tried:
        return f"{made} There is too little to try it on the past yet."
    share = f"{tried['95']:.0%}"
    return f"{made} In the last {HELD_OUT} weeks stock meant for 95% of lead times covered {share}."
