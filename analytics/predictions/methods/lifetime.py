"""What a customer will buy and bring, from three numbers: how often, how recently, since when.

x = `frequency` repeat purchases, the last of them at `recency` after the first purchase, watched
for `T` after it; any unit of time, the same for all three.

* BG/NBD: Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science
  24(2). While active a customer buys at a rate of their own, out of Gamma(r, alpha), and after each
  repeat purchase is gone for good with a chance p of their own, out of Beta(a, b).
* MBG/NBD: Batislam, Denizel & Filiztekin (2007), Empirical validation and comparison of models for
  customer base analysis, IJRM 24(3). The same, but the first purchase may be the last one too.
* Gamma-Gamma: Fader & Hardie (2013), The Gamma-Gamma Model of Monetary Value. A purchase is worth
  Gamma(p, n) where n, the customer's own, is out of Gamma(q, v), whenever it comes.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaincinv, betaln, digamma, expit, gammaln

FEWEST = 10  # customers: with fewer, four parameters say nothing
# Of the logarithms: where there is no dropout a → 0 and b → ∞, and the likelihood is flat for ever.
BOUNDS = (-12.0, 12.0)
TINY = 1e-14
DRAWS, AT_ONCE, SEED = 300, 1000, 2005  # of the future of a customer; customers in one go
NODES, WEIGHTS = np.polynomial.legendre.leggauss(48)
NODES, WEIGHTS = (NODES + 1) / 2, WEIGHTS / 2  # over 0 … 1


class TooFew(ValueError):
    """Not enough customers to tell anything by."""


@dataclass(frozen=True)
class Purchases:
    """BG/NBD, or MBG/NBD where already the `first` purchase may be the last."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    first: bool = False


@dataclass(frozen=True)
class Spend:
    """Gamma-Gamma."""

    p: float
    q: float
    v: float
    log_likelihood: float


def fit_bgnbd(frequency, recency, T) -> Purchases:
    return fit_purchases(frequency, recency, T, first=False)


def fit_mbgnbd(frequency, recency, T) -> Purchases:
    return fit_purchases(frequency, recency, T, first=True)


def fit_purchases(frequency, recency, T, first: bool) -> Purchases:
    """By maximum likelihood; equal customers are counted once, time in the longest."""
    x, t, T = checked(frequency, recency, T)
    scale = T.max()
    rows = collapsed(x, t / scale, T / scale)
    levels, place = np.unique(rows[0], return_inverse=True)
    found = minimize(
        purchases_loss,
        np.log([0.5, 1.0, 0.5, 1.0]),
        (*rows, levels, np.bincount(place, rows[-1]), first),
        jac=True,
        method="L-BFGS-B",
        bounds=[BOUNDS] * 4,
        options={"maxiter": 2000, "ftol": 1e-13, "gtol": 1e-8},
    )
    r, alpha, a, b = np.exp(found.x).tolist()
    likelihood = -found.fun * len(x) - x.sum() * np.log(scale)
    return Purchases(r, float(alpha * scale), a, b, float(likelihood), first)


def checked(frequency, recency, T) -> list[np.ndarray]:
    values = [np.asarray(value, dtype=float) for value in (frequency, recency, T)]
    x, t, T = values
    if len(x) < FEWEST:
        raise TooFew(f"{len(x)} of {FEWEST} customers needed")
    if not all(np.isfinite(value).all() for value in values):
        raise ValueError("frequency, recency and T must be numbers")
    if (x < 0).any() or (t < 0).any() or (t > T).any():
        raise ValueError("0 ≤ recency ≤ T must hold, and no frequency is below 0")
    if not (x.any() and T.any()):
        raise TooFew("nobody bought again")
    return values


def collapsed(*columns) -> tuple[np.ndarray, ...]:
    """The different rows, and what share of all each of them is."""
    rows, counts = np.unique(np.column_stack(columns), axis=0, return_counts=True)
    return (*rows.T, counts / counts.sum())


def purchases_loss(logs, x, t, T, weight, levels, sums, first) -> tuple[float, np.ndarray]:
    """The mean negative log-likelihood (eq. 6 of BG/NBD), and its slope along the logarithms.

    What hangs on x alone is reckoned once for each of its `levels`, `sums` being their weights.
    """
    r, alpha, a, b = np.exp(logs)
    left = b + levels + first  # what the chance of having stayed so long counts
    staying = gammaln(r + levels) + betaln(a, left) - gammaln(r) - betaln(a, b) + r * np.log(alpha)
    log_T, log_t = np.log(alpha + T), np.log(alpha + t)
    odds = log_odds_of_having_left(r, a, b + x + first, x, log_T - log_t, first)
    loss = -mean(sums, staying) - mean(weight, np.logaddexp(0, odds) - (r + x) * log_T)
    gone = weight * expit(odds)
    to_r = mean(sums, digamma(r + levels)) - digamma(r) + np.log(alpha)
    to_a = digamma(a + b) - mean(sums, digamma(a + left))
    slopes = (
        to_r - mean(weight, log_T) + mean(gone, log_T - log_t),
        r / alpha - mean(weight - gone, (r + x) / (alpha + T)) - mean(gone, (r + x) / (alpha + t)),
        to_a + gone.sum() / a,
        to_a + mean(sums, digamma(left)) - digamma(b)
        - mean(gone, 1 / np.maximum(b + x + first - 1, TINY)),
    )  # fmt: skip
    return loss, -np.array(slopes) * np.exp(logs)


def mean(weight, values) -> float:
    """Not by BLAS: its threads wait for each other longer than this takes."""
    return float((weight * values).sum())


