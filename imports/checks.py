"""The rules that a row must keep, in the order in which they are checked; a row is rejected with
the code and reason of the first one that it breaks."""

from dataclasses import replace

from babel.numbers import get_currency_precision
from django.conf import settings

from imports.formats import Format, Rule
from imports.numbers import too_small

LARGEST = 10**9
# The lengths of the columns. SQLite does not enforce them, and LOAD DATA LOCAL, which turns errors
# into warnings, would cut the text.
LONGEST = {
    "document": 100, "sku": 100, "customer": 100, "customer_name": 200, "product": 200,
    "email": 254, "country": 100, "category": 100,
}  # fmt: skip
STATUSES = "('pending', 'paid', 'shipped', 'delivered', 'canceled')"
LABELS = {
    "document": "order number",
    "placed": "date",
    "sku": "article number",
    "quantity": "quantity",
    "unit_price": "price",
    "discount": "discount",
    "tax": "tax",
    "tax_rate": "tax rate",
    "line_total": "line total",
    "discount_percent": "discount in percent",
    "order_discount": "discount of the order",
    "shipping": "shipping",
    "order_tax": "tax of the order",
}
NUMBERS = (
    "quantity",
    "unit_price",
    "discount",
    "tax",
    "tax_rate",
    "order_discount",
    "shipping",
    "order_tax",
    "line_total",
    "discount_percent",
)


def in_currency(rule: Rule) -> Rule:
    """With the base currency, which is known only when the file is read."""
    currency = settings.BASE_CURRENCY
    values = {"currency": currency, "places": get_currency_precision(currency)}
    reason, when = (text.format_map(values) for text in (rule.reason, rule.when))
    return replace(rule, reason=reason, when=when)


def rules_for(format: Format, has_nul: bool) -> list[Rule]:
    """The rules for one line, over the typed fields of `checked` and `<number>_text`."""
    fields = [name for name in LABELS if name in format.fields]
    rules = [
        *(_missing(name) for name in ("document", "sku", "quantity")),
        _missing("unit_price", "unit_price" if "unit_price" in fields else "line_total"),
        # PostgreSQL cannot store NUL.
        *(_nul(name) for name in format.fields if has_nul and name not in NUMBERS),
        *date_rules(),
        *(_unreadable(name) for name in fields if name in NUMBERS),
        *(_too_small(name) for name in fields if name in NUMBERS),
        *(_not_exact(name) for name in ("document", "sku", "customer") if name in format.fields),
        # Before the general ones: `stock_correction` says more than `quantity_negative`.
        *map(in_currency, format.rules),
        Rule("quantity", "quantity_zero", "the quantity is zero", "quantity = 0"),
        # Returns have positive quantities too: `kind` tells them apart.
        Rule("quantity", "quantity_negative", "the quantity is below zero", "quantity < 0"),
        Rule(
            "quantity", "quantity_not_whole", "only whole pieces can be sold",
            "quantity <> floor(quantity)",
        ),
        *(_negative(name) for name in fields if name in NUMBERS and name != "quantity"),
        *(_too_large(name) for name in fields if name in NUMBERS),
        Rule(
            "unit_price", "amount_too_large", "quantity × price is too large",
            f"quantity::double * unit_price::double >= {LARGEST}",
        ),
        Rule(
            "discount", "discount_too_large", "the discount is more than the line",
            "discount > quantity * unit_price",
        ),
        *(_too_long(name) for name in LONGEST if name in format.fields),
    ]  # fmt: skip
    if "discount_percent" in fields:
        reason = "the discount is more than the line"
        when = "discount_percent > 100"
        rules.append(Rule("discount_percent", "discount_too_large", reason, when))
    if "kind" in format.fields:
        rules.append(
            Rule("kind", "bad_kind", "neither sale nor return", "kind not in ('sale', 'return')")
        )
    if "status" in format.fields:
        rules.append(
            Rule("status", "bad_status", "not a known status", f"status not in {STATUSES}")
        )
    if "currency" in format.fields:
        when = "not regexp_full_match(currency, '[A-Z]{3}')"
        rules.append(Rule("currency", "bad_currency", "not a three-letter currency code", when))
    return rules


