"""Segments and amounts, without a shop."""

from decimal import Decimal as D

import pytest

from recommendations.vouchers import (
    Sent,
    Tally,
    Use,
    frequency,
    is_held_out,
    merged_uses,
    most_used,
    recency,
    rfm_segments,
)

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("orders", "segment"),
    [(0, "0-4"), (4, "0-4"), (5, "5-13"), (13, "5-13"), (14, "14-37"), (37, "14-37"), (38, "38+")],
)
def test_segments_by_orders(orders, segment):
    assert frequency().label_of(orders) == segment


@pytest.mark.parametrize(
    ("days", "segment"),
    [
        (0, "under 30"), (29, "under 30"), (30, "30-60"), (60, "30-60"), (61, "61-90"),
        (90, "61-90"), (91, "91-120"), (120, "91-120"), (121, "121-180"), (180, "121-180"),
        (181, "180+"), (9999, "180+"),
    ],
)  # fmt: skip
def test_segments_by_days(days, segment):
    assert recency().label_of(days) == segment


def test_of_equals_more_customers_and_then_the_smaller_amount_wins():
    ten, five, two = Use(D(10), 3, 2), Use(D(5), 3, 1), Use(D(2), 3, 1)
    assert most_used([two, five, ten]) == ten
    assert most_used([five, two]) == two
    assert most_used([]) is None


def test_amounts_of_several_segments_are_added():
    assert merged_uses([Use(D(5), 1, 1), Use(D(2), 4, 0), Use(D(5), 2, 2)]) == [
        Use(D(2), 4, 0),
        Use(D(5), 3, 3),
    ]


def test_what_cannot_be_counted_is_set_aside_by_reason():
    tally = Tally(frequency(), recency())
    for sent in (
        Sent(1, D(5), 3, 40, customer=7), Sent(1, D(5), 4, 40, customer=7), Sent(1, None, 3, 40),
        Sent(1, D(5), None, 50), Sent(1, D(2), 3, None), Sent(1, D(2), 3, -1),
    ):  # fmt: skip
        tally.count_voucher(sent)
    assert tally.uses_of(1, "frequent_segment", 0) == [Use(D(2), 2, 0), Use(D(5), 2, 1)]
    assert tally.uses_of(1, "recency_segment", 1) == [Use(D(5), 3, 1)]
    assert tally.set_aside == {
        (1, "frequent_segment", "no amount"): 1,
        (1, "frequent_segment", "no number of orders"): 1,
        (1, "recency_segment", "no amount"): 1,
        (1, "recency_segment", "no last order"): 1,
        (1, "recency_segment", "last order after the voucher"): 1,
    }


def test_files_that_name_no_customers_say_nothing_of_groups():
    tally = Tally(rfm_segments(("Loyal", "Dormant")))
    tally.count_voucher(Sent(1, D(5), 3, 40))
    tally.count_voucher(Sent(1, D(5), 3, 40, customer=7))
    tally.count_voucher(Sent(1, D(5), 3, 40, customer=8, group="Dormant"))
    assert tally.uses_of(1, "rfm_segment", 1) == [Use(D(5), 1, 1)]
    assert tally.set_aside == {(1, "rfm_segment", "no current group"): 1}


def test_about_so_many_are_held_out_and_always_the_same():
    held = {pk for pk in range(10_000) if is_held_out(pk, 10)}
    assert 900 < len(held) < 1100
    assert held == {pk for pk in range(10_000) if is_held_out(pk, 10)}
    assert not any(is_held_out(pk, 0) for pk in range(100))
