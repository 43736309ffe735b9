"""Predicts a customer's purchases and their value from frequency, recency and age.

x = `frequency` repeat purchases, the last of them at `recency` after the first purchase, observed
for `T` after it; in any unit of time, the same for all three.

* BG/NBD: Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science
  24(2). An active customer buys at an individual rate from Gamma(r, alpha), and drops out after
  each repeat purchase with an individual probability p from Beta(a, b).
* MBG/NBD: Batislam, Denizel & Filiztekin (2007), Empirical validation and comparison of models for
  customer base analysis, IJRM 24(3). The same, but the first purchase may already be the last.
* Gamma-Gamma: Fader & Hardie (2013), The Gamma-Gamma Model of Monetary Value. The value of a
  purchase is from Gamma(p, n), where the individual n is from Gamma(q, v), independent of time.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import betaincinv, betaln, digamma, expit, gammaln

MIN_CUSTOMERS = 10  # with fewer, four parameters cannot be estimated
# Of the logarithms: without dropout a → 0 and b → ∞, where the likelihood is flat.
BOUNDS = (-12.0, 12.0)
TINY = 1e-14
SAMPLES, BATCH_SIZE, SEED = 300, 1000, 2005  # simulated futures of a customer; customers at once
NODES, WEIGHTS = np.polynomial.legendre.leggauss(48)
NODES, WEIGHTS = (NODES + 1) / 2, WEIGHTS / 2  # on 0 … 1


class TooFew(ValueError):
    """Not enough customers for an estimate."""


@dataclass(frozen=True)
class Purchases:
    """Parameters of BG/NBD, or of MBG/NBD where dropout is possible after the `first` purchase."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    first: bool = False


@dataclass(frozen=True)
class Spend:
    """Parameters of Gamma-Gamma."""

    p: float
    q: float
    v: float
    log_likelihood: float


