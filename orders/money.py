"""Arithmetic of amounts: Decimal from end to end, halves rounded up, no cent lost in spreading."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import cache

from babel.numbers import get_currency_precision

ZERO = Decimal(0)


@cache
def unit(currency: str) -> Decimal:
    """The smallest coin: 0.01 of a euro, 1 of a yen."""
    return Decimal(1).scaleb(-get_currency_precision(currency))


def rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(unit(currency), ROUND_HALF_UP)


def apportion(amount: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """`amount` in proportion to `weights`. Each part is what is given out up to it, rounded, less
    what was given out before, so that the parts add up to the amount exactly."""
    whole, so_far, given_out, parts = sum(weights, ZERO), ZERO, ZERO, []
    for weight in weights:
        so_far += weight
        until = amount if so_far == whole else rounded(amount * so_far / whole, currency)
        parts.append(until - given_out)
        given_out = until
    return parts


def spread(amount: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """`amount` over the lines in proportion to `weights`, by largest remainder.

    The shares add up to the amount exactly; no share is above its weight, which costs the last
    coins only where weights have fractions of a coin.
    """
    whole = sum(weights, ZERO)
    if not whole:
        return [ZERO for _ in weights]
    coin = unit(currency)
    exact = [amount * weight / whole for weight in weights]
    shares = [share.quantize(coin, ROUND_FLOOR) for share in exact]
    # The earlier line wins a tie, so that the same order is always spread the same way.
    by_remainder = sorted(range(len(shares)), key=lambda i: shares[i] - exact[i])
    rest = amount - sum(shares, ZERO)
    for i in by_remainder:
        step = min(coin, rest, weights[i] - shares[i])
        shares[i] += step
        rest -= step
    return shares
