"""The page of one customer: facts of the books beside answers of reports."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import for_roles
from analytics.pages import inline_svg
from analytics.pages.expectation import expectation
from analytics.pages.lollipops import Mark, order_chart
from analytics.pages.profile_answers import Answers, tile
from analytics.query.answer import Answer
from analytics.query.query import find_snapshot
from analytics.semantics.filters import Reader
from analytics.semantics.kinds import NO_VALUE, date_axis_label, display
from customers.models import Customer
from orders.models import Order, OrderItem, OrderQuerySet

DRAWN, LISTED = 60, 10
FEWEST_ORDERS = 3  # with which a next one is expected
FIGURES = "revenue,orders,aov,gross,discounts,returns,refunds"


@require_safe
@for_roles("customers", "retrieve")
def customer_page(request: HttpRequest, pk: int) -> HttpResponse:
    customers = Customer.objects.for_user(request.user).select_related("country")
    customer = get_object_or_404(customers, pk=pk)
    documents = Order.objects.for_user(request.user).filter(customer=customer)
    days = order_days(documents)
    context = {
        "section": "customers",
        "customer": customer,
        "initials": initials(customer.name),
        "rows": [order_row(order) for order in documents.with_items()[:LISTED]],
        "earlier": max(0, documents.count() - LISTED),
        "chart": customer_chart(documents, days),
    }
    if request.user.may("customer-reports", "retrieve"):
        answers = Answers(Reader.of(request.user), find_snapshot(None))
        context |= customer_reports(answers, customer, days)
    return render(request, "analytics/customer.html", context)


def customer_reports(answers: Answers, customer: Customer, days: Sequence[date]) -> dict:
    """Group, figures and expectations, from the reports of all customers."""
    scores = answers.row("customers/rfm", "customer_id", customer.pk)
    bought = answers.answer(
        "explore",
        measures=FIGURES,
        rows="category_1",
        sort="-revenue",
        where=[f"customer:is:{customer.pk}"],
    )
    context = {"answer": bought, "group": scores.get("group", "")}
    if not scores:
        return context
    [everybody] = answers.answer("explore", measures="aov", rows="").rows
    return context | {
        "tiles": customer_tiles(bought.totals or {}, everybody["aov"], days),
        "categories": category_rows(bought),
        "expect": expectation(answers, customer.pk, scores),
    }


def initials(name: str) -> str:
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


# When they ordered


def order_days(documents: OrderQuerySet) -> list[date]:
    """The days on which the customer ordered: two orders of one day are one visit."""
    days = documents.sales().counting().order_by("placed_on")
    return list(days.values_list("placed_on", flat=True).distinct())


def mean_gap(days: Sequence[date]) -> int | None:
    """The mean number of days from an order to the next."""
    return round((days[-1] - days[0]).days / (len(days) - 1)) if len(days) > 1 else None


def likely_next(days: Sequence[date]) -> date | None:
    """A mean gap after the last order, if there is enough to tell and that day is not past."""
    gap = mean_gap(days)
    if gap is None or len(days) < FEWEST_ORDERS:
        return None
    day = days[-1] + timedelta(gap)
    return day if day >= timezone.localdate() else None


def customer_tiles(sums: dict[str, Any], aov: Decimal | None, days: Sequence[date]) -> list[dict]:
    gap, expected = mean_gap(days), likely_next(days)
    before_returns = display(sums["gross"] - sums["discounts"], "money")
    return [
        tile(
            "Net sales",
            display(sums["revenue"], "money"),
            f"{before_returns} less returns" if sums["returns"] else "no returns",
        ),
        tile("Orders", display(sums["orders"], "count"), counted(sums["refunds"], "return")),
        tile("Avg. order value", display(sums["aov"], "money"), f"shop: {display(aov, 'money')}"),
        tile(
            "Orders every",
            NO_VALUE if gap is None else counted(gap, "day"),
            counted(len(days) - 1, "gap") if gap is not None else "one order so far",
        ),
        tile("Last order", ago(days[-1]), date_axis_label(days[-1]))
        if days
        else tile("Last order", NO_VALUE),
        tile(
            "Likely next order",
            f"about {expected:%-d %b}" if expected else NO_VALUE,
            "a usual gap after the last" if expected else "",
        ),
    ]


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def ago(day: date) -> str:
    days = (timezone.localdate() - day).days
    return "today" if days <= 0 else f"{counted(days, 'day')} ago"


# What they ordered


def customer_chart(documents: OrderQuerySet, days: Sequence[date]) -> dict | None:
    """The latest orders and returns, and the next one as far as it can be expected."""
    drawn = list(documents.counting()[:DRAWN])
    if not drawn:
        return None
    marks = [order_mark(order) for order in reversed(drawn)]
    sold = [mark.amount for mark in marks if mark.amount >= 0]
    expected = likely_next(days)
    next_order = (expected, sum(sold, Decimal(0)) / len(sold)) if expected and sold else None
    chart = order_chart(marks, timezone.localdate(), next_order)
    return chart | {"expected_day": expected, "count": len(drawn)}


def order_mark(order: Order) -> Mark:
    """In the base currency, so that orders in several currencies have one scale."""
    is_return = order.kind == Order.Kind.RETURN
    amount = order.total * order.exchange_rate * (-1 if is_return else 1)
    title = f"{order.number}: {display(amount, 'money')}, {date_axis_label(order.placed_on)}"
    return Mark(order.placed_on, amount, title, f"/orders/{order.pk}/")


def order_row(order: Order) -> dict[str, Any]:
    lines = list(order.items.all())
    state, mood = order_state(order, lines)
    return {"order": order, "items": items_text(order, lines), "state": state, "mood": mood}


def items_text(order: Order, lines: Sequence[OrderItem]) -> str:
    """House blend and 6 more: the line that is worth most, and how many others there are."""
    if not lines:
        return NO_VALUE
    more = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
    first = max(lines, key=lambda line: (line.gross, -line.pk))
    start = "Return: " if order.kind == Order.Kind.RETURN else ""
    return f"{start}{first.product.name}{more}"


def order_state(order: Order, lines: Sequence[OrderItem]) -> tuple[str, str]:
    """The status, or how much of the order came back."""
    if order.kind == Order.Kind.RETURN or order.status == Order.Status.CANCELED:
        return order.get_status_display(), "bad"
    if not any(line.returned for line in lines):
        return order.get_status_display(), ""
    is_whole = all(line.returned == line.quantity for line in lines)
    return ("Returned", "bad") if is_whole else ("Part returned", "warn")


def category_rows(bought: Answer) -> list[dict[str, Any]]:
    """Net sales by category, with their shares of all that the customer bought."""
    whole = (bought.totals or {})["revenue"]
    return [
        {
            "name": row["category_1"],
            "revenue": display(row["revenue"], "money"),
            "share": f"{row['revenue'] / whole * 100:.0f} %" if whole > 0 else "",
            "percent": inline_svg.bar_percent(row["revenue"], whole),
        }
        for row in bought.rows
    ]
