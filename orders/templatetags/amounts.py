"""Amounts on pages, as people read them."""

from decimal import Decimal

from django import template

from orders import money

register = template.Library()


@register.filter
def amount(value: Decimal, currency: str) -> str:
    """1,234.50: with the coins of the currency, and what the books have beyond them."""
    coins, kept = (
        -number.as_tuple().exponent for number in (money.unit(currency), value.normalize())
    )
    return f"{value:,.{max(coins, kept)}f}"


@register.filter
def rounded(value: Decimal, currency: str) -> str:
    """1,234.50: to the coin, whatever the books have beyond it."""
    return f"{money.rounded(value, currency):,}"


@register.filter
def plainly(number: Decimal) -> str:
    """Without idle zeros: 19, 9.975, 0.8643"""
    return f"{number.normalize():f}"


@register.filter
def grouped(number: int) -> str:
    """1,234"""
    return f"{number:,}"
