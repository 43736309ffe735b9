"""How much of each product will be sold a week, and with how much left one should reorder.

Weekly sales of single products come in lumps: a smoothed level with the best alpha of its own
(simple exponential smoothing; Hyndman et al. 2008) does better there than models with more parts.
The stock that a lead time needs is not taken from a normal distribution, which lumps do not follow,
but counted from how far such forecasts of this product were off (conformal prediction; Vovk,
Gammerman & Shafer 2005). Weeks without stock are not known: nobody can buy what is not there.
"""

from dataclasses import dataclass

import numpy as np

WEEK = 7
ALPHAS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
FIRST = 4  # known weeks that tell where the level begins
SERVICES = (80, 90, 95, 98, 99)
HELD_OUT = 8  # weeks, the last ones, on which it is tried
GROUPS = 10  # of products, by how much they sell
LEAST = 0.1  # units a week: what sells less is taken for this


@dataclass(frozen=True)
class Levels:
    """Of each product (rows) the units a week that were expected before each week, and the next."""

    weeks: np.ndarray
    paths: np.ndarray

    @property
    def now(self) -> np.ndarray:
        return self.paths[:, -1]


def known_weeks(units: np.ndarray, days_without_stock: np.ndarray) -> np.ndarray:
    """The units of each week, a row a product. NaN before the first sale. A week of which some days
    had no stock counts as its other days did, and is not known if those are fewer than half."""
    there = WEEK - days_without_stock
    begun = np.cumsum(units, axis=1) > 0
    return np.where(begun & (there >= WEEK / 2), units * WEEK / np.maximum(there, 1), np.nan)


def levels(weeks: np.ndarray) -> Levels:
    """Each product smoothed by the alpha that was best for it."""
    known = ~np.isnan(weeks)
    early = known & (np.cumsum(known, axis=1) <= FIRST)
    start = np.where(early, weeks, 0).sum(axis=1) / np.maximum(1, early.sum(axis=1))
    least, best = np.full(len(weeks), np.inf), np.zeros((len(weeks), weeks.shape[1] + 1))
    for alpha in ALPHAS:
        path = smoothed(weeks, start, alpha)
        loss = np.nansum((weeks - path[:, :-1]) ** 2, axis=1)
        best[loss < least] = path[loss < least]
        least = np.minimum(least, loss)
    return Levels(weeks, best)


def smoothed(weeks: np.ndarray, start: np.ndarray, alpha: float) -> np.ndarray:
    path = np.empty((len(weeks), weeks.shape[1] + 1))
    path[:, 0] = start
    for week in range(weeks.shape[1]):
        error = np.nan_to_num(weeks[:, week] - path[:, week])
        path[:, week + 1] = path[:, week] + alpha * error
    return path


def lead_errors(found: Levels, lead: int) -> np.ndarray:
    """How much more was sold in each so many weeks than had been expected before them."""
    windows = np.lib.stride_tricks.sliding_window_view(found.weeks, lead, axis=1)
    errors = windows.sum(axis=2) - lead * found.paths[:, : windows.shape[1]]
    known = np.cumsum(~np.isnan(found.weeks), axis=1)[:, : windows.shape[1]] > FIRST
    return np.where(known, errors, np.nan)


def safety(found: Levels, lead: int) -> dict[int, np.ndarray]:
    """What is needed on top of what is expected in so many weeks, by the share of lead times that
    should not run out.

    Weeks that overlap tell less than weeks apart. Where a product has too few to know such a share,
    errors of those that sell about as much say it too, and the larger of both is taken.
    """
    if found.weeks.shape[1] < lead:
        return {service: np.zeros(len(found.weeks)) for service in SERVICES}
    errors = lead_errors(found, lead)
    apart = (~np.isnan(errors)).sum(axis=1) / lead
    needed = {}
    for service in SERVICES:
        own = quantile(errors, service / 100)
        few = (apart + 1) * (1 - service / 100) < 1
        needed[service] = np.where(few, np.fmax(own, like(errors, found.now, service)), own)
    return {service: np.maximum(0, np.nan_to_num(pieces)) for service, pieces in needed.items()}


def like(errors: np.ndarray, now: np.ndarray, service: int) -> np.ndarray:
    """The same quantile among products of like sales, in terms of the root of the sales."""
    scale = np.sqrt(np.maximum(now, LEAST))
    groups = np.array_split(np.argsort(now, kind="stable"), min(GROUPS, len(now)))
    found = np.empty(len(now))
    for group in groups:
        pooled = (errors[group] / scale[group, None]).reshape(1, -1)
        found[group] = quantile(pooled, service / 100)[0] * scale[group]
    return found


def quantile(errors: np.ndarray, share: float) -> np.ndarray:
    """Of each row the error that a new one exceeds with the rest of probability."""
    count = (~np.isnan(errors)).sum(axis=1)
    place = np.minimum(np.ceil((count + 1) * share).astype(int), count) - 1
    ordered = np.sort(errors, axis=1)  # what is unknown comes last
    if not errors.shape[1]:
        return np.full(len(errors), np.nan)
    return np.where(count > 0, ordered[np.arange(len(errors)), np.maximum(0, place)], np.nan)


def coverage(weeks: np.ndarray, lead: int) -> dict[int, float]:
    """How many of the last lead times would have had enough, had one ordered by what was known."""
    held = {service: [] for service in SERVICES}
    count = weeks.shape[1]
    for origin in range(max(2 * FIRST, count - HELD_OUT), count - lead + 1, lead):
        there = (~np.isnan(weeks[:, :origin])).sum(axis=1) > FIRST
        if there.any():
            found = levels(weeks[there, :origin])
            sold = weeks[there, origin : origin + lead].sum(axis=1)
            for service, pieces in safety(found, lead).items():
                enough = sold <= lead * found.now + pieces
                held[service].extend(enough[~np.isnan(sold)])
    return {service: float(np.mean(found)) for service, found in held.items() if found}
