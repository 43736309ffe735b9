"""A day as people type it. The API takes ISO dates only."""

from datetime import date, datetime

WITH_YEAR = ("%Y-%m-%d", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y")
WITHOUT_YEAR = ("%d.%m. %Y", "%d.%m %Y", "%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y")
MOST_YEARS_BACK = 8  # to the last 29 February


def typed_day(text: str, today: date) -> date | None:
    """ "1 Nov 2026", "1.11.2026" and "2026-11-01"; without a year the last such day. Dates with a
    slash are read differently in different countries, so they are not read at all."""
    words = " ".join(text.replace(",", " ").split())
    if day := first_match(words, WITH_YEAR):
        return day
    for year in range(today.year, today.year - MOST_YEARS_BACK - 1, -1):
        day = first_match(f"{words} {year}", WITHOUT_YEAR)
        if day and day <= today:
            return day
    return None


def first_match(text: str, formats: tuple[str, ...]) -> date | None:
    for each in formats:
        try:
            return datetime.strptime(text, each).date()
        except ValueError:
            continue
    return None
