"""The small charts of pages."""

from decimal import Decimal as D

from analytics.pages.inline_svg import sparkline, thinned


def test_a_line_has_no_more_points_than_can_be_seen():
    assert thinned([D(1), D(2), D(6), D(4), None], 2) == [3.0, 4.0]
    assert thinned([None, None, D(5)], 2) == [None, 5.0]
    assert thinned([D(1), None, D(3)], 3) == [1.0, None, 3.0]
    assert thinned([], 3) == []
    year = sparkline([D(day) for day in range(365)])
    assert year["line"].count("L") == 91  # 92 points of four days each
    assert year["line"].endswith("120.0 0.0")
