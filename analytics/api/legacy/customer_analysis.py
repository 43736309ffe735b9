"""The older customer analysis: 22 analyses, each in its own shape.

Tables have the shape of its data frames: a column's name, and below it a value for each row. What
the numbers mean is what the reports say: returns count, guests are not customers.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from analytics.query.answer import Answer
from analytics.semantics.charts import Bars, Chart, Histogram
from analytics.semantics.comparison import growth
from analytics.semantics.report import Report, reports
from analytics.semantics.rfm import PROSPECTS

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
STAGES = {"active": "Active", "at risk": "At Risk", "churned": "Inactive"}
# The older system's limit; the report's own default stays what it is everywhere else.
CHURN_DAYS = "60"
LONGEST_DELAY = 90


@dataclass(frozen=True)
class Analysis:
    """`shape` makes the answer of the reports at `paths`. The first of them, unless `drawn` names
    another, is shown as picture and table, with the `figures` report beside it."""

    title: str
    paths: tuple[str, ...]
    shape: Callable
    parameters: dict[str, str] = field(default_factory=dict)
    drawn: str = ""
    chart: Chart | None = None
    figures: str = ""

    @property
    def resource(self) -> str:
        """What a role must be allowed to see."""
        paths = filter(None, (*self.paths, self.drawn, self.figures))
        is_personal = any(reports()[path].personal for path in paths)
        return "customer-reports" if is_personal else "reports"

    def report(self, name: str) -> Report:
        """The report of its chart and table, under the title of the analysis."""
        report = reports()[self.drawn or self.paths[0]]
        chart = self.chart or report.chart
        return replace(report, path=f"customer-analysis/{name}", title=self.title, chart=chart)


def json_value(value: Any) -> Any:
    """Decimals as numbers, and days as the timestamps of a data frame."""
    if isinstance(value, Decimal):
        return float(value)
    return f"{value}T00:00:00" if isinstance(value, date) else value


def to_cents(amount: Decimal | None) -> float | None:
    # Half to even, as numpy rounded the older figures.
    return None if amount is None else float(round(amount, 2))


def pandas_json(rows: Iterable[Sequence], *names: str, index: Iterable | None = None) -> dict:
    """A column's name, and below it a value for each row; rows are numbered or have an index."""
    rows = list(rows)
    # Text, as pandas writes an index: keys of JSON objects are never numbers.
    keys = [str(json_value(key)) for key in (range(len(rows)) if index is None else index)]
    return {
        name: {key: json_value(row[turn]) for key, row in zip(keys, rows, strict=True)}
        for turn, name in enumerate(names)
    }


def by_key(answer: Answer, key: str, value: str, label: Callable[[Any], str] = str) -> dict:
    """One value for each key; those without orders are left out."""
    rows = ((label(row[key]), row[value]) for row in answer.rows if row["orders"])
    return {name: found if isinstance(found, int) else to_cents(found) for name, found in rows}


def month_name(day: date) -> str:
    return f"{day:%Y-%m}"


def weekday_name(number: int) -> str:
    return WEEKDAYS[number - 1]


def basic_stats(kpis: Answer, products: Answer) -> dict:
    (row,) = kpis.rows
    return {
        "total_orders": row["orders"],
        "total_revenue": to_cents(row["revenue"]),
        "unique_customers": row["customers"],
        # A product that was only given back in the period has a row, too, but was not sold.
        "unique_products": sum(1 for product in products.rows if product["units"]),
        "date_min": kpis.period.start and str(kpis.period.start),
        "date_max": kpis.period.end and str(kpis.period.end),
        "avg_order_value": to_cents(row["aov"]),
    }


def monthly_stats(months: Answer) -> dict:
    rows = [
        (month_name(row["month"]), row["orders"], to_cents(row["revenue"])) for row in months.rows
    ]
    return pandas_json(rows, "Month", "total_orders", "total_revenue")


def rfm(customers: Answer) -> dict:
    """Recency is counted to the day after the last one."""
    rows = (
        (row["code"], row["recency_days"] + 1, row["frequency"], to_cents(row["monetary"]),
         row["r"], row["f"], row["m"], row["score"])
        for row in customers.rows
    )  # fmt: skip
    names = ("CustomerID", "Recency", "Frequency", "Monetary")
    return pandas_json(rows, *names, "R_score", "F_score", "M_score", "RFM_score")


