"""SQL that reads numbers as files write them, and is null where they are unclear.

"1,234" and "1.234" can be read in two ways: the rest of the file decides, see
`csv_files.has_decimal_comma`. Other numbers are read in the only possible way. No characters are
dropped to make a number of a text: "1_000", "1 2" and "12.5.0" are none.
"""

from imports.sql import quoted
from imports.staging_tables import MONEY

SIGN = r"([+-]?\s*[€$£]?|[€$£]\s*[+-])\s*"
EXPONENT = r"([eE][+-]?[0-9]{1,2})?\s*[€$£]?"
# Between thousands: no-break spaces in French files, apostrophes in Swiss ones.
BLANKS = r"\s'’\x{00A0}\x{202F}"
GROUPS = rf"[0-9]{{1,3}}([,{BLANKS}][0-9]{{2,3}})*[,{BLANKS}][0-9]{{3}}"  # 12,34,567 in India
WITH_POINT = rf"{SIGN}({GROUPS}|[0-9]+)?([.][0-9]*)?{EXPONENT}"
WITH_COMMA = rf"{SIGN}([0-9]{{1,3}}([.{BLANKS}][0-9]{{3}})+|[0-9]+)?(,[0-9]+)?{EXPONENT}"
LONGEST = 40


def number(text: str, comma: bool) -> str:
    """SQL for the number in a trimmed text; with `comma`, 1,234 is a little more than one."""
    patterns = [(WITH_POINT, "."), (WITH_COMMA, ",")]
    cases = " ".join(
        f"when regexp_full_match({text}, {quoted(pattern)}) then {_cast(text, sign)}"
        for pattern, sign in (patterns[::-1] if comma else patterns)
    )
    read = f"case when length({text}) >= {LONGEST} then null {cases} end"
    if comma:
        return read
    # The format of most files; a plain cast ignores underscores.
    plain = f"case when not contains({text}, '_') then try_cast({text} as {MONEY}) end"
    return f"coalesce({plain}, {read})"


def amount_sql(column: str) -> str:
    """SQL for a column's number in computations of a format; wide enough for sums and products."""
    return f"cast({number(f'trim({column})', comma=False)} as decimal(28, 4))"


def too_small(name: str) -> str:
    """SQL: does rounding make zero of a number that is not zero?"""
    return rf"{name} = 0 and regexp_matches({name}_text, '^[^eE]*[1-9]')"


def is_rounded(name: str) -> str:
    """SQL: has the text more decimals than are stored?"""
    text = f"{name}_text"
    return (
        f"coalesce(length({text}) > 5 and case when regexp_matches({text}, '[eE]') "
        f"then abs(try_cast({text} as double) - {name}::double) > 0.000001 "
        rf"else regexp_matches({text}, '[.,][0-9]{{4,}}[1-9]') end, false)"
    )


def _cast(text: str, decimal_sign: str) -> str:
    plain = rf"regexp_replace({text}, '[^0-9{decimal_sign}eE+-]', '', 'g')"
    plain = f"replace({plain}, ',', '.')" if decimal_sign == "," else plain
    return f"try_cast({plain} as {MONEY})"