DOCUMENT_RULES = [
    Rule(
        "customer", "mixed_customers", "the order's rows name several customers",
        "several_customers",
    ),
    Rule(
        "country", "mixed_countries", "the order's rows name several countries",
        "several_countries",
    ),
    Rule("placed", "mixed_dates", "the order's rows are of several days", "several_days"),
    Rule("kind", "mixed_kinds", "the order's rows are of a sale and of a return", "several_kinds"),
    Rule(
        "currency", "mixed_currencies", "the order's lines are in several currencies",
        "currencies > 1",
    ),
    Rule(
        "currency", "unknown_rate",
        "no exchange rate of this currency is known for the day: see load_exchange_rates",
        "exchange_rate is null",
    ),
    Rule(
        "order_discount", "discount_too_large", "the order's discount is more than its lines",
        "order_discount > subtotal - discount",
    ),
    Rule(
        "document", "amount_too_large", "the total of the order is too large",
        f"subtotal >= {LARGEST}",
    ),
    Rule(
        # Rewriting the order would delete the lines that its returns refer to.
        "document", "has_returns", "the order changed, but some of its goods were returned since",
        "locked",
    ),
]  # fmt: skip


def date_rules() -> list[Rule]:
    return [
        _missing("placed"),
        Rule("placed", "bad_date", "this is not a date that can be read", "utc_time is null"),
        Rule("placed", "lost_hour", "the clocks jumped over this local time", "lost"),
        Rule(
            "placed",
            "date_out_of_range",
            "the date is before 1971 or in the future",
            # A day ahead: the file may come from a zone in which tomorrow has begun.
            "local_time < timestamp '1971-01-01' or local_time > localtimestamp + interval 1 day",
        ),
    ]


def _missing(code: str, field: str = "") -> Rule:
    field = field or code
    reason = f"the {LABELS[field]} is missing"
    return Rule(field, f"missing_{code}", reason, f"{_text_column(field)} is null")


def _unreadable(name: str) -> Rule:
    when = f"{name}_text is not null and {name} is null"
    return Rule(name, "bad_number", f"the {LABELS[name]} is not a number that can be read", when)


def _not_exact(name: str) -> Rule:
    reason = (
        f"the {LABELS.get(name, name)} is a number of which a spreadsheet kept the first digits "
        "only: make the column text there"
    )
    return Rule(
        name, "number_not_exact", reason,
        # With a plus sign, as spreadsheets write it: 12E4 may well be an SKU.
        rf"regexp_full_match({name}, '-?[0-9]+([.][0-9]+)?[eE][+][0-9]{{2,3}}')",
    )  # fmt: skip


def _too_small(name: str) -> Rule:
    reason = f"the {LABELS[name]} is not zero, but too small for four decimals"
    return Rule(name, "number_too_small", reason, too_small(name))


def _negative(name: str) -> Rule:
    return Rule(name, f"negative_{name}", f"the {LABELS[name]} is below zero", f"{name} < 0")


def _too_large(name: str) -> Rule:
    limit = 2**31 - 1 if name == "quantity" else LARGEST
    reason = f"the {LABELS[name]} is beyond {limit:,}"
    return Rule(name, "number_too_large", reason, f"{name} > {limit}")


def _too_long(name: str) -> Rule:
    label = LABELS.get(name, name.replace("_", " "))
    reason = f"the {label} has more than {LONGEST[name]} characters"
    return Rule(name, "too_long", reason, f"length({name}) > {LONGEST[name]}")


def _nul(name: str) -> Rule:
    when = f"contains({_text_column(name)}, chr(0))"
    return Rule(name, "control_character", "there is a NUL byte in it", when)


def _text_column(name: str) -> str:
    """The column of `checked` with the value as text."""
    return f"{name}_text" if name in NUMBERS or name == "placed" else name
