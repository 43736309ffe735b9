"""The tables that predictions write into the ledger, a file each.

They lie in the same snapshots as the books, so a report reads them like any other table: an answer
is of one state of both, is remembered as long, and old snapshots still have their own predictions.
`customer_id`, `product_id` and `country_id` are what scope and filters go by.
"""

from ledger.tables import MONEY

TABLES: dict[str, dict[str, str]] = {
    "predicted_value": {  # what a customer is expected to bring in the 365 days after `as_of`
        "customer_id": "int64",
        "as_of": "date",
        "model": "string",
        "expected_orders": "double",
        "predicted": MONEY,
        "lower": MONEY,
        "upper": MONEY,
        "alive": "double",
        "silent": "double",
    },
    "churn_risk": {  # how likely it is that a customer buys nothing in the `days` after `as_of`
        "customer_id": "int64",
        "days": "int64",
        "as_of": "date",
        "model": "string",
        "silent": "double",
    },
    "churn_backtest": {  # what would have been said at an earlier day, and whether it came so
        "customer_id": "int64",
        "days": "int64",
        "as_of": "date",
        "model": "string",
        "silent": "double",
        "was_silent": "boolean",
    },
    # Forecasts of the whole shop, of each country and of each category: without either id, or with
    # one of them.
    "forecast": {  # sales of each of the next days; what follows tells how far it may be off
        "country_id": "int64",
        "category_id": "int64",
        "date": "date",
        "ahead": "int64",
        "forecast": "double",
        "relative": "boolean",
        "growth": "double",
        "alone": "double",
        "day_80": "double",
        "day_95": "double",
        "sum_80": "double",
        "sum_95": "double",
    },
    "forecast_basis": {  # what a forecast rests on, or what it lacks
        "country_id": "int64",
        "category_id": "int64",
        "last_day": "date",
        "selling_days": "int64",
        "basis": "string",
    },
    "forecast_tests": {  # how models did in the past
        "country_id": "int64",
        "category_id": "int64",
        "turn": "int64",
        "model": "string",
        "averaged": "boolean",
        "days": "int64",
        "wape": "double",
        "mape": "double",
        "mase": "double",
        "bias": "double",
        "within_80": "double",
        "within_95": "double",
        "seconds": "double",
    },
    "demand": {  # units of a product a week, in all countries or in one, and what a lead time needs
        "country_id": "int64",
        "product_id": "int64",
        "weeks": "int64",
        "weekly": "double",
        "lead_time_days": "int64",
        **{f"safety_{service}": "double" for service in (80, 90, 95, 98, 99)},
    },
}
