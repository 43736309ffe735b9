"""Arithmetic with amounts: Decimal throughout, halves rounded up, no cent lost when spreading."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import cache

from babel.numbers import get_currency_precision

ZERO = Decimal(0)


@cache
def unit(currency: str) -> Decimal:
    """The smallest unit of the currency: 0.01 for EUR, 1 for JPY."""
    return Decimal(1).scaleb(-get_currency_precision(currency))


def rounded(amount: Decimal, currency: str) -> Decimal:
    # As on invoices. Decimal's own default, half to even, would turn 0.125 into 0.12.
    return amount.quantize(unit(currency), ROUND_HALF_UP)


def apportion(amount: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """`amount` in proportion to `weights`, as differences of a rounded running total, so that the
    parts add up to the amount exactly."""
    # The report `revenue/tax` divides shipping in the same way, with window functions of SQL.
    total, weight_so_far, amount_so_far, parts = sum(weights, ZERO), ZERO, ZERO, []
    for weight in weights:
        weight_so_far += weight
        # By weight, not by position: a line without weight at the end gets 0, not what is left.
        # Where all weights are 0, nothing is divided by 0.
        is_last = weight_so_far == total
        until = amount if is_last else rounded(amount * weight_so_far / total, currency)
        parts.append(until - amount_so_far)
        amount_so_far = until
    return parts


def spread(amount: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """`amount` in proportion to `weights`, by the largest-remainder method.

    The shares add up to the amount exactly. No share is larger than its weight; where weights
    have fractions of a cent, the last cents may stay unspread for that.
    """
    total = sum(weights, ZERO)
    if not total:
        return [ZERO for _ in weights]
    coin = unit(currency)
    # Not `apportion`, whose running total may round a share up beyond its line's amount.
    exact = [amount * weight / total for weight in weights]
    shares = [share.quantize(coin, ROUND_FLOOR) for share in exact]
    # The sort is stable: the earlier line wins a tie, so the same order is always spread alike.
    by_remainder = sorted(range(len(shares)), key=lambda i: shares[i] - exact[i])
    rest = amount - sum(shares, ZERO)
    for i in by_remainder:
        step = min(coin, rest, weights[i] - shares[i])
        shares[i] += step
        rest -= step
    return shares
