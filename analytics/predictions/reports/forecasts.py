"""What will be sold, how sure that is, on what it rests, and how such forecasts did before.

Forecasts are made for the whole shop, for each country and for each category. Those of several
countries or categories are added up, bounds too: as though all of them erred the same way.
"""

from functools import reduce

import ibis
from django import forms
from ibis import Table, _
from ibis.common.deferred import Deferred

from analytics.predictions.fit import note_of
from analytics.semantics.charts import Bars, Fan
from analytics.semantics.filters import Filters
from analytics.semantics.measures import revenue
from analytics.semantics.periods import FIRST_DAY
from analytics.semantics.report import Column, report
from analytics.semantics.shop import Shop

SHOWN = 3  # times as many days before the forecast as in it
STEPS = {"day": "D", "week": "W", "month": "M"}
LEVELS = (80, 95)
BOUNDS = ("lower_80", "upper_80", "lower_95", "upper_95")
FORECAST = Column("forecast", "money", "Revenue expected of the days that are to come.")
INTERVAL = (
    Column("lower_80", "money", "It will be more, nine times in ten.", "Lower 80 %"),
    Column("upper_80", "money", "It will be less, nine times in ten.", "Upper 80 %"),
    Column("lower_95", "money", "It will be more, 39 times in forty.", "Lower 95 %"),
    Column("upper_95", "money", "It will be less, 39 times in forty.", "Upper 95 %"),
)
OF_WHAT = (
    Column("country", "text", "Nothing if it is of all countries."),
    Column("category", "text", "Nothing if it is of all categories."),
)


class Forecasts(Filters):
    """The parameters of reports about forecasts: there is none for what nobody fitted."""

    def clean(self):
        given = super().clean()
        if given.get("category") and (given.get("country") or self.reader.countries is not None):
            self.add_error(
                "category",
                "There are forecasts of countries, and of categories in all countries together; "
                "none of a category in some countries.",
            )
        return given


class Ahead(Forecasts):
    periods = forms.IntegerField(
        required=False,
        initial=30,
        min_value=1,
        max_value=365,
        help_text="How many days are forecast.",
    )


class Steps(Ahead):
    by = forms.ChoiceField(
        required=False,
        choices=[(name, name) for name in STEPS],
        initial="day",
        help_text="What a row is: a day, a week that begins on Monday, or a month.",
    )


@report(
    "analytics/forecast/revenue",
    Column("date", "date", "The day, or the first of the week or of the month."),
    Column("actual", "money", "Revenue of the days that are over."),
    FORECAST,
    *INTERVAL,
    title="Revenue forecast",
    form=Steps,
    chart=Fan(x="date", y="actual", forecast="forecast", bounds=BOUNDS),
    totals=None,
    note=note_of("forecast"),
)
def revenue_ahead(shop, periods, by):
    """How much will be sold in the next days, weeks or months? Beside the forecast stand the days
    of the period before it, at most three times as many."""
    days = shop.rows_of_scopes("forecast").filter(_.ahead <= periods)
    step = _.date.truncate(STEPS[by])
    to_come = added_up(bounded(days, step, "day" if by == "day" else "sum"))
    over = just_before(shop, days, SHOWN * periods).group_by(date=step).agg(actual=_.actual.sum())
    both = over.outer_join(to_come, "date")
    return both.mutate(date=_.date.coalesce(_.date_right)).order_by("date")


@report(
    "analytics/forecast/total",
    Column("start", "date", "The first day of the forecast."),
    Column("end", "date", "The last day of the forecast."),
    FORECAST,
    *INTERVAL,
    Column("before", "money", "Revenue of as many days before.", "Days before"),
    title="Revenue forecast in all",
    form=Ahead,
    totals=None,
    note=note_of("forecast"),
    key=(),
)
def total_ahead(shop, periods):
    """How much will be sold in the next days altogether? The bounds are narrower than those of the
    days together, since good days and bad ones even out."""
    days = shop.rows_of_scopes("forecast").filter(_.ahead <= periods)
    total = added_up(bounded(days, ibis.literal("all"), "sum"))
    dates = days.agg(start=_.date.min(), end=_.date.max())
    before = just_before(shop, days, periods).agg(before=_.actual.sum())
    return dates.cross_join(total, before).filter(_.start.notnull())


