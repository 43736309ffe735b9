"""The panels of the overview: what its template shows of each answer."""

from datetime import date
from typing import Any

from django.utils import timezone

from analytics.pages import inline_svg, world_map
from analytics.pages.report_links import ReportLinks
from analytics.query.answer import Answer
from analytics.semantics.columns import Column
from analytics.semantics.comparison import growth
from analytics.semantics.kinds import display

TILES = ("revenue", "orders", "aov", "customers", "returning_rate", "return_rate")
BAD_WHEN_HIGHER = ("return_rate", "returns")
NEITHER_GOOD_NOR_BAD = ("discounts", "guests")
COUNTRIES_SHOWN, LOW_STOCK_SHOWN = 10, 8


def panels_context(
    answers: dict[str, Answer], forecast: tuple[tuple, ...], may_list_orders: bool
) -> dict:
    days = answers["days"]
    links = {name: ReportLinks(answer, may_list_orders) for name, answer in answers.items()}
    return {
        "answer": answers["kpis"],
        "tiles": [kpi_tile(name, links["kpis"], days) for name in TILES],
        "chart": revenue_chart(links["days"], forecast),
        "products": ranked_rows(links["products"], "revenue"),
        "countries": ranked_rows(links["countries"], "revenue")[:COUNTRIES_SHOWN],
        "world": world_map.map_context(links["countries"]),
        "retention": retention_heatmap(links["retention"]),
        "hours": hours_heatmap(links["hours"]),
        "new": ranked_rows(links["new"], "new_customers"),
        "low": answers["low"].rows[:LOW_STOCK_SHOWN],
    }


def kpi_tile(name: str, links: ReportLinks, days: Answer) -> dict:
    kpis = links.answer
    column = next(column for column in kpis.columns if column.name == name)
    now = kpis.rows[0][name]
    # If the shop opened within the earlier period, everything would look like growth.
    is_comparable = kpis.before and kpis.comparison and kpis.comparison.is_known
    before = kpis.before.rows[0][name] if kpis.before and is_comparable else None
    return {
        "column": column,
        "value": display(now, column.kind),
        "link": links.row_link(kpis.rows[0], name),
        **change(now, before, column),
        "spark": daily_sparkline(name, days),
    }


def daily_sparkline(name: str, days: Answer) -> Any:
    """None of a figure that is not known by day."""
    if name not in {column.name for column in days.columns}:
        return None
    # Without the day that is not over, which would end each line in a fall.
    return inline_svg.sparkline([row[name] for row in days.rows[: finished_days(days)]])


def change(now: Any, before: Any, column: Column) -> dict[str, str]:
    """Against the earlier period: in value, and in percent or, for a share, in points."""
    if now is None or before is None:
        return {"change": "", "mood": ""}
    less_is_good = column.name in BAD_WHEN_HIGHER
    mood = "good" if (now > before) != less_is_good else "bad"
    if now == before or column.name in NEITHER_GOOD_NOR_BAD:
        mood = ""
    if column.kind == "share":
        # Percent of a percentage would be misread: from 10 % to 12 % is 2 points, not 20 %.
        return {"change": f"{(now - before) * 100:+.1f} pt", "mood": mood}
    rate = growth(now, before)
    # Growth on a base of zero or less is no number, see `growth`.
    percent = f"{rate * 100:+.1f} %" if rate is not None else "–" if before else "new"
    sign = "+" if now > before else ""
    difference = sign + display(now - before, column.kind)
    return {"change": percent, "difference": difference, "mood": mood}


def finished_days(days: Answer) -> int | None:
    """How many of the days are over, or None for all; one that is not would look like a fall."""
    if days.is_over:
        return None
    today = timezone.localdate()
    return sum(row["date"] < today for row in days.rows)


def revenue_chart(links: ReportLinks, forecast: tuple[tuple, ...]) -> dict:
    days = links.answer
    previous = days.with_earlier[1]["revenue_before"].to_pylist() if days.before else []
    # The chart draws no points for more days: their titles and links would be made for nothing.
    dotted = days.rows if len(days.rows) <= inline_svg.MANY_DAYS else []
    return inline_svg.line_chart(
        days=[row["date"] for row in days.rows],
        values=[row["revenue"] for row in days.rows],
        previous=previous,
        titles=[day_title(row) for row in dotted],
        links=[links.row_link(row) for row in dotted],
        finished_days=finished_days(days),
        forecast=forecast,
    )


def day_title(row: dict) -> str:
    return f"{row['date']:%a %-d %b %Y}: {display(row['revenue'], 'money')}"


def ranked_rows(links: ReportLinks, name: str) -> list[dict]:
    """Rows with the length of their bar, and the orders behind them."""
    answer = links.answer
    largest = max((row[name] or 0 for row in answer.rows), default=0)
    return [
        {
            **displayed_row(answer, row),
            "share": inline_svg.bar_percent(row[name], largest),
            "link": links.row_link(row),
        }
        for row in answer.rows
    ]


def displayed_row(answer: Answer, row: dict) -> dict[str, str]:
    return {column.name: display(row[column.name], column.kind) for column in answer.columns}


def retention_heatmap(links: ReportLinks) -> dict:
    """A row a cohort, a cell a month since: the darker, the more came back."""
    cohorts: dict[date, list[dict]] = {}
    for row in links.answer.rows:
        # Of 100 %, not of the largest cell, which is always the first month of a cohort.
        level = inline_svg.heat_level(row["retention"], 1)
        link = links.row_link(row, "retention")
        cell = {"text": f"{row['retention']:.0%}", "shade": level, "link": link}
        cohorts.setdefault(row["cohort"], []).append(cell)
    ages = range(max(map(len, cohorts.values()), default=0))
    return {"ages": ages, "rows": [(f"{month:%b %Y}", cells) for month, cells in cohorts.items()]}


def hours_heatmap(links: ReportLinks) -> dict:
    """A row a weekday, a cell an hour, and the hour with the most orders."""
    answer = links.answer
    busiest = max(answer.rows, key=lambda row: row["orders"], default=None)
    most = busiest["orders"] if busiest else 0
    days: dict[str, list[dict]] = {}
    for row in answer.rows:
        cell = {
            "title": f"{hour_label(row)}: {row['orders']:,} orders",
            "shade": inline_svg.heat_level(row["orders"], most),
            "link": links.row_link(row, "orders"),
        }
        days.setdefault(display(row["weekday"], "weekday"), []).append(cell)
    label = hour_label(busiest) if busiest and most else ""
    return {"rows": days.items(), "hours": range(24), "busiest": label}


def hour_label(row: dict) -> str:
    return f"{display(row['weekday'], 'weekday')} {display(row['hour'], 'hour')}"