def log_odds_of_having_left(r, a, rest, x, log_ratio, first) -> np.ndarray:
    """That the customer was gone after the last purchase, against that they are still there."""
    odds = np.log(a / np.maximum(rest - 1, TINY)) + (r + x) * log_ratio
    return odds if first else np.where(x > 0, odds, -np.inf)


def probability_alive(model: Purchases, frequency, recency, T) -> np.ndarray:
    """That the customer may buy again at all. BG/NBD says 1 of everybody who bought once."""
    x, t, T = (np.asarray(value, dtype=float) for value in (frequency, recency, T))
    rest, log_ratio = model.b + x + model.first, np.log((model.alpha + T) / (model.alpha + t))
    return expit(-log_odds_of_having_left(model.r, model.a, rest, x, log_ratio, model.first))


def expected_purchases(model: Purchases, frequency, recency, T, t) -> np.ndarray:
    """How many purchases come within `t` after T.

    Who is there and buys at a rate l comes (1 − exp(−l p t)) / p times. Over l this has a closed
    form; over p it is summed up at quantiles of its Beta: no pole at a = 1, and no 2F1.
    """
    x, last, T = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (frequency, recency, T)))
    p = dropouts(model, x.ravel())
    shape = (model.r + x).reshape(-1, 1)
    growth = np.log1p(p * t / (model.alpha + T).reshape(-1, 1))
    bought = (-np.expm1(-shape * growth) / p) @ WEIGHTS
    return probability_alive(model, x, last, T) * bought.reshape(x.shape)


def dropouts(model: Purchases, x) -> np.ndarray:
    """Quantiles of p, of somebody who bought x times again and is still there: a row each."""
    different, place = np.unique(x, return_inverse=True)
    rest = (model.b + different + model.first)[:, None]
    return np.maximum(betaincinv(model.a, rest, NODES), TINY)[place]


def probability_no_purchase(model: Purchases, frequency, recency, T, horizon) -> np.ndarray:
    """That the customer is gone, or is there but does not come within `horizon` after T."""
    x, T = np.asarray(frequency, dtype=float), np.asarray(T, dtype=float)
    alive = probability_alive(model, x, recency, T)
    quiet = ((model.alpha + T) / (model.alpha + T + horizon)) ** (model.r + x)
    return 1 - alive * (1 - quiet)


def fit_gamma_gamma(frequency, mean_value) -> Spend:
    """From customers with repeat purchases, and the mean value of these."""
    x, z = np.asarray(frequency, dtype=float), np.asarray(mean_value, dtype=float)
    if len(x) < FEWEST:
        raise TooFew(f"{len(x)} of {FEWEST} customers with repeat purchases needed")
    if not (np.isfinite(x).all() and np.isfinite(z).all() and (x > 0).all() and (z > 0).all()):
        raise ValueError("frequency and mean value must be above 0")
    scale = z.mean()
    found = minimize(
        spend_loss,
        np.log([2.0, 2.0, 2.0]),
        collapsed(x, z / scale),
        jac=True,
        method="L-BFGS-B",
        bounds=[BOUNDS] * 3,
        options={"maxiter": 2000, "ftol": 1e-13, "gtol": 1e-8},
    )
    p, above, v = np.exp(found.x).tolist()
    likelihood = -found.fun * len(x) - len(x) * np.log(scale)
    return Spend(p, 1 + above, float(v * scale), float(likelihood))


def spend_loss(logs, x, z, weight) -> tuple[float, np.ndarray]:
    """The mean negative log-likelihood (eq. 1 of the note). q > 1, or no mean would be finite."""
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
    return -mean(weight, like), -np.array([mean(weight, slope) for slope in slopes]) * np.exp(logs)


def expected_value(model: Spend, frequency, mean_value) -> np.ndarray:
    """What an order of the customer is worth: between their own mean and everybody's."""
    x = np.asarray(frequency, dtype=float)
    total = x * np.where(x > 0, mean_value, 0)
    return model.p * (model.v + total) / (model.p * x + model.q - 1)


def value_between(
    model: Purchases, spend: Spend, frequency, recency, T, mean_value, t, share=0.8
) -> tuple[np.ndarray, np.ndarray]:
    """Between which two values lies, with a chance of `share`, what the customer brings within `t`?

    Drawn from what is left to be known of the customer: whether they are there, their rate and
    chance to leave, their purchases, and what these are worth. The same each time.
    """
    x, last, T, z = (np.asarray(v, dtype=float) for v in (frequency, recency, T, mean_value))
    alive = probability_alive(model, x, last, T)
    chance, edges = np.random.default_rng(SEED), ((1 - share) / 2, (1 + share) / 2)
    found = [np.empty((2, 0))]
    for start in range(0, len(x), AT_ONCE):
        some = (column[start : start + AT_ONCE, None] for column in (alive, x, T, z))
        found.append(np.quantile(drawn_value(chance, model, spend, *some, t), edges, axis=1))
    return tuple(np.hstack(found))


def drawn_value(chance, model, spend, alive, x, T, z, t) -> np.ndarray:
    """A row of draws for each customer."""
    many = (len(x), DRAWS)
    rate = chance.gamma(model.r + x, 1 / (model.alpha + T), many)
    leaving = np.maximum(chance.beta(model.a, model.b + x + model.first, many), TINY)
    there = chance.random(many) < alive
    bought = there * np.minimum(chance.poisson(rate * t), chance.geometric(leaving))
    worth = chance.gamma(spend.q + spend.p * (x + 1), 1 / (spend.v + (x + 1) * z), many)
    return (bought > 0) * chance.gamma(np.maximum(spend.p * bought, TINY)) / worth
