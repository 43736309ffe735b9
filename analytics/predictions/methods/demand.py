"""Predicts the weekly sales of each product, and the safety stock for a lead time.

Weekly sales of single products are lumpy: simple exponential smoothing with the best alpha of each
product (Hyndman et al. 2008) does better than models with more parts. Safety stock does not assume
a normal distribution, but counts past errors of such forecasts (conformal prediction; Vovk,
Gammerman & Shafer 2005). Weeks without stock are unknown: what is out of stock cannot be bought.
"""

from dataclasses import dataclass

import numpy as np

WEEK = 7
# A grid, so that all products are smoothed at once; an optimizer would take them one by one.
ALPHAS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
FIRST_WEEKS = 4  # known weeks whose mean is the initial level
SERVICES = (80, 90, 95, 98, 99)
TEST_WEEKS = 8  # the last weeks, on which the method is tested
GROUPS = 10  # of products with similar sales
MIN_WEEKLY_UNITS = 0.1  # lower bound of the level that errors are divided by


@dataclass(frozen=True)
class Levels:
    """For each product (row) the units expected before each week, and before the next one."""

    weeks: np.ndarray
    paths: np.ndarray

    @property
    def current(self) -> np.ndarray:
        return self.paths[:, -1]


def known_weeks(units: np.ndarray, days_without_stock: np.ndarray) -> np.ndarray:
    """The units of each week, a row for each product; NaN before the first sale.

    A week with some days out of stock is extrapolated from the others; NaN if those are fewer than
    half.
    """
    in_stock = WEEK - days_without_stock
    # Before its first sale nobody knows whether a product was offered: not a week of zero demand.
    is_known = (np.cumsum(units, axis=1) > 0) & (in_stock >= WEEK / 2)
    # `np.where` evaluates both sides: weeks without stock must not divide by zero.
    return np.where(is_known, units * WEEK / np.maximum(in_stock, 1), np.nan)


def smoothed_levels(weeks: np.ndarray) -> Levels:
    """Smooths each product with the alpha that fits it best."""
    known = ~np.isnan(weeks)
    early = known & (np.cumsum(known, axis=1) <= FIRST_WEEKS)
    start = np.where(early, weeks, 0).sum(axis=1) / np.maximum(1, early.sum(axis=1))
    least, best = np.full(len(weeks), np.inf), np.zeros((len(weeks), weeks.shape[1] + 1))
    for alpha in ALPHAS:
        path = smoothed_paths(weeks, start, alpha)
        loss = np.nansum((weeks - path[:, :-1]) ** 2, axis=1)
        best[loss < least] = path[loss < least]
        least = np.minimum(least, loss)
    return Levels(weeks, best)


def smoothed_paths(weeks: np.ndarray, start: np.ndarray, alpha: float) -> np.ndarray:
    path = np.empty((len(weeks), weeks.shape[1] + 1))
    path[:, 0] = start
    for week in range(weeks.shape[1]):
        error = np.nan_to_num(weeks[:, week] - path[:, week])
        path[:, week + 1] = path[:, week] + alpha * error
    return path


def lead_errors(found: Levels, lead: int) -> np.ndarray:
    """Sales of each lead time of this many weeks minus what was expected before it."""
    windows = np.lib.stride_tricks.sliding_window_view(found.weeks, lead, axis=1)
    # Simple smoothing expects the same level in each week ahead.
    errors = windows.sum(axis=2) - lead * found.paths[:, : windows.shape[1]]
    # The first weeks made the initial level, so their own errors are too small.
    known = np.cumsum(~np.isnan(found.weeks), axis=1)[:, : windows.shape[1]] > FIRST_WEEKS
    return np.where(known, errors, np.nan)


def safety_stock(found: Levels, lead: int) -> dict[int, np.ndarray]:
    """The stock needed on top of the expected sales of a lead time, by service level.

    A service level is the share of lead times without a stockout, in percent. Overlapping lead
    times are not independent. Where a product has too few for its own quantile, that of products
    with similar sales is computed too, and the larger one is used.
    """
    if found.weeks.shape[1] < lead:
        return {service: np.zeros(len(found.weeks)) for service in SERVICES}
    errors = lead_errors(found, lead)
    independent = (~np.isnan(errors)).sum(axis=1) / lead
    stock = {}
    for service in SERVICES:
        own = conformal_quantile(errors, service / 100)
        # A conformal quantile exists from 1 ÷ (1 − service) − 1 errors on: 19 of them for 95 %.
        few = (independent + 1) * (1 - service / 100) < 1
        pooled = similar_products_quantile(errors, found.current, service)
        # `fmax` ignores NaN: a product without any own error gets the pooled one.
        stock[service] = np.where(few, np.fmax(own, pooled), own)
    return {service: np.maximum(0, np.nan_to_num(pieces)) for service, pieces in stock.items()}


def similar_products_quantile(errors: np.ndarray, current: np.ndarray, service: int) -> np.ndarray:
    """The quantile of products with similar sales, scaled by the square root of sales."""
    # Like a Poisson count, sales vary with the root of their mean.
    scale = np.sqrt(np.maximum(current, MIN_WEEKLY_UNITS))
    groups = np.array_split(np.argsort(current, kind="stable"), min(GROUPS, len(current)))
    quantiles = np.empty(len(current))
    for group in groups:
        pooled = (errors[group] / scale[group, None]).reshape(1, -1)
        quantiles[group] = conformal_quantile(pooled, service / 100)[0] * scale[group]
    return quantiles


def conformal_quantile(errors: np.ndarray, share: float) -> np.ndarray:
    """For each row the error that a new one stays below with this probability."""
    count = (~np.isnan(errors)).sum(axis=1)
    # + 1 for the error that comes next: the quantile of the known ones covers less than `share`.
    index = np.minimum(np.ceil((count + 1) * share).astype(int), count) - 1
    ordered = np.sort(errors, axis=1)  # NaN is last
    if not errors.shape[1]:
        return np.full(len(errors), np.nan)
    return np.where(count > 0, ordered[np.arange(len(errors)), np.maximum(0, index)], np.nan)


def service_coverage(weeks: np.ndarray, lead: int) -> dict[int, float]:
    """The share of the last lead times without a stockout, had orders followed this method."""
    covered: dict[int, list[bool]] = {service: [] for service in SERVICES}
    count = weeks.shape[1]
    # In steps of `lead`: lead times that overlap would count the same weeks several times.
    for origin in range(max(2 * FIRST_WEEKS, count - TEST_WEEKS), count - lead + 1, lead):
        has_history = (~np.isnan(weeks[:, :origin])).sum(axis=1) > FIRST_WEEKS
        if has_history.any():
            found = smoothed_levels(weeks[has_history, :origin])
            sold = weeks[has_history, origin : origin + lead].sum(axis=1)
            for service, pieces in safety_stock(found, lead).items():
                enough = sold <= lead * found.current + pieces
                covered[service].extend(enough[~np.isnan(sold)])
    return {service: float(np.mean(hits)) for service, hits in covered.items() if hits}
