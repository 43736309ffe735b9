from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.money import rounded, spread
from orders.tax import tax_of

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("amount", "currency", "result"),
    [
        ("2.345", "EUR", "2.35"),
        ("2.344999", "EUR", "2.34"),
        ("2.5", "JPY", "3"),
        ("1.2345", "KWD", "1.235"),
    ],
)
def test_half_a_cent_rounds_up(amount, currency, result):
    assert rounded(D(amount), currency) == D(result)


def test_a_voucher_is_spread_by_largest_remainder():
    assert spread(D("10.00"), [D(10), D(10), D(10)], "EUR") == [
        D("3.34"),
        D("3.33"),
        D("3.33"),
    ]


def test_nothing_is_spread_over_free_lines():
    assert spread(D(5), [D(0), D(0)], "EUR") == [D(0), D(0)]


coins = st.integers(0, 10**7).map(lambda cents: D(cents) / 100)


@given(st.lists(coins, min_size=1, max_size=12), st.data())
def test_shares_add_up_and_none_is_larger_than_its_line(weights, data):
    whole = sum(weights)
    amount = D(data.draw(st.integers(0, int(whole * 100)))) / 100
    shares = spread(amount, weights, "EUR")
    assert sum(shares) == amount
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))


def test_tax_is_added_to_prices_or_taken_out_of_them():
    assert tax_of(D("100"), D("19"), "EUR", included=False) == D("19.00")
    assert tax_of(D("119"), D("19"), "EUR", included=True) == D("19.00")
    assert tax_of(D("0.05"), D("10"), "EUR", included=False) == D("0.01")  # 0.005 rounds up
