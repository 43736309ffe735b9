"""The older sales dashboard's figures: the reports', under its names and as JSON numbers."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from statistics import fmean
from typing import Any

from babel.numbers import get_currency_symbol
from django.conf import settings
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.api.legacy.reports import LegacyView
from analytics.api.reports import resource_of
from analytics.reports.segments import TIERS
from analytics.semantics.kinds import WEEKDAYS
from analytics.semantics.report import reports

MEDIA_TYPE = "application/vnd.sales-dashboard+json"
TOP_COUNTRIES, SHOWN_COUNTRIES = 10, 15
views: dict[str, Callable] = {}  # by the route of the report


class DashboardJSON(JSONRenderer):
    media_type = MEDIA_TYPE


RENDERERS = (JSONRenderer, DashboardJSON)


class DashboardView(LegacyView):
    """Answers with the `body` that a function makes of the rows of reports."""

    renderer_classes = RENDERERS
    path = ""
    body: Callable[..., dict]

    @property
    def resource(self) -> str:  # type: ignore[override]  # a constant of other views
        return resource_of(reports()[self.path])

    def get(self, request: Request) -> Response:
        return Response({**self.body(), "requested_by": request.user.email})

    def rows(self, path: str = "", without: tuple[str, ...] = ()) -> list[dict]:
        """Of the report with the parameters of the request, except some."""
        given = dict(self.request.query_params.lists())
        parameters = {name: values for name, values in given.items() if name not in without}
        return self.answer(path or self.path, **parameters).rows


BodyFunction = Callable[[DashboardView], dict]


def answers_at(path: str, *aliases: str) -> Callable[[BodyFunction], BodyFunction]:
    """The function makes the body of the answer at the address of this report."""

    def register(body: BodyFunction) -> BodyFunction:
        view: Any = type(body.__name__, (DashboardView,), {"path": path, "body": body})
        # Spelled as Django spells the route, by which the middleware looks it up.
        views.update({f"api/{address}/": view.as_view() for address in (path, *aliases)})
        return body

    return register


def json_number(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def to_hundredths(value: Decimal | int | None) -> float | None:
    """As the dashboard rounded its averages and rates."""
    if value is None:
        return None
    # Python's round() would make 0.125 to 0.12: half to even.
    return float(Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP))


def mean(total: Decimal | int, count: int) -> float | None:
    return to_hundredths(Decimal(total) / count) if count else None


def values_of(row: dict, *names: str, **renamed: str) -> dict:
    """Values under the report's names, and others under the dashboard's."""
    columns = dict(zip(names, names, strict=True)) | renamed
    return {name: json_number(row[column]) for name, column in columns.items()}


def with_count(name: str, rows: list[dict], count: str = "count") -> dict:
    return {name: rows, count: len(rows)}


@answers_at("analytics/kpis")
def kpis(view: DashboardView) -> dict:
    (row,) = view.rows()
    figures = values_of(row, "revenue", "orders", "customers")
    return {"kpis": figures | {"avg_order": to_hundredths(row["aov"])}}


@answers_at("revenue/monthly", "analytics/revenue/monthly")
def monthly(view: DashboardView) -> dict:
    months = [values_of(row, "revenue", "orders") | month_of(row) for row in view.rows()]
    return with_count("monthly_revenue", months)


def month_of(row: dict) -> dict:
    return {"month": f"{row['month']:%Y-%m}"}


@answers_at("revenue/daily-trend")
def daily_trend(view: DashboardView) -> dict:
    days = [values_of(row, "revenue") | {"date": str(row["date"])} for row in view.rows()]
    return with_count("daily_revenue", days)


@answers_at("revenue/growth")
def monthly_growth(view: DashboardView) -> dict:
    return with_count("monthly_growth", [growth_row(row) for row in view.rows()])


def growth_row(row: dict) -> dict:
    change, growth = row["month_change"], row["month_growth"]
    previous = None if change is None else json_number(row["revenue"] - change)
    rate = None if growth is None else to_hundredths(100 * growth)
    added = {"prev_month_revenue": previous, "growth_rate": rate}
    return month_of(row) | values_of(row, "revenue") | added


@answers_at("revenue/by-hour")
def by_hour(view: DashboardView) -> dict:
    hours = [values_of(row, "hour", "revenue", transactions="orders") for row in view.rows()]
    return with_count("sales_by_hour", hours)


@answers_at("revenue/by-day-of-week")
def by_day_of_week(view: DashboardView) -> dict:
    """From Sunday, which is 0, to Saturday."""
    days = [values_of(row, "revenue", "orders") | weekday_of(row) for row in view.rows()]
    return with_count("sales_by_day", sorted(days, key=lambda day: day["day_num"]))


def weekday_of(row: dict) -> dict:
    return {"day_name": WEEKDAYS[row["weekday"] - 1], "day_num": row["weekday"] % 7}


@answers_at("customers/top")
def top_customers(view: DashboardView) -> dict:
    rows = view.rows()
    customers = [
        values_of(row, "orders", customer_id="code", total_spent="revenue")
        | {"avg_transaction": mean(row["revenue"], row["orders"])}
        for row in rows
    ]
    return with_count("top_customers", customers)


@answers_at("customers/segments")
def segments(view: DashboardView) -> dict:
    # Strict: a tier more in the vocabulary must not get the label of another one.
    names = dict(zip(TIERS, tier_labels(), strict=True))
    rows = [values_of(row, "customers") | {"segment": names[row["tier"]]} for row in view.rows()]
    return with_count("segments", rows, "total_segments")


def tier_labels() -> list[str]:
    """As the dashboard wrote them, with the shop's currency and limits: VIP (>$5K)."""
    high, medium, low = (amount_label(limit) for limit in settings.VALUE_TIERS)
    value = "High Value", "Medium Value", "Low Value"
    between = f"{medium}-{high}", f"{low}-{medium}", f"<{low}"
    labels = [f"{name} ({limits})" for name, limits in zip(value, between, strict=True)]
    return [f"VIP (>{high})", *labels]


