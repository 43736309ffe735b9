"""Files with line totals or discounts in percent: SQL that derives unit prices and discounts.

A line total is the amount of a line after its discount and before any tax that is added. In a file
that has unit prices too, it is only compared with them.
"""

from typing import TYPE_CHECKING

from imports.checks import LARGEST
from imports.formats import Format, normal
from imports.steps import step

if TYPE_CHECKING:  # staging imports this module
    from imports.staging import Staging

TOTAL_NAMES = ("linetotal", "total", "sales", "amount", "lineamount", "subtotal", "extendedprice",
               "gesamtpreis", "gesamt", "summe", "betrag", "umsatz", "positionssumme",
               "zeilensumme")  # fmt: skip
DERIVED = ("unit_price", "discount")
# Beyond every amount that is taken; the sum of two, times 10,000, is within DuckDB's 18 digits.
BOUND = 4 * 10**9


def derived_fields(fields: list[str]) -> list[str]:
    """The fields that are computed from others."""
    if "line_total" in fields and "unit_price" not in fields:
        return [name for name in DERIVED if name not in fields]
    return ["discount"] if "discount_percent" in fields and "discount" not in fields else []


def percent_scale(staging: "Staging", fields: list[str], value: str) -> int:
    """Is 15 percent written 15 or 0.15 in this file?"""
    if "discount_percent" not in fields:
        return 1
    most, signed = staging.run(
        f"select max({value}), bool_or(contains(discount_percent, '%')) from staged"
    )[0]
    if most is None or most > 1 or signed:
        return 100
    if most:
        staging.warnings.append(
            f"The discounts are read as parts of one: {float(most):g} is {float(most) * 100:g} %."
        )
    return 1


def derived_columns_sql(fields: list[str], scale: int) -> str:
    """SQL after `select *`: unit prices and discounts from line totals and percentages."""
    share = f"least(coalesce(discount_percent::double / {scale}, 0), 1)"
    # Within the type's range: a row that is beyond it is refused, and must not end the whole file.
    amount = f"cast(round(greatest(least({{0}}, {BOUND}), -{BOUND}), 4) as decimal(18, 4))"
    off = f"least(coalesce(discount, 0), {BOUND})"
    if "line_total" in fields and "unit_price" not in fields:
        gross = f"line_total + {off}"
        if "discount_percent" in fields:
            before = f"case when {share} < 1 then line_total::double / (1 - {share}) end"
            gross = f"coalesce({amount.format(before)}, 0) + {off}"
        pieces = "cast(quantity as bigint)"
        each = (
            f"case when quantity between 1 and {2**31} and abs(line_total) < {LARGEST} then "
            f"cast(((cast(({gross}) * 10000 as bigint) + {pieces} - 1) // {pieces}) / 10000 "
            "as decimal(18, 4)) end"
        )
        # The price of a piece is rounded up; the discount takes the difference off again.
        return (
            f"replace ({each} as unit_price, "
            f"coalesce(cast({each} * {pieces} - line_total as decimal(18, 4)), 0) as discount)"
        )
    if "discount_percent" in fields:
        total = amount.format(f"unit_price::double * quantity::double * {share}")
        return f"replace ({off} + coalesce({total}, 0) as discount)"
    return ""


@step(reads="checked", writes="")
def warn_of_likely_mistakes(staging: "Staging", format: Format, fields: list[str]) -> None:
    """Warn of columns that are probably mapped to the wrong field."""
    if "line_total" in fields and "unit_price" in fields:
        _warn_of_contradictions(staging)
    elif "quantity" in fields and "unit_price" in format.mapping:
        _warn_of_totals_as_prices(staging, format.mapping["unit_price"])
    if "discount" in fields and format.mapping:
        _warn_of_shares_as_amounts(staging)


def _warn_of_contradictions(staging: "Staging") -> None:
    ((rows, first, total, computed),) = staging.run(
        "select count(*), min(record), arg_min(line_total, record), arg_min(sum, record) from "
        f"(select *, quantity * unit_price - coalesce({staging.column('discount')}, 0) as sum "
        "from checked where problem is null and line_total is not null) "
        "where abs(line_total - sum) > 0.01"
    )
    if rows:
        staging.warnings.append(
            f"In {rows:,} rows the line total is not quantity × price less discount "
            f"(first in record {first}: {total:.2f} is written, {computed:.2f} is stored)."
        )


def _warn_of_totals_as_prices(staging: "Staging", column: str) -> None:
    several = staging.scalar("select count(*) from checked where problem is null and quantity > 1")
    if not several:
        return
    # Products sold in different quantities tell: what stays the same is either the number itself,
    # or the number divided by the quantity.
    totals, prices = staging.run(
        "select count(*) filter (price > 1 and share = 1), count(*) filter (price = 1) from ("
        "select count(distinct unit_price) as price, "
        "count(distinct round(unit_price / quantity, 2)) as share from checked "
        "where problem is null and unit_price > 0 group by sku having count(distinct quantity) > 1)"
    )[0]
    if normal(column) in TOTAL_NAMES or totals > prices:
        staging.warnings.append(
            f'"{column}" is read as the price of one piece, and {several:,} rows have several. If '
            "it is what the whole line came to, map it as the line total."
        )


def _warn_of_shares_as_amounts(staging: "Staging") -> None:
    rows, most, prices = staging.run(
        "select count(*) filter (discount > 0), max(discount), median(unit_price::double) "
        "from checked where problem is null"
    )[0]
    # In a shop of cheap goods, discounts below one may well be money.
    if rows and most <= 1 and prices > 2:
        staging.warnings.append(
            f"All discounts lie between 0 and 1 ({float(most):g} at most) and are read as money. "
            "If they are parts of the price, map the column as the discount in percent."
        )
