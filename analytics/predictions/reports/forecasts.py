"""Reports of the net sales forecast, its accuracy and its basis.

There are forecasts of the whole shop, of each country and of each category. Those of several
countries or categories are added up, and so are the bounds, as if all their errors were correlated.
"""

from functools import reduce

import ibis
from django import forms
from ibis import Table, _
from ibis.common.deferred import Deferred

from analytics.predictions.fit import note_of_fit
from analytics.semantics.calendars import with_every_day
from analytics.semantics.charts import Bars, Fan
from analytics.semantics.filters import WithoutConditions
from analytics.semantics.measures import revenue
from analytics.semantics.periods import FIRST_DAY
from analytics.semantics.report import Column, report
from analytics.semantics.shop import Shop

PAST_PERIODS = 3  # days before the forecast that are shown, as a multiple of its own
STEP_UNITS = {"day": "D", "week": "W", "month": "M"}
LEVELS = (80, 95)
BOUNDS = ("lower_80", "upper_80", "lower_95", "upper_95")
FORECAST = Column("forecast", "money", "Expected net sales of future days.")
# 80 % lie within, 10 % below and 10 % above: so nine of ten exceed the lower bound.
INTERVAL = (
    Column("lower_80", "money", "Net sales exceed this in nine of ten cases.", "Lower 80 %"),
    Column("upper_80", "money", "Net sales stay below this in nine of ten cases.", "Upper 80 %"),
    Column("lower_95", "money", "Net sales exceed this in 39 of 40 cases.", "Lower 95 %"),
    Column("upper_95", "money", "Net sales stay below this in 39 of 40 cases.", "Upper 95 %"),
)
SCOPE_COLUMNS = (
    Column("country", "text", "Empty for all countries."),
    Column("category", "text", "Empty for all categories."),
)


class Forecasts(WithoutConditions):
    """Parameters of forecast reports: refuses combinations without a forecast."""

    def clean(self) -> dict:
        values = super().clean()
        if values.get("category") and (values.get("country") or self.reader.countries is not None):
            self.add_error(
                "category", "There is no forecast of a category within single countries."
            )
        return values


class ForecastPeriods(Forecasts):
    periods = forms.IntegerField(
        required=False,
        initial=30,
        min_value=1,
        max_value=365,
        help_text="Number of days to forecast.",
    )


class ForecastSteps(ForecastPeriods):
    by = forms.ChoiceField(
        required=False,
        choices=[(name, name) for name in STEP_UNITS],
        initial="day",
        help_text="The length of a row: a day, a week starting on Monday, or a month.",
    )


@report(
    "analytics/forecast/revenue",
    Column("date", "date", "The day, or the first day of the week or month."),
    Column("actual", "money", "Net sales of past days."),
    FORECAST,
    *INTERVAL,
    title="Net sales forecast",
    form=ForecastSteps,
    chart=Fan(x="date", y="actual", forecast="forecast", bounds=BOUNDS),
    totals=None,
    note=note_of_fit("forecast"),
)
def revenue_forecast(shop: Shop, periods: int, by: str) -> Table:
    """How much will be sold in the coming days, weeks or months?

    Includes actual net sales before the forecast, for up to three times as many days.
    """
    days = shop.rows_of_scopes("forecast").filter(_.ahead <= periods)
    step = _.date.truncate(STEP_UNITS[by])
    # Widths of single days are counted, those of sums follow a t distribution (intervals.py).
    coming = summed_by_date(with_bounds(days, step, "day" if by == "day" else "sum"))
    past = (
        sales_before(shop, days, PAST_PERIODS * periods)
        .group_by(date=step)
        .agg(actual=_.actual.sum())
    )
    # The current week or month has days of both: they belong in one row.
    both = past.outer_join(coming, "date")
    return both.mutate(date=_.date.coalesce(_.date_right)).order_by("date")


@report(
    "analytics/forecast/total",
    Column("start", "date", "The first day of the forecast."),
    Column("end", "date", "The last day of the forecast."),
    FORECAST,
    *INTERVAL,
    Column("before", "money", "Net sales of the same number of days before.", "Days before"),
    title="Net sales forecast total",
    form=ForecastPeriods,
    totals=None,
    note=note_of_fit("forecast"),
    key=(),
)
def total_forecast(shop: Shop, periods: int) -> Table:
    """How much will be sold in total over the coming days?

    The bounds are narrower than the sum of the daily bounds, because good and bad days cancel
    each other out.
    """
    days = shop.rows_of_scopes("forecast").filter(_.ahead <= periods)
    total = summed_by_date(with_bounds(days, ibis.literal("all"), "sum"))
    dates = days.agg(start=_.date.min(), end=_.date.max())
    before = sales_before(shop, days, periods).agg(before=_.actual.sum())
    # An aggregate of no rows is a row of nulls: without a forecast there shall be none.
    return dates.cross_join(total, before).filter(_.start.notnull())


