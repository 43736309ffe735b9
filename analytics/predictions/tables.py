"""The tables that predictions add to the ledger, a file each.

They are in the same snapshots as the books, so reports read them like any other table: an answer is
consistent with the books, cached alike, and old snapshots keep their own predictions. Scope and
filters apply to `customer_id`, `product_id` and `country_id`.
"""

from ledger.tables import MONEY

TABLES: dict[str, dict[str, str]] = {
    "predicted_value": {  # expected net sales to a customer in the 365 days after `as_of`
        "customer_id": "int64",
        "as_of": "date",
        "model": "string",
        "expected_orders": "double",
        "fewest_orders": "int64",
        "most_orders": "int64",
        "predicted": MONEY,
        "lower": MONEY,
        "upper": MONEY,
        "alive": "double",
        "silent": "double",
    },
    "churn_risk": {  # probability of no purchase in the `days` after `as_of`
        "customer_id": "int64",
        "days": "int64",
        "as_of": "date",
        "model": "string",
        "silent": "double",
    },
    "churn_backtest": {  # the prediction for an earlier day, and its outcome
        "customer_id": "int64",
        "days": "int64",
        "as_of": "date",
        "model": "string",
        "silent": "double",
        "was_silent": "boolean",
    },
    # Forecasts of the whole shop have neither id, those of a country or a category have one.
    "forecast": {  # sales of each of the next days, and the parameters of its intervals
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
    "forecast_basis": {  # the data and models of a forecast, or what it lacks
        "country_id": "int64",
        "category_id": "int64",
        "last_day": "date",
        "selling_days": "int64",
        "basis": "string",
    },
    "forecast_tests": {  # errors of the models in the backtest
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
    "demand": {  # weekly units of a product in all countries or in one, and the safety stock
        "country_id": "int64",
        "product_id": "int64",
        "weeks": "int64",
        "weekly": "double",
        "lead_time_days": "int64",
        # The same levels as SERVICES of methods/demand.py and of the form of reports/demand.py.
        **{f"safety_{service}": "double" for service in (80, 90, 95, 98, 99)},
    },
}