def fit_bgnbd(frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> Purchases:
    return fit_purchases(frequency, recency, T, first=False)


def fit_mbgnbd(frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> Purchases:
    return fit_purchases(frequency, recency, T, first=True)


def fit_purchases(frequency: ArrayLike, recency: ArrayLike, T: ArrayLike, first: bool) -> Purchases:
    """By maximum likelihood; equal customers are weighted, time is scaled by the longest T."""
    x, t, T = validated(frequency, recency, T)
    # The same initial values then suit any unit of time.
    scale = T.max()
    rows = unique_rows(x, t / scale, T / scale)
    levels, index = np.unique(rows[0], return_inverse=True)
    found = minimize(
        purchases_loss,
        np.log([0.5, 1.0, 0.5, 1.0]),
        (*rows, levels, np.bincount(index, rows[-1]), first),
        jac=True,
        method="L-BFGS-B",
        bounds=[BOUNDS] * 4,
        options={"maxiter": 2000, "ftol": 1e-13, "gtol": 1e-8},
    )
    r, alpha, a, b = np.exp(found.x).tolist()
    # Back to the caller's unit: each repeat purchase is a density per unit of time.
    likelihood = -found.fun * len(x) - x.sum() * np.log(scale)
    return Purchases(r, float(alpha * scale), a, b, float(likelihood), first)


def validated(frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> list[np.ndarray]:
    values = [np.asarray(value, dtype=float) for value in (frequency, recency, T)]
    x, t, T = values
    if len(x) < MIN_CUSTOMERS:
        raise TooFew(f"{len(x)} of {MIN_CUSTOMERS} customers needed")
    if not all(np.isfinite(value).all() for value in values):
        raise ValueError("frequency, recency and T must be numbers")
    if (x < 0).any() or (t < 0).any() or (t > T).any():
        raise ValueError("0 ≤ recency ≤ T must hold, and no frequency is below 0")
    if not (x.any() and T.any()):
        raise TooFew("nobody bought again")
    return values


def unique_rows(*columns: np.ndarray) -> tuple[np.ndarray, ...]:
    """The distinct rows as columns, and the share of each."""
    rows, counts = np.unique(np.column_stack(columns), axis=0, return_counts=True)
    return (*rows.T, counts / counts.sum())


def purchases_loss(
    logs: np.ndarray,
    x: np.ndarray,
    t: np.ndarray,
    T: np.ndarray,
    weight: np.ndarray,
    levels: np.ndarray,
    sums: np.ndarray,
    first: bool,
) -> tuple[float, np.ndarray]:
    """The mean negative log-likelihood (eq. 6 of BG/NBD), and its gradient by the logarithms.

    Terms of x alone are computed once for each of its `levels`, whose weights are `sums`.
    """
    r, alpha, a, b = np.exp(logs)
    left = b + levels + first  # b of the dropout probability after x purchases without one
    survival = gammaln(r + levels) + betaln(a, left) - gammaln(r) - betaln(a, b) + r * np.log(alpha)
    log_T, log_t = np.log(alpha + T), np.log(alpha + t)
    odds = log_odds_dropped_out(r, a, b + x + first, x, log_T - log_t, first)
    # In logarithms, because the power of −(r + x) underflows for frequent buyers.
    loss = -weighted_sum(sums, survival) - weighted_sum(
        weight, np.logaddexp(0, odds) - (r + x) * log_T
    )
    gone = weight * expit(odds)
    to_r = weighted_sum(sums, digamma(r + levels)) - digamma(r) + np.log(alpha)
    to_a = digamma(a + b) - weighted_sum(sums, digamma(a + left))
    slopes = (
        to_r - weighted_sum(weight, log_T) + weighted_sum(gone, log_T - log_t),
        r / alpha
        - weighted_sum(weight - gone, (r + x) / (alpha + T))
        - weighted_sum(gone, (r + x) / (alpha + t)),
        to_a + gone.sum() / a,
        to_a + weighted_sum(sums, digamma(left)) - digamma(b)
        - weighted_sum(gone, 1 / np.maximum(b + x + first - 1, TINY)),
    )  # fmt: skip
    return loss, -np.array(slopes) * np.exp(logs)


def weighted_sum(weight: np.ndarray, values: np.ndarray) -> float:
    """Not by BLAS: its threads wait for each other longer than this takes."""
    return float((weight * values).sum())


def log_odds_dropped_out(
    r: float, a: float, rest: np.ndarray, x: np.ndarray, log_ratio: np.ndarray, first: bool
) -> np.ndarray:
    """Of having dropped out after the last purchase against still being active."""
    # In BG/NBD, b − 1 may be negative for x = 0; the next line replaces those.
    odds = np.log(a / np.maximum(rest - 1, TINY)) + (r + x) * log_ratio
    return odds if first else np.where(x > 0, odds, -np.inf)


def probability_alive(
    model: Purchases, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike
) -> np.ndarray:
    """That the customer is still active. In BG/NBD it is 1 for all who bought only once."""
    x, t, T = (np.asarray(value, dtype=float) for value in (frequency, recency, T))
    rest, log_ratio = model.b + x + model.first, np.log((model.alpha + T) / (model.alpha + t))
    return expit(-log_odds_dropped_out(model.r, model.a, rest, x, log_ratio, model.first))


def expected_purchases(
    model: Purchases, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike, t: float
) -> np.ndarray:
    """The number of purchases within `t` after T.

    An active customer with rate l buys (1 − exp(−l p t)) / p times. Over l this has a closed form;
    over p it is integrated at quantiles of its Beta: no pole at a = 1, and no 2F1.
    """
    x, last, T = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (frequency, recency, T)))
    p = dropout_quantiles(model, x.ravel())
    shape = (model.r + x).reshape(-1, 1)
    growth = np.log1p(p * t / (model.alpha + T).reshape(-1, 1))
    # expm1 and log1p: near p = 0 the plain difference loses its digits before the division.
    bought = (-np.expm1(-shape * growth) / p) @ WEIGHTS
    return probability_alive(model, x, last, T) * bought.reshape(x.shape)


def dropout_quantiles(model: Purchases, x: np.ndarray) -> np.ndarray:
    """Quantiles of p given x repeat purchases without dropping out: a row for each customer."""
    # The inverse of the incomplete beta function is slow, and depends on x alone.
    distinct, index = np.unique(x, return_inverse=True)
    rest = (model.b + distinct + model.first)[:, None]
    return np.maximum(betaincinv(model.a, rest, NODES), TINY)[index]


def probability_no_purchase(
    model: Purchases, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike, horizon: float
) -> np.ndarray:
    """That the customer dropped out, or is active but does not buy within `horizon` after T."""
    x, T = np.asarray(frequency, dtype=float), np.asarray(T, dtype=float)
    alive = probability_alive(model, x, recency, T)
    quiet = ((model.alpha + T) / (model.alpha + T + horizon)) ** (model.r + x)
    return 1 - alive * (1 - quiet)


def fit_gamma_gamma(frequency: ArrayLike, mean_value: ArrayLike) -> Spend:
    """From the number of purchases of each customer and their mean value."""
    x, z = np.asarray(frequency, dtype=float), np.asarray(mean_value, dtype=float)
    if len(x) < MIN_CUSTOMERS:
        raise TooFew(f"{len(x)} of {MIN_CUSTOMERS} customers with repeat purchases needed")
    if not (np.isfinite(x).all() and np.isfinite(z).all() and (x > 0).all() and (z > 0).all()):
        raise ValueError("frequency and mean value must be above 0")
    scale = z.mean()
    found = minimize(
        spend_loss,
        np.log([2.0, 2.0, 2.0]),
        unique_rows(x, z / scale),
        jac=True,
        method="L-BFGS-B",
        bounds=[BOUNDS] * 3,
        options={"maxiter": 2000, "ftol": 1e-13, "gtol": 1e-8},
    )
    p, above, v = np.exp(found.x).tolist()
    # Back to the caller's currency: the mean value of each customer is a density.
    likelihood = -found.fun * len(x) - len(x) * np.log(scale)
    return Spend(p, 1 + above, float(v * scale), float(likelihood))


def spend_loss(
    logs: np.ndarray, x: np.ndarray, z: np.ndarray, weight: np.ndarray
) -> tuple[float, np.ndarray]:
    """The mean negative log-likelihood (eq. 1). q > 1, otherwise the mean is infinite."""
    p, above, v = np.exp(logs)
    q, n, total = 1 + above, p * x, x * z
    log_sum = np.log(v + total)
    like = (
        gammaln(n + q) - gammaln(n) - gammaln(q) + q * np.log(v) - np.log(z)
        + n * np.log(total) - (n + q) * log_sum
    )  # fmt: skip
    slopes = (
        x * (digamma(n + q) - digamma(n) + np.log(total) - log_sum),
        digamma(n + q) - digamma(q) + np.log(v) - log_sum,
        q / v - (n + q) / (v + total),
    )
    gradient = np.array([weighted_sum(weight, slope) for slope in slopes])
    return -weighted_sum(weight, like), -gradient * np.exp(logs)


def expected_value(model: Spend, frequency: ArrayLike, mean_value: ArrayLike) -> np.ndarray:
    """The mean value of the customer's orders: between their own mean and that of all."""
    x = np.asarray(frequency, dtype=float)
    total = x * np.where(x > 0, mean_value, 0)
    return model.p * (model.v + total) / (model.p * x + model.q - 1)


def prediction_intervals(
    model: Purchases,
    spend: Spend,
    frequency: ArrayLike,
    recency: ArrayLike,
    T: ArrayLike,
    mean_value: ArrayLike,
    t: float,
    share: float = 0.8,
) -> tuple[np.ndarray, np.ndarray]:
    """The bounds of the customer's purchases and of their value within `t` after T, each with a
    probability of `share`: two rows for each, the lower and the upper bounds.

    Simulates what is uncertain: whether the customer is active, their rate and dropout probability,
    their purchases and the value of these. The seed is fixed, so the bounds are always the same.
    """
    x, last, T, z = (np.asarray(v, dtype=float) for v in (frequency, recency, T, mean_value))
    alive = probability_alive(model, x, last, T)
    random, edges = np.random.default_rng(SEED), ((1 - share) / 2, (1 + share) / 2)
    bounds = [np.empty((2, 2, 0))]  # so that no customers give no bounds, not an error
    for start in range(0, len(x), BATCH_SIZE):
        batch = np.stack((alive, x, T, z))[:, start : start + BATCH_SIZE, None]
        futures = simulated_futures(random, model, spend, batch, t)
        bounds.append(np.stack([np.quantile(each, edges, axis=1) for each in futures]))
    purchases, values = np.concatenate(bounds, axis=2)
    return purchases, values


def simulated_futures(
    random: np.random.Generator, model: Purchases, spend: Spend, customers: np.ndarray, t: float
) -> tuple[np.ndarray, np.ndarray]:
    """The purchases and their value: a row for each customer, given by their alive, x, T and z."""
    alive, x, T, z = customers
    size = (len(x), SAMPLES)
    # What is known of an active customer: x purchases in T, and no departure after any of them.
    rate = random.gamma(model.r + x, 1 / (model.alpha + T), size)
    dropout = np.maximum(random.beta(model.a, model.b + x + model.first, size), TINY)
    is_active = random.random(size) < alive
    # The purchases of the whole time, or fewer: up to the one after which the customer leaves.
    bought = is_active * np.minimum(random.poisson(rate * t), random.geometric(dropout))
    # x + 1, because the mean value includes the first purchase.
    scale = random.gamma(spend.q + spend.p * (x + 1), 1 / (spend.v + (x + 1) * z), size)
    # A sum of Gamma values with one scale is Gamma too: one draw for all purchases. The shape
    # must be above 0 even where nothing was bought.
    values = (bought > 0) * random.gamma(np.maximum(spend.p * bought, TINY)) / scale
    return bought, values