def segment(groups: Answer) -> dict:
    # Prospects have bought nothing: the older system read sales only and knew none.
    bought = [row for row in groups.rows if row["group"] != PROSPECTS]
    bought.sort(key=lambda row: -row["revenue"])
    rows = ((row["group"], row["customers"], to_cents(row["revenue"])) for row in bought)
    return pandas_json(rows, "segment", "customer_count", "total_revenue")


def ltv(customers: Answer) -> dict:
    """Fifths of the customers by what they spent, from the fifth that spent least (5)."""
    sums = dict.fromkeys(range(1, 6), Decimal(0))
    for row in customers.rows:
        sums[row["m"]] += row["monetary"]
    # Summed as decimals: cents of the cumulated floats would drift from the total.
    whole, so_far, rows = sum(sums.values()), Decimal(0), []
    for fifth, amount in sums.items():
        so_far += amount
        share = round(100 * so_far / whole, 2) if whole else None
        rows.append((6 - fifth, to_cents(amount), to_cents(so_far), share))
    return pandas_json(rows, "ltv_rank", "TotalPrice", "cumulative_amount", "cumulative_percent")


def cohort_cells(retention: Answer) -> dict[date, dict[int, Decimal]]:
    found: dict[date, dict[int, Decimal]] = {}
    for row in retention.rows:
        found.setdefault(row["cohort"], {})[row["age"] + 1] = row["retention"]
    return found


def retention(shares: Answer) -> dict:
    """Months in the future are 0, as the older system wrote them."""
    found = cohort_cells(shares)
    ages = sorted({age for ages in found.values() for age in ages})
    rows = ([round(float(row.get(age, 0)), 2) for age in ages] for row in found.values())
    return {
        "index": [month_name(cohort) for cohort in found],
        "columns": [str(age) for age in ages],
        "data": list(rows),
    }


def cohort(shares: Answer) -> dict:
    """Months in the future have no value."""
    found = cohort_cells(shares)
    ages = sorted({age for ages in found.values() for age in ages})
    # A month in which nobody came back is 0; only one that is still to come has no value.
    rows = ([row[age] and round(float(row[age]), 3) if age in row else None for age in ages]
            for row in found.values())  # fmt: skip
    return pandas_json(rows, *map(str, ages), index=found)


def repeat_rate(rate: Answer) -> float | None:
    (row,) = rate.rows
    return None if row["repeat_rate"] is None else round(float(row["repeat_rate"]), 3)


def churn_status(customers: Answer) -> dict:
    rows = (
        (row["code"], row["last_order"], row["days_since"],
         "Churned" if row["status"] == "churned" else "Active")
        for row in customers.rows
    )  # fmt: skip
    return pandas_json(rows, "CustomerID", "InvoiceDate", "DaysSinceLastOrder", "ChurnStatus")


def customer_lifecycle(customers: Answer) -> dict:
    """Days are counted to the day after the last one."""
    rows = ((r["code"], r["days_since"] + 1, STAGES[r["status"]]) for r in customers.rows)
    return pandas_json(rows, "CustomerID", "days_since_last_order", "LifecycleStage")


def customer_lifetime(customers: Answer) -> dict:
    columns = ("code", "first_order", "last_order", "lifetime_days")
    rows = (tuple(row[name] for name in columns) for row in customers.rows)
    return pandas_json(rows, "CustomerID", "first_order_date", "last_order_date", "lifetime_days")


def first_second_delay(customers: Answer) -> dict:
    """Those who came back after a day and within ninety."""
    columns = ("code", "first_order", "second_order", "days_to_second")
    rows = (
        tuple(row[name] for name in columns)
        for row in customers.rows
        if 1 <= (row["days_to_second"] or 0) <= LONGEST_DELAY
    )
    return pandas_json(rows, "CustomerID", "InvoiceDate_first", "InvoiceDate_second", "delay_days")


def avg_days_between_orders(customers: Answer) -> dict:
    rows = ((row["code"], round(row["mean_days"], 2)) for row in customers.rows)
    return pandas_json(rows, "CustomerID", "AvgDaysBetweenOrders")


