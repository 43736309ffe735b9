"""Days as people type them."""

from datetime import date

import pytest

from analytics.pages.typed_days import typed_day

TODAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-01", date(2026, 11, 1)),
        ("1.11.2026", date(2026, 11, 1)),
        ("01.11.2026", date(2026, 11, 1)),
        ("1 Nov 2026", date(2026, 11, 1)),
        ("1 november 2026", date(2026, 11, 1)),
        (" Nov  1, 2026 ", date(2026, 11, 1)),
        ("1 Nov", date(2026, 11, 1)),
        ("Nov 1", date(2026, 11, 1)),
        ("1.11.", date(2026, 11, 1)),
        ("1.11", date(2026, 11, 1)),
        ("28 Nov", date(2026, 11, 28)),
        # The last such day
        ("29 Nov", date(2025, 11, 29)),
        ("29 Feb", date(2024, 2, 29)),
        # Neither days nor certain
        ("30 Feb", None),
        ("03/04/2026", None),
        ("soon", None),
        ("2026", None),
        ("", None),
        ("\0", None),
        ("1 Nov 20266", None),
    ],
)
def test_a_day_is_read_as_it_is_typed(text, day):
    assert typed_day(text, TODAY) == day
