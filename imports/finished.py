"""The page of a finished import: what came, where it is seen, and what to do next."""

from typing import Any, NamedTuple

from django.db.models import Count, Max, Min

from accounts.models import User
from imports.models import Import
from orders.models import Order


class Next(NamedTuple):
    title: str
    text: str
    action: str
    address: str


def finished_context(run: Import, user: User) -> dict[str, Any]:
    if run.state != Import.State.DONE:
        return {}
    return {
        "headline": headline(run),
        "completeness": completeness(run),
        "next": next_steps(run, user),
    }


def headline(run: Import) -> str:
    """800 orders imported."""
    for name in ("orders", "vouchers"):
        if number := run.counts.get(name):
            return f"{number:,} {name if number != 1 else name[:-1]} imported."
    return "Nothing new was in the file."


def completeness(run: Import) -> str:
    rejected = run.counts.get("rejected", 0)
    if not rejected:
        return "Every row was read and none was rejected. All reports include them."
    rows = "1 row was" if rejected == 1 else f"{rejected:,} rows were"
    return f"{rows} rejected; the reasons are below. All reports include the others."


def next_steps(run: Import, user: User) -> list[Next]:
    """What the import makes worth opening, of what the user may open."""
    found = Order.objects.filter(imported__run=run).aggregate(
        first=Min("placed_on"), last=Max("placed_on"), countries=Count("country", distinct=True)
    )
    steps = []
    if found["first"]:
        period = f"?start={found['first']}&end={found['last']}"
        steps.append(
            Next("See the new sales", sales_text(**found), "Open sales", f"/reports/sales/{period}")
        )
    for kind, address in (("customers", "/customers/"), ("products", "/products/")):
        if user.may(kind, "list") and (number := run.counts.get(kind)):
            title = f"Look through the {kind}"
            steps.append(Next(title, f"{number:,} added", f"Open {kind}", address))
    steps.append(
        Next("Go on with the setup", "Countries, insights, weekly letter", "Open", "/welcome/")
    )
    return steps


def sales_text(first: Any, last: Any, countries: int) -> str:
    """Feb 2024 – Feb 2025, 236 countries"""
    start, end = f"{first:%b %Y}", f"{last:%b %Y}"
    period = start if start == end else f"{start} – {end}"
    return f"{period}, {countries:,} countr{'y' if countries == 1 else 'ies'}"
