"""Amounts on pages, as people read them."""

from decimal import Decimal

from django import template

from orders import money

register = template.Library()


@register.filter
def amount(value: Decimal, currency: str) -> str:
    """1,234.50: with the decimals of the currency, and more if the amount has more."""
    return f"{value:,.{max(decimals(money.unit(currency)), decimals(value.normalize()))}f}"


@register.filter
def rounded(value: Decimal, currency: str) -> str:
    """1,234.50: rounded to the decimals of the currency."""
    return f"{money.rounded(value, currency):,}"


@register.filter
def trim_zeros(number: Decimal) -> str:
    """Without trailing zeros: 19, 9.975, 0.8643"""
    # normalize() turns 100 into 1E+2; `f` writes it out.
    return f"{number.normalize():f}"


@register.filter
def grouped(number: int) -> str:
    """1,234"""
    return f"{number:,}"


def decimals(number: Decimal) -> int:
    """How many decimals the number is written with."""
    # 1E+2 has the exponent 2: it is not written with -2 decimals.
    return max(-int(number.as_tuple().exponent), 0)
