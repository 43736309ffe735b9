"""The cleaning steps of a voucher file, and the number of rows left after each."""

from typing import NamedTuple

from imports.staging import Staging


class Step(NamedTuple):
    name: str
    keeps: str  # SQL over the rows as the importer read them


# In this order the published file has the published counts: each step counts what is left.
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
    """The name of each step and the number of rows left after it; first, all rows of the file."""
    counts = [("read", staging.scalar("select count(*) from checked_vouchers"))]
    condition = "true"
    for step in STEPS:
        condition = f"{condition} and ({step.keeps})"
        query = f"select count(*) from checked_vouchers where {condition}"  # noqa: S608 - the steps above
        counts.append((step.name, staging.run(query, {"country": country})[0][0]))
    return counts