@report(
    "analytics/forecast/backtest",
    Column("model", "text", "The naive one first, which repeats the last week."),
    *OF_WHAT,
    Column("averaged", "text", "Whether the forecast is the mean of this one and others."),
    Column("wape", "share", "Errors ÷ sales: how much of the sales was forecast wrongly.", "WAPE"),
    Column("mape", "share", "Mean of each day's error as a share of its sales.", "MAPE"),
    Column("mase", "number", "Errors ÷ usual changes from one week to the next.", "MASE"),
    Column("bias", "share", "Forecast − sales, as a share of the sales: below 0 it was too low."),
    Column("within_80", "share", "Days that lay within the 80 % bounds.", "Within 80 %"),
    Column("within_95", "share", "Days that lay within the 95 % bounds.", "Within 95 %"),
    Column("days", "count", "Length of each window that was forecast."),
    Column("seconds", "number", "What its forecasts took."),
    title="How good forecasts were",
    form=Forecasts,
    chart=Bars(x="model", y="wape", ranked=True),
    totals=None,
    note=note_of("forecast"),
    key=("model", "country", "category"),
)
def backtest(shop):
    """How far were forecasts off that were made in the past, without knowing what came after? The
    models that come close to the best one are averaged: no single one is good everywhere."""
    tests = shop.named(shop.rows_of_scopes("forecast_tests"))
    tests = with_category(shop, tests).mutate(averaged=_.averaged.ifelse("yes", "no"))
    return tests.order_by("country", "category", "turn")


@report(
    "analytics/forecast/basis",
    *OF_WHAT,
    Column("last_day", "date", "The last whole day that was known."),
    Column("selling_days", "count", "Days on which something was sold."),
    Column("basis", "text", "The models that are averaged, or what is missing."),
    title="What forecasts rest on",
    form=Forecasts,
    totals=None,
    note=note_of("forecast"),
    key=("country", "category"),
)
def basis(shop):
    """Of which models was the forecast made, from how many days? Or what is missing?"""
    rests = shop.named(shop.rows_of_scopes("forecast_basis"))
    return with_category(shop, rests).order_by("country", "category")


def bounded(days: Table, step: Deferred, kind: str) -> Table:
    """For each forecast and step the sum of its days and its bounds (see methods/intervals.py)."""
    sums = days.group_by("country_id", "category_id", date=step).agg(
        forecast=_.forecast.sum(),
        squares=(_.forecast * _.forecast).sum(),
        middle=_.ahead.mean(),
        number=_.count(),
        relative=_.relative.any(),
        **{name: _[name].max() for name in ("growth", "alone")},
        **{f"width_{level}": _[f"{kind}_{level}"].max() for level in LEVELS},
    )
    level = _.growth * _.middle
    shared = _.relative.ifelse(level, level * _.number * _.number)
    own = _.relative.ifelse(
        _.alone * _.squares / (_.forecast * _.forecast).nullif(0.0), _.alone * _.number
    )
    sums = sums.mutate(deviation=(shared + own).fill_null(0.0).sqrt())
    return reduce(with_bounds, LEVELS, sums)


def with_bounds(sums: Table, level: int) -> Table:
    width = _[f"width_{level}"] * _.deviation
    above, below = _.forecast + width, (_.forecast - width).clip(lower=0)
    return sums.mutate(
        **{
            f"lower_{level}": _.relative.ifelse(_.forecast * (-width).exp(), below),
            f"upper_{level}": _.relative.ifelse(_.forecast * width.exp(), above),
        }
    )


def added_up(forecasts: Table) -> Table:
    return forecasts.group_by("date").agg(
        {name: forecasts[name].sum() for name in ("forecast", *BOUNDS)}
    )


def just_before(shop: Shop, days: Table, count: int) -> Table:
    """The sales of the days before the forecast, as far as the period has them."""
    first = days.date.min().coalesce(ibis.literal(FIRST_DAY)).as_scalar()
    over = shop.with_every_day(shop.orders).group_by(date=_.day).agg(actual=revenue)
    return over.filter(_.date < first, _.date >= first - ibis.interval(days=count))


def with_category(shop: Shop, table: Table) -> Table:
    names = shop.products.select("category_id", "category").distinct()
    return table.left_join(names, "category_id").drop("category_id_right")