def new_vs_returning(months: Answer) -> dict:
    rows = ((row["new_customers"], row["returning_customers"]) for row in months.rows)
    return pandas_json(rows, "New", "Returning", index=[row["month"] for row in months.rows])


def monthly_growth(months: Answer) -> dict:
    """Growth against nothing has no value."""
    # Where pandas' pct_change gives infinity, which JSON does not have, `growth` gives None.
    rows, before = [], 0
    for row in months.rows:
        rate = growth(row["orders"], before)
        percent = None if rate is None else round(float(100 * rate), 2)
        rows.append((row["month"], row["orders"], percent))
        before = row["orders"]
    return pandas_json(rows, "Month", "Orders", "Growth (%)", index=[row[0] for row in rows])


def orders_heatmap(hours: Answer) -> dict:
    """For each hour the orders of each weekday, Monday is 0."""
    found: dict[str, dict[str, int]] = {}
    for row in sorted(hours.rows, key=lambda row: (row["hour"], row["weekday"])):
        found.setdefault(str(row["hour"]), {})[str(row["weekday"] - 1)] = row["orders"]
    return {hour: days for hour, days in found.items() if any(days.values())}


ANALYSES = {
    "basic_stats": Analysis("Basic stats", ("analytics/kpis", "products/performance"), basic_stats),
    "monthly_stats": Analysis("Monthly stats", ("revenue/monthly",), monthly_stats),
    "rfm": Analysis("RFM", ("customers/rfm",), rfm),
    "segment": Analysis("Segment", ("customers/rfm-groups",), segment),
    "ltv": Analysis("LTV", ("customers/rfm",), ltv, drawn="customers/lifetime-value"),
    "retention": Analysis("Retention", ("customers/retention",), retention),
    "cohort": Analysis("Cohort", ("customers/retention",), cohort),
    "repeat_rate": Analysis("Repeat rate", ("customers/repeat-rate",), repeat_rate),
    "churn_status": Analysis(
        "Churn status", ("customers/churn",), churn_status, {"days": CHURN_DAYS},
        figures="customers/churn-rate",
    ),
    "customer_lifecycle": Analysis(
        "Customer lifecycle", ("customers/churn",), customer_lifecycle,
        figures="customers/churn-rate",
    ),
    "customer_lifetime": Analysis(
        "Customer lifetime", ("customers/order-dates",), customer_lifetime
    ),
    "first_second_delay": Analysis(
        "First–second delay", ("customers/order-dates",), first_second_delay,
        chart=Histogram(x="days_to_second"),
    ),
    "avg_days_between_orders": Analysis(
        "Average days between orders", ("orders/days-between-by-customer",),
        avg_days_between_orders, figures="orders/mean-days-between",
    ),
    "new_vs_returning": Analysis(
        "New vs returning", ("customers/new-vs-returning",), new_vs_returning
    ),
    "monthly_growth": Analysis(
        "Monthly growth", ("revenue/monthly",), monthly_growth, drawn="revenue/growth"
    ),
    "orders_by_hour": Analysis(
        "Orders by hour", ("orders/by-hour",), lambda rows: by_key(rows, "hour", "orders")
    ),
    "orders_by_day_of_week": Analysis(
        "Orders by day of week", ("orders/by-day-of-week",),
        lambda rows: by_key(rows, "weekday", "orders", weekday_name),
        chart=Bars(x="weekday", y="orders"),
    ),
    "orders_by_day_of_month": Analysis(
        "Orders by day of month", ("orders/by-day-of-month",),
        lambda rows: by_key(rows, "day_of_month", "orders"),
        chart=Bars(x="day_of_month", y="orders"),
    ),
    "orders_by_month": Analysis(
        "Orders by month", ("revenue/monthly",),
        lambda rows: by_key(rows, "month", "orders", month_name),
        chart=Bars(x="month", y="orders"),
    ),
    "orders_heatmap": Analysis("Orders heatmap", ("orders/heatmap",), orders_heatmap),
    "revenue_by_hour": Analysis(
        "Revenue by hour", ("revenue/by-hour",), lambda rows: by_key(rows, "hour", "revenue")
    ),
    "avg_order_value_by_hour": Analysis(
        "Average order value by hour", ("orders/value-by-hour",),
        lambda rows: by_key(rows, "hour", "aov"),
    ),
}  # fmt: skip