def amount_label(amount: Decimal) -> str:
    in_thousands = amount >= 1000 and amount % 1000 == 0
    # `:f` because normalize() turns 1500 into 1.5E+3.
    short = f"{amount / 1000:.0f}K" if in_thousands else f"{amount.normalize():f}"
    return get_currency_symbol(settings.BASE_CURRENCY, "en_US") + short


@answers_at("customers/lifetime-value")
def lifetime_value(view: DashboardView) -> dict:
    names = dict(zip(TIERS, ("VIP", "High Value", "Medium Value", "Low Value"), strict=True))
    return {"lifetime_value": [tier_row(row, names[row["tier"]]) for row in view.rows()]}


def tier_row(row: dict, segment: str) -> dict:
    return {
        "segment": segment,
        "customer_count": row["customers"],
        "avg_clv": to_hundredths(row["revenue_per_customer"]),
        "avg_orders": mean(row["orders"], row["customers"]),
        "avg_order_value": to_hundredths(row["aov"]),
    }


@answers_at("products/top")
def top_products(view: DashboardView) -> dict:
    # The top list has no number of orders; this report does, but would refuse these parameters.
    products = view.rows("products/performance", without=("by", "limit"))
    orders = {row["product_id"]: row["orders"] for row in products}
    top = [
        values_of(row, "product", "revenue", units_sold="units")
        | {"orders": orders[row["product_id"]]}
        for row in view.rows()
    ]
    return with_count("top_products", top)


@answers_at("geographic/revenue-by-country")
def revenue_by_country(view: DashboardView) -> dict:
    countries = [values_of(row, "country", "revenue") for row in view.rows()[:TOP_COUNTRIES]]
    return with_count("revenue_by_country", countries)


@answers_at("geographic/country-performance")
def country_performance(view: DashboardView) -> dict:
    return with_count(
        "country_performance", [country_row(row) for row in view.rows()[:SHOWN_COUNTRIES]]
    )


def country_row(row: dict) -> dict:
    # The report has the mean only; rounding takes back what its last place has lost.
    units = round((row["items_per_order"] or 0) * row["orders"])
    figures = values_of(row, "country", "orders", "customers", "revenue")
    return figures | {"avg_transaction": to_hundredths(row["aov"]), "units_sold": units}


@answers_at("analytics/forecast/revenue")
def revenue_forecast(view: DashboardView) -> dict:
    rows = [row for row in view.rows() if row["forecast"] is not None]
    days = [
        values_of(row, yhat="forecast", yhat_lower="lower_95", yhat_upper="upper_95")
        | {"ds": f"{row['date']}T00:00:00"}
        for row in rows
    ]
    # A backtest has no days ahead: it refuses the parameters of the forecast.
    tests = view.rows("analytics/forecast/backtest", without=("periods", "by"))
    return {"forecast": days, "summary": summary(days), "model_accuracy": accuracy(tests)}


def summary(days: list[dict]) -> dict:
    """Empty where there is no forecast yet."""
    if not days:
        return {}
    values = [day["yhat"] for day in days]
    half = len(values) // 2
    # Of an odd number the day in the middle is in neither half.
    rises = sum(values[len(values) - half :]) > sum(values[:half])
    return {
        "avg_predicted_value": fmean(values),
        "total_predicted_value": sum(values),
        "min_predicted_value": min(values),
        "max_predicted_value": max(values),
        "avg_uncertainty": fmean(day["yhat_upper"] - day["yhat_lower"] for day in days),
        "trend_direction": "increasing" if rises else "decreasing",
    }


def accuracy(tests: list[dict]) -> str | None:
    """1 - WAPE of the models in use, in their backtests; only for one country and category."""
    # Models that are not part of the forecast say nothing about how good it is.
    used = [row for row in tests if row["averaged"] == "yes" and row["wape"] is not None]
    if not used or len({(row["country"], row["category"]) for row in used}) > 1:
        return None
    return f"{100 * (1 - fmean(float(row['wape']) for row in used)):.1f}%"
