"""Five sentences about the sales so far, with figures of reports that everybody can open."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

from babel.numbers import format_currency
from django.conf import settings
from django.utils.datastructures import MultiValueDict

from analytics.query.answer import Answer
from analytics.query.run import run_report
from analytics.semantics.filters import Reader
from analytics.semantics.kinds import display


class Insight(NamedTuple):
    text: str
    address: str  # of the report


def insights(reader: Reader) -> Iterator[Insight]:
    """Those that the orders have an answer for."""
    for path, parameters, sentence in SENTENCES:
        answer = run_report(path, MultiValueDict(parameters), reader)
        if answer.rows and (text := sentence(answer)):
            # Pages begin with the newest days; the sentences are about all of them.
            query = urlencode({**parameters, "period": "all_time"}, doseq=True)
            yield Insight(text, f"/reports/{path}/?{query}")


def money(amount: Any) -> str:
    return format_currency(amount, settings.BASE_CURRENCY, locale="en")


def about_sales(answer: Answer) -> str:
    figures, period = answer.rows[0], answer.period.text
    if not figures["orders"]:
        return ""
    orders = f"{figures['orders']:,} order{'' if figures['orders'] == 1 else 's'}"
    return f"Net sales were {money(figures['revenue'])} from {orders} ({period})."


def about_best_month(answer: Answer) -> str:
    best = max(answer.rows, key=lambda row: (row["revenue"], row["month"]))
    return f"The best month was {display(best['month'], 'month')}, with {money(best['revenue'])}."


def about_largest_country(answer: Answer) -> str:
    first = max(answer.rows, key=lambda row: row["revenue"])
    share = f" or {display(first['share'], 'share')} of net sales" if first["share"] else ""
    return f"The largest market is {first['country']}, with {money(first['revenue'])}{share}."


def about_best_product(answer: Answer) -> str:
    first = answer.rows[0]
    return f"The best-selling product is {first['product']}, with {money(first['revenue'])}."


def about_repeat_buyers(answer: Answer) -> str:
    figures = answer.rows[0]
    if not figures["customers"]:
        return ""
    rate = display(figures["repeat_rate"], "share")
    return f"{rate} of {figures['customers']:,} customers ordered more than once."


Sentence = Callable[[Answer], str]
SENTENCES: tuple[tuple[str, dict[str, list[str]], Sentence], ...] = (
    ("analytics/kpis", {}, about_sales),
    ("revenue/monthly", {}, about_best_month),
    ("geographic/revenue-by-country", {}, about_largest_country),
    ("products/top", {"limit": ["1"]}, about_best_product),
    ("customers/repeat-rate", {}, about_repeat_buyers),
)
