"""What of a voucher file can be counted: one step after the other, each with what it leaves."""

from typing import NamedTuple

from imports.staging import Staging


class Step(NamedTuple):
    name: str
    keeps: str  # SQL over the rows as the importer read them


STEPS = (
    Step("sent to the country", "lower(country) = lower($country)"),
    Step(
        "times can be read, the first order before the last",
        "utc_time is not null and (first_order is not null or first_order_text is null) "
        "and (last_order is not null or last_order_text is null) "
        "and coalesce(first_order <= last_order, true)",
    ),
    Step(
        "number of orders is whole",
        "orders_text is null or coalesce(orders = floor(orders) and orders >= 0, false)",
    ),
    Step("amount is there", "coalesce(amount >= 0, false)"),
    Step("number of orders is there", "orders is not null"),
)


def cleaned(staging: Staging, country: str) -> list[tuple[str, int]]:
    """The rows that are left after each step, by its name; the first is what the file holds."""
    left = [("read", staging.scalar("select count(*) from checked_vouchers"))]
    kept = "true"
    for step in STEPS:
        kept = f"{kept} and ({step.keeps})"
        counted = f"select count(*) from checked_vouchers where {kept}"  # noqa: S608 - the steps above
        left.append((step.name, staging.run(counted, {"country": country})[0][0]))
    return left
