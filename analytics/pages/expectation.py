"""What to expect of a customer: the predictions of models, in words, beside what similar customers
did."""

from decimal import Decimal
from typing import Any

from analytics.pages.profile_answers import Answers
from analytics.predictions.reports.bought_again import DAYS_BANDS, ORDER_BANDS, band_of
from analytics.semantics.kinds import display, round_half_up

ENOUGH = 30  # similar customers, with fewer of whom nothing is said
HORIZON = 90  # days
MOST_SQUARES = 100
RISKS = {
    "low": ("Low risk of leaving", "good"),
    "medium": ("Some risk of leaving", ""),
    "high": ("High risk of leaving", "bad"),
}


def expectation(answers: Answers, customer: int, scores: dict[str, Any]) -> dict[str, Any]:
    """For a customer with these RFM scores; nothing but "too few" where few are similar."""
    similar = similar_customers(answers, scores["frequency"], scores["recency_days"])
    if similar.get("customers", 0) < ENOUGH:
        return {"is_too_few": True}
    value = answers.answer("customers/predicted-value")
    risk = answers.row("customers/churn-risk", "customer_id", customer)
    return {
        "similar": similar,
        "squares": squares(similar["bought_again"], similar["customers"]),
        "rate": f"{similar['again_rate'] * 100:.0f} %",
        "risk": RISKS.get(risk.get("risk", "")),
        "note": value.note,
        **future(answers.row("customers/predicted-value", "customer_id", customer)),
    }


def similar_customers(answers: Answers, orders: int, days_since: int) -> dict[str, Any]:
    """How many customers had such a history on a day in the past, and what they did then."""
    own = band_of(orders, ORDER_BANDS), band_of(days_since, DAYS_BANDS)
    rows = answers.answer("customers/bought-again", days=HORIZON).rows
    return next((row for row in rows if (row["order_band"], row["days_band"]) == own), {})


def future(row: dict[str, Any]) -> dict[str, str]:
    """The next year, in words; empty where nothing is predicted."""
    if not row:
        return {}
    return {
        "orders": orders_text(round_half_up(row["expected_orders"], 0)),
        "range": range_text(row["fewest_orders"], row["most_orders"]),
        "worth": display(row["predicted"], "money"),
        "worth_range": f"{display(row['lower'], 'money')}–{display(row['upper'], 'money')}",
    }


def orders_text(expected: Decimal) -> str:
    if expected < 1:
        return "Probably no order"
    return f"About {expected} more order{'s' if expected > 1 else ''}"


def range_text(fewest: int, most: int) -> str:
    return f"most likely {fewest} to {most}" if fewest < most else ""


def squares(part: int, whole: int) -> list[bool]:
    """One for each customer, or for each percent of many."""
    if whole > MOST_SQUARES:
        part, whole = round(100 * part / whole), MOST_SQUARES
    return [number < part for number in range(whole)]
