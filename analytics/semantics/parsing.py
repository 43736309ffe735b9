"""Reads values from text, as JSON writes them and addresses repeat them; a ValueError says what to
enter instead."""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal

from analytics.semantics.periods import FIRST_DAY, LAST_DAY, first_of_week

DATE = "([0-9]{4})-([0-9]{2})-([0-9]{2})"
Parser = Callable[[str], object]
WHOLE_NUMBER = "[+-]?[0-9]{1,18}"  # 19 digits may not fit in 64 bits
DECIMAL_NUMBER = r"[+-]?[0-9]{1,15}(\.[0-9]{1,6})?"


def parsed(text: str, pattern: str, reason: str) -> re.Match:
    """The text taken apart. A pattern first: int() would also read 1_000 and digits of other
    scripts."""
    match = re.fullmatch(pattern, text.strip())
    if match is None:
        raise ValueError(reason)
    return match


def whole_number(text: str) -> int:
    return int(parsed(text, WHOLE_NUMBER, "Enter a whole number such as 12.")[0])


def decimal_number(example: str) -> Callable[[str], Decimal]:
    def parse(text: str) -> Decimal:
        return Decimal(parsed(text, DECIMAL_NUMBER, f"Enter {example}.")[0])

    return parse


def whole_number_between(lowest: int, highest: int, what: str) -> Callable[[str], int]:
    reason = f"Enter {what} from {lowest} to {highest}."

    def parse(text: str) -> int:
        number = int(parsed(text, "[0-9]{1,2}", reason)[0])
        if not lowest <= number <= highest:
            raise ValueError(reason)
        return number

    return parse


def name_or_number(names: Sequence[str], what: str, example: str) -> Callable[[str], int]:
    """The number of a name, counted from 1: Saturday, saturday and 6 are 6."""
    numbers = {name.casefold(): number for number, name in enumerate(names, 1)}
    numbers |= {str(number): number for number in numbers.values()}

    def parse(text: str) -> int:
        number = numbers.get(text.strip().casefold())
        if number is None:
            raise ValueError(f"Enter {what} such as {example}, or a number from 1 to {len(names)}.")
        return number

    return parse


def day(text: str) -> date:
    return first_day(text, DATE, "a date such as 2011-11-28")


def month(text: str) -> date:
    return first_day(text, "([0-9]{4})-([0-9]{2})", "a month such as 2011-11")


def year(text: str) -> date:
    return first_day(text, "([0-9]{4})", "a year such as 2011")


def quarter(text: str) -> date:
    what = "a quarter such as 2011-Q4"
    parts = parsed(text, "([0-9]{4})-[Qq]([1-4])", f"Enter {what}.")
    return calendar_day(what, int(parts[1]), 3 * int(parts[2]) - 2, 1)


def week(text: str) -> date:
    """Of any of its days, or by its ISO number, 2011-W48."""
    what = "a week by one of its days, such as 2011-11-28"
    if number := re.fullmatch("([0-9]{4})-[Ww]([0-9]{2})", text.strip()):
        try:
            # Its Thursday, which decides about the year of an ISO week, whichever day begins it.
            return first_of_week(known_day(date.fromisocalendar(int(number[1]), int(number[2]), 4)))
        except ValueError:
            raise ValueError(f"Enter {what}, or as 2011-W48.") from None
    return first_of_week(first_day(text, DATE, what))


def date_hour(text: str) -> datetime:
    what = "an hour of a day such as 2011-11-28T09"
    parts = parsed(text, "(.{10})[T ]([01][0-9]|2[0-3])", f"Enter {what}.")
    at = first_day(parts[1], DATE, what)
    return datetime.combine(at, time(int(parts[2])))


def moment(text: str) -> datetime:
    what = "a moment such as 2011-11-28 09:30:00"
    pattern = "(.{10})[T ]([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])"
    date_text, *clock = parsed(text, pattern, f"Enter {what}.").groups()
    hour, minute, second = map(int, clock)
    at = first_day(date_text, DATE, what)
    return datetime.combine(at, time(hour, minute, second))


def first_day(text: str, pattern: str, what: str) -> date:
    """The day, or the first one of a month or year."""
    parts = parsed(text, pattern, f"Enter {what}.").groups()
    return calendar_day(what, *map(int, (*parts, "1", "1")[:3]))


def calendar_day(what: str, *year_month_day: int) -> date:
    try:
        return known_day(date(*year_month_day))
    except ValueError:
        raise ValueError(f"Enter {what}, from {FIRST_DAY.year} to {LAST_DAY.year}.") from None


def known_day(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(day)
    return day
