"""The steps of the first run. Whether each is done is read from the books and the settings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from babel import Locale
from django.conf import settings

from accounts.models import User
from customers.models import Country
from exports.models import Schedule
from imports.models import Import
from onboarding.models import FinishedStep
from orders.models import Order

HIDDEN = "list"  # the name of the finished step that hides the whole list


@dataclass(frozen=True)
class Step:
    name: str
    title: str
    describe: Callable[[], str]
    minutes: int
    action: str
    address: str
    needs: tuple[str, str]  # the resource and action of whoever may do it
    is_done: Callable[[], bool] = lambda: False


def about_shop() -> str:
    currency = Locale("en").currencies.get(settings.BASE_CURRENCY, settings.BASE_CURRENCY)
    parts = (settings.SHOP_NAME or "No name yet", currency, settings.TIME_ZONE)
    return " · ".join(parts)


def about_countries() -> str:
    if not Order.objects.exists():
        return "So that tax, currency and maps are right for every order."
    if names := unknown_countries():
        return f"Not known yet: {', '.join(names[:5])}. Give each its two-letter code."
    number = Country.objects.filter(orders__isnull=False).distinct().count()
    return f"Orders are from {number:,} countr{'y' if number == 1 else 'ies'}, all of them known."


def unknown_countries() -> list[str]:
    """Countries of orders without an ISO code."""
    found = Country.objects.filter(code="", orders__isnull=False).distinct()
    return [*found.order_by("name").values_list("name", flat=True)]


STEPS = (
    Step(
        "shop", "Name the shop, choose its currency and time zone", about_shop, 1,
        "Open settings", "/settings/", ("settings", "update"),
        lambda: bool(settings.SHOP_NAME),
    ),
    Step(
        "orders", "Bring in your orders",
        lambda: "Choose one of the ways below. You see a preview before anything is stored.", 2,
        "Import orders", "/imports/#upload", ("imports", "create"),
        lambda: Order.objects.exists(),
    ),
    Step(
        "countries", "Confirm the countries", about_countries, 1,
        "Review", "/admin/customers/country/", ("countries", "update"),
        lambda: Order.objects.exists() and not unknown_countries(),
    ),
    Step(
        "insights", "Read your first insights",
        lambda: "Five sentences about your sales, as soon as there are orders.", 1,
        "Read", "/welcome/#insights", ("reports", "list"),
    ),
    Step(
        "letter", "Get a weekly letter",
        lambda: "Key figures of the last 7 days as a PDF, each Monday at 8:00, to your address.", 1,
        "Set up", "", ("schedules", "create"),
        lambda: Schedule.objects.filter(rhythm=Schedule.Rhythm.WEEKLY).exists(),
    ),
)  # fmt: skip


def checklist(user: User) -> dict[str, Any]:
    """The steps that the user may do, which of them are done, and which comes next."""
    finished = set(FinishedStep.objects.values_list("name", flat=True))
    rows = [
        {"step": step, "is_done": step.name in finished or step.is_done(), "text": step.describe()}
        for step in STEPS
        if user.may(*step.needs)
    ]
    following = next((row["step"].name for row in rows if not row["is_done"]), "")
    done = sum(row["is_done"] for row in rows)
    return {"rows": rows, "next": following, "done": done, "is_hidden": HIDDEN in finished}


def is_under_way() -> bool:
    """Whether orders came from a file while steps are open; not in the demo shop."""
    return Import.objects.exists() and not FinishedStep.objects.filter(name=HIDDEN).exists()
