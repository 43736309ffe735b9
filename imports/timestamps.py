"""Read dates and times as files write them into timestamps in UTC, once for each distinct text."""

from typing import TYPE_CHECKING

from imports.formats import Format
from imports.sql import quoted
from imports.steps import step

if TYPE_CHECKING:  # staging imports this module
    from imports.staging import Staging

# ISO 8601 needs no pattern: the cast reads it.
EVERYWHERE = (
    "%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H:%M:%S UTC", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M",
    "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y",
)  # fmt: skip
TIMES = (" %H:%M:%S", " %H:%M", "")
DAY_FIRST = tuple(f"%d/%m/%Y{time}" for time in TIMES)
MONTH_FIRST = tuple(f"%m/%d/%Y{time}" for time in TIMES)
WITH_ZONE = r":\d\d([.]\d+)?\s*([zZ]|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)$"


@step(reads="staged", writes="texts timestamps")
def parse_timestamps(staging: "Staging", format: Format, order: str) -> list[str]:
    """Read the dates in `staged.placed`, each distinct text once; the warnings about them."""
    staging.run("create table texts as select distinct placed as text from staged")
    order, warnings = date_order(staging, format, order)
    slashes = MONTH_FIRST if order == "mdy" else DAY_FIRST
    # The first pattern that fits counts: this file's order comes before the format's usual one.
    patterns = [*slashes, *format.dates, *EVERYWHERE]
    # By epoch_us: a cast to a timestamp would give the session's local time, not UTC. A time that
    # the clocks skipped does not come back from UTC as the same.
    zone = quoted(staging.zone)  # a literal: DuckDB would evaluate a parameter for each row
    with_zone, without = ([p for p in patterns if ("%z" in p) is zoned] for zoned in (True, False))
    staging.run(
        f"""
        create table timestamps as
        with zoned as (
            select text, regexp_matches(text, {quoted(WITH_ZONE)}) as has_zone from texts
        ), read as (
            -- separately: one pattern with a zone gives the results of all patterns a zone
            select text,
                   case when has_zone
                        then coalesce(try_cast(text as timestamptz),
                                      try_strptime(trim(text), {with_zone}))
                        end as instant,
                   case when not has_zone
                        then coalesce(try_cast(text as timestamp),
                                      -- "2024035" would be read as a day of 2024
                                      case when not regexp_full_match(trim(text), '[0-9]{{1,7}}')
                                           then try_strptime(trim(text), {without}) end)
                        end as local
            from zoned
        ), placed as (
            select text, coalesce(instant, timezone({zone}, local)) as instant, local from read
        )
        select text, make_timestamp(epoch_us(instant)) as utc_time,
               timezone({zone}, instant) as local_time,
               coalesce(timezone({zone}, instant) <> placed.local, false) as lost
        from placed
        """
    )
    return warnings


def date_order(staging: "Staging", format: Format, order: str) -> tuple[str, list[str]]:
    """Is 03/04/2026 in March or in April? The other dates of the file decide, else the format."""
    ((days, months, example),) = staging.run(
        r"""
        with parts as (
            select text, try_cast(regexp_extract(text, '^(\d+)/(\d+)/', 1) as int) as a,
                         try_cast(regexp_extract(text, '^(\d+)/(\d+)/', 2) as int) as b
            from texts where regexp_matches(text, '^\d{1,2}/\d{1,2}/\d')
        )
        select coalesce(bool_or(a > 12), false), coalesce(bool_or(b > 12), false),
               min(text) filter (a <= 12 and b <= 12 and a <> b)
        from parts
        """
    )
    if order:
        return order, []
    default = "mdy" if any(pattern.startswith("%m/") for pattern in format.dates) else "dmy"
    # If both or neither occur, the dates decide nothing.
    if days != months:
        return ("dmy" if days else "mdy"), []
    if example is None:
        return default, []
    read_as = "month first" if default == "mdy" else "day first"
    return default, [f"Dates such as {example} are ambiguous; they are read {read_as}."]
