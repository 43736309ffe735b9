"""The older sales dashboard's figures: those of the reports under its names, as JSON numbers."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from statistics import fmean

from babel.numbers import get_currency_symbol
from django.conf import settings
from rest_framework.renderers import JSONRenderer
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


class Shape(LegacyView):
    """The answer of a function of this view, which asks reports for their rows."""

    renderer_classes = RENDERERS
    path = ""
    body: Callable

    @property
    def resource(self):
        return resource_of(reports()[self.path])

    def get(self, request):
        return Response({**self.body(), "requested_by": request.user.email})

    def rows(self, path="", without=()) -> list[dict]:
        """Of the report with what the client asked for besides."""
        given = dict(self.request.query_params.lists())
        kept = {name: values for name, values in given.items() if name not in without}
        return self.answer(path or self.path, **kept).rows


def shape(path: str, *aliases: str):
    """The function makes what is answered at the address of this report."""

    def declare(function):
        view = type(function.__name__, (Shape,), {"path": path, "body": function}).as_view()
        views.update({f"api/{address}/": view for address in (path, *aliases)})
        return function

    return declare


def number(value):
    return float(value) if isinstance(value, Decimal) else value


def rounded(value):
    """To hundredths, as its averages and rates were."""
    if value is None:
        return None
    return float(Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP))


def mean(total, count):
    return rounded(Decimal(total) / count) if count else None


def same(row: dict, *names: str, **others: str) -> dict:
    """Values under the report's names, and others under the dashboard's."""
    named = dict(zip(names, names, strict=True)) | others
    return {new: number(row[name]) for new, name in named.items()}


def listed(name: str, rows: list[dict], count: str = "count") -> dict:
    return {name: rows, count: len(rows)}


@shape("analytics/kpis")
def kpis(view):
    (row,) = view.rows()
    figures = same(row, "revenue", "orders", "customers")
    return {"kpis": figures | {"avg_order": rounded(row["aov"])}}


@shape("revenue/monthly", "analytics/revenue/monthly")
def monthly(view):
    months = [same(row, "revenue", "orders") | month_of(row) for row in view.rows()]
    return listed("monthly_revenue", months)


def month_of(row: dict) -> dict:
    return {"month": f"{row['month']:%Y-%m}"}


@shape("revenue/daily-trend")
def daily_trend(view):
    days = [same(row, "revenue") | {"date": str(row["date"])} for row in view.rows()]
    return listed("daily_revenue", days)


@shape("revenue/growth")
def monthly_growth(view):
    return listed("monthly_growth", [grown(row) for row in view.rows()])


def grown(row) -> dict:
    change, share = row["month_change"], row["month_growth"]
    before = None if change is None else number(row["revenue"] - change)
    rate = None if share is None else rounded(100 * share)
    past = {"prev_month_revenue": before, "growth_rate": rate}
    return month_of(row) | same(row, "revenue") | past


@shape("revenue/by-hour")
def by_hour(view):
    hours = [same(row, "hour", "revenue", transactions="orders") for row in view.rows()]
    return listed("sales_by_hour", hours)


@shape("revenue/by-day-of-week")
def by_day_of_week(view):
    """From Sunday, which is 0, to Saturday."""
    days = [same(row, "revenue", "orders") | weekday_of(row) for row in view.rows()]
    return listed("sales_by_day", sorted(days, key=lambda day: day["day_num"]))


def weekday_of(row: dict) -> dict:
    return {"day_name": WEEKDAYS[row["weekday"] - 1], "day_num": row["weekday"] % 7}


@shape("customers/top")
def top_customers(view):
    rows = view.rows()
    shown = [same(row, "orders", customer_id="code", total_spent="revenue") for row in rows]
    for one, row in zip(shown, rows, strict=True):
        one["avg_transaction"] = mean(row["revenue"], row["orders"])
    return listed("top_customers", shown)


@shape("customers/segments")
def segments(view):
    names = dict(zip(TIERS, tier_labels(), strict=True))
    rows = [same(row, "customers") | {"segment": names[row["tier"]]} for row in view.rows()]
    return listed("segments", rows, "total_segments")


def tier_labels() -> list[str]:
    """As it wrote them, in the shop's currency and with its limits: VIP (>$5K)."""
    high, medium, low = (amount_label(limit) for limit in settings.VALUE_TIERS)
    value = "High Value", "Medium Value", "Low Value"
    between = f"{medium}-{high}", f"{low}-{medium}", f"<{low}"
    labels = [f"{name} ({limits})" for name, limits in zip(value, between, strict=True)]
    return [f"VIP (>{high})", *labels]


def amount_label(amount: Decimal) -> str:
    in_thousands = amount >= 1000 and amount % 1000 == 0
    short = f"{amount / 1000:.0f}K" if in_thousands else f"{amount.normalize():f}"
    return get_currency_symbol(settings.BASE_CURRENCY, "en_US") + short


@shape("customers/lifetime-value")
def lifetime_value(view):
    names = dict(zip(TIERS, ("VIP", "High Value", "Medium Value", "Low Value"), strict=True))
    return {"lifetime_value": [valued(row, names[row["tier"]]) for row in view.rows()]}


def valued(row: dict, segment: str) -> dict:
    return {
        "segment": segment,
        "customer_count": row["customers"],
        "avg_clv": rounded(row["revenue_per_customer"]),
        "avg_orders": mean(row["orders"], row["customers"]),
        "avg_order_value": rounded(row["aov"]),
    }


@shape("products/top")
def top_products(view):
    each = view.rows("products/performance", without=("by", "limit"))
    orders = {row["product_id"]: row["orders"] for row in each}
    best = [
        same(row, "product", "revenue", units_sold="units") | {"orders": orders[row["product_id"]]}
        for row in view.rows()
    ]
    return listed("top_products", best)


@shape("geographic/revenue-by-country")
def revenue_by_country(view):
    countries = [same(row, "country", "revenue") for row in view.rows()[:TOP_COUNTRIES]]
    return listed("revenue_by_country", countries)


@shape("geographic/country-performance")
def country_performance(view):
    return listed("country_performance", [performed(row) for row in view.rows()[:SHOWN_COUNTRIES]])


def performed(row) -> dict:
    units = round((row["items_per_order"] or 0) * row["orders"])
    figures = same(row, "country", "orders", "customers", "revenue")
    return figures | {"avg_transaction": rounded(row["aov"]), "units_sold": units}


@shape("analytics/forecast/revenue")
def forecast(view):
    ahead = [row for row in view.rows() if row["forecast"] is not None]
    days = [
        same(row, yhat="forecast", yhat_lower="lower_95", yhat_upper="upper_95")
        | {"ds": f"{row['date']}T00:00:00"}
        for row in ahead
    ]
    tests = view.rows("analytics/forecast/backtest", without=("periods", "by"))
    return {"forecast": days, "summary": summary(days), "model_accuracy": accuracy(tests)}


def summary(days: list[dict]) -> dict:
    """Nothing where there is no forecast yet."""
    if not days:
        return {}
    values = [day["yhat"] for day in days]
    half = len(values) // 2
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
    """What was forecast rightly in the past, by the models in use; of one forecast only."""
    used = [row for row in tests if row["averaged"] == "yes" and row["wape"] is not None]
    if not used or len({(row["country"], row["category"]) for row in used}) > 1:
        return None
    return f"{100 * (1 - fmean(float(row['wape']) for row in used)):.1f}%"
