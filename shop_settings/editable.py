"""The settings that can be changed on the page, and why some cannot be any longer.

Each is also a setting of `.env`, with the same name and the same rules for what may be written.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import available_timezones

from babel import Locale
from babel.numbers import list_currencies

from imports.models import Import
from orders.models import ExchangeRate, Order

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class Editable:
    name: str
    section: str
    label: str
    help: str
    choices: Choices | None = None
    ends_with_sales: bool = False  # stored sales would mean something else after a change


def currencies() -> Choices:
    names = Locale("en").currencies
    known = ((code, names.get(code, code)) for code in list_currencies())
    return [(code, f"{name} ({code})") for code, name in sorted(known, key=lambda pair: pair[1])]


SECTIONS = ("Shop", "Calendar", "Customers", "Tax", "E-mail", "Data")
EDITABLE = {
    one.name: one
    for one in (
        Editable("SHOP_NAME", "Shop", "Shop name", "Shown in the titles of pages."),
        Editable(
            "BASE_CURRENCY", "Shop", "Base currency",
            "All totals are in this currency. It cannot be changed after the first sale.",
            currencies(), ends_with_sales=True,
        ),
        Editable(
            "TIME_ZONE", "Calendar", "Time zone",
            "Decides on which day a sale falls. It cannot be changed after the first sale.",
            [(name, name) for name in sorted(available_timezones())], ends_with_sales=True,
        ),
        Editable(
            "WEEK_START", "Calendar", "First day of the week", "Weeks in reports begin on it.",
            [(str(number), day) for number, day in enumerate(WEEKDAYS, 1)],
        ),
        Editable(
            "VALUE_TIERS", "Customers", "Value tiers",
            "Net sales above which a customer is VIP, High and Medium, separated by commas.",
        ),
        Editable(
            "VOUCHER_ORDERS", "Customers", "Voucher segments by orders",
            "Number of orders at which each segment after the first begins.",
        ),
        Editable(
            "VOUCHER_DAYS", "Customers", "Voucher segments by days since the last order",
            "Number of days at which each segment after the first begins.",
        ),
        Editable(
            "VOUCHER_HOLD_OUT", "Customers", "Hold-out group",
            "Percentage of customers who get no vouchers, to measure what vouchers do.",
        ),
        Editable(
            "PRICES_INCLUDE_TAX", "Tax", "Product prices include tax",
            "Applies to new orders. Existing orders stay as they are.",
            [("True", "Yes"), ("False", "No")],
        ),
        Editable(
            "DEFAULT_FROM_EMAIL", "E-mail", "Sender",
            "The address that e-mails come from, with or without a name.",
        ),
        Editable(
            "EXPORT_KEEP_DAYS", "Data", "Keep exported files (days)",
            "Older files are deleted.",
        ),
        Editable(
            "LEDGER_KEEP_DAYS", "Data", "Keep earlier states of reports (days)",
            "For so long a report can be repeated as it was (snapshot=…).",
        ),
    )
}  # fmt: skip


def in_section(section: str) -> Iterator[Editable]:
    return (one for one in EDITABLE.values() if one.section == section)


def locked_reason(one: Editable) -> str:
    """Why the setting cannot be changed now; empty if it can."""
    if not one.ends_with_sales:
        return ""
    if Order.objects.exists():
        return "Locked since the first sale: stored orders would have other amounts or dates."
    if Import.objects.waiting_for_work().exists():
        return "Locked while a file is being imported."
    if one.name == "BASE_CURRENCY" and ExchangeRate.objects.exists():
        return "Locked because exchange rates into the current currency are stored."
    return ""