@report(
    "analytics/forecast/backtest",
    Column("model", "text", "The naive model, which repeats the last week, comes first."),
    *SCOPE_COLUMNS,
    Column("averaged", "text", "Whether this model is part of the averaged forecast."),
    Column("wape", "share", "Sum of absolute errors ÷ sales.", "WAPE"),
    Column(
        "mape", "share", "Mean of the daily absolute errors, as a share of the day's sales.", "MAPE"
    ),
    Column("mase", "number", "Errors ÷ the usual change from one week to the next.", "MASE"),
    Column("bias", "share", "(Forecast − sales) ÷ sales: below 0 the forecast was too low."),
    Column("within_80", "share", "Share of days within the 80 % bounds.", "Within 80 %"),
    Column("within_95", "share", "Share of days within the 95 % bounds.", "Within 95 %"),
    Column("days", "count", "Length of each forecast window, in days."),
    Column("seconds", "number", "Time that the model's forecasts took."),
    title="Forecast accuracy",
    form=Forecasts,
    chart=Bars(x="model", y="wape", ranked=True),
    totals=None,
    note=note_of_fit("forecast"),
    key=("model", "country", "category"),
)
def backtest(shop: Shop) -> Table:
    """How far off were forecasts of past days, made without knowing the outcome?

    Models whose error is close to the best one are averaged, because no single model is best
    everywhere.
    """
    tests = shop.named(shop.rows_of_scopes("forecast_tests"))
    tests = with_category(shop, tests).mutate(averaged=_.averaged.ifelse("yes", "no"))
    return tests.order_by("country", "category", "turn")


@report(
    "analytics/forecast/basis",
    *SCOPE_COLUMNS,
    Column("last_day", "date", "The last complete day of sales."),
    Column("selling_days", "count", "Days with sales."),
    Column("basis", "text", "The averaged models, or what is missing for a forecast."),
    title="Forecast inputs",
    form=Forecasts,
    totals=None,
    note=note_of_fit("forecast"),
    key=("country", "category"),
)
def basis(shop: Shop) -> Table:
    """Which models and how many days of sales is each forecast based on?

    Where there is no forecast, the report says what is missing.
    """
    rows = shop.named(shop.rows_of_scopes("forecast_basis"))
    return with_category(shop, rows).order_by("country", "category")


def with_bounds(days: Table, step: Deferred, kind: str) -> Table:
    """For each forecast and step the sum of its days, with bounds.

    The variance of a sum has two parts (see methods/intervals.py): the level is wrong for all days
    alike, errors of single days are independent. Of logarithms, both are relative to the sum.
    """
    sums = days.group_by("country_id", "category_id", date=step).agg(
        forecast=_.forecast.sum(),
        squares=(_.forecast * _.forecast).sum(),
        middle=_.ahead.mean(),
        number=_.count(),
        # The same on all days of a forecast: `any` and `max` only make aggregates of them.
        relative=_.relative.any(),
        **{name: _[name].max() for name in ("growth", "alone")},
        **{f"width_{level}": _[f"{kind}_{level}"].max() for level in LEVELS},
    )
    level = _.growth * _.middle
    level_variance = _.relative.ifelse(level, level * _.number * _.number)
    day_variance = _.relative.ifelse(
        _.alone * _.squares / (_.forecast * _.forecast).nullif(0.0), _.alone * _.number
    )
    sums = sums.mutate(deviation=(level_variance + day_variance).fill_null(0.0).sqrt())
    return reduce(with_bound, LEVELS, sums)


def with_bound(sums: Table, level: int) -> Table:
    width = _[f"width_{level}"] * _.deviation
    above, below = _.forecast + width, (_.forecast - width).clip(lower=0)
    return sums.mutate(
        **{
            f"lower_{level}": _.relative.ifelse(_.forecast * (-width).exp(), below),
            f"upper_{level}": _.relative.ifelse(_.forecast * width.exp(), above),
        }
    )


def summed_by_date(forecasts: Table) -> Table:
    return forecasts.group_by("date").agg(
        {name: forecasts[name].sum() for name in ("forecast", *BOUNDS)}
    )


def sales_before(shop: Shop, days: Table, count: int) -> Table:
    """Net sales of the days before the forecast, within the period."""
    first = days.date.min().coalesce(ibis.literal(FIRST_DAY)).as_scalar()
    past = with_every_day(shop, shop.orders).group_by(date=_.day).agg(actual=revenue)
    return past.filter(_.date < first, _.date >= first - ibis.interval(days=count))


def with_category(shop: Shop, table: Table) -> Table:
    names = shop.products.select("category_id", "category").distinct()
    return table.left_join(names, "category_id").drop("category_id_right")
