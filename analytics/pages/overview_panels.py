"""The panels of the overview: what its template shows of each answer."""

from datetime import date
from typing import Any

from django.utils import timezone

from analytics.pages import inline_svg
from analytics.pages.main_chart import earlier_rows, forecast_of, main_chart, reaches_today
from analytics.pages.report_links import ReportLinks
from analytics.pages.tiles import change, kpi_tile
from analytics.query.answer import Answer
from analytics.semantics.kinds import display

TILES = ("revenue", "orders", "aov", "customers", "returning_rate", "return_rate", "margin")
COUNTRIES_SHOWN, STOCK_SHOWN = 8, 8
URGENT_DAYS, SOON_DAYS = 2, 7
NO_FORECAST = "No forecast: there are too few sales so far, or none for these filters."


def panels_context(answers: dict[str, Answer], view: dict[str, str], may_list_orders: bool) -> dict:
    days = answers["days"]
    links = {name: ReportLinks(answer, may_list_orders) for name, answer in answers.items()}
    return {
        "answer": answers["kpis"],
        "tiles": [kpi_tile(name, links["kpis"], days) for name in TILES],
        "costs_known": costs_known(answers["kpis"]),
        "chosen": view["chart"],
        "chart": chart_context(links, view),
        "products": ranked_rows(links["products"], "revenue"),
        "countries": ranked_rows(links["countries"], "revenue")[:COUNTRIES_SHOWN],
        "retention": retention_heatmap(links["retention"]),
        "hours": hours_heatmap(links["hours"]),
        **stock_context(answers),
    }


def costs_known(kpis: Answer) -> str:
    """Of which share of net sales the margin is."""
    uncosted = kpis.rows[0]["uncosted"]
    return display(1 - uncosted, "share") if uncosted else ""


def chart_context(links: dict[str, ReportLinks], view: dict[str, str]) -> dict[str, Any]:
    """The figure over days, weeks or months; the forecast is one of net sales by day."""
    spans, kpis = links.get("spans", links["days"]), links["kpis"]
    column = next(c for c in kpis.answer.columns if c.name == view["chart"])
    days, has_forecast = links["days"].answer, (view["chart"], view["grain"]) == ("revenue", "day")
    known = links["forecast"].answer if "forecast" in links else None
    forecast = forecast_of(days, known) if has_forecast else []
    row = kpis.answer.rows[0]
    return {
        **main_chart(spans, column, forecast),
        "card": "spans" if "spans" in links else "days",
        "grain": view["grain"],
        "definition": column.definition,
        "total": display(row[column.name], column.kind),
        "link": kpis.row_link(row, column.name),
        "period": days.period.text,
        "earlier": days.comparison.earlier.text if days.comparison else "",
        "note": NO_FORECAST if has_forecast and not forecast and reaches_today(days) else "",
    }


def stock_context(answers: dict[str, Answer]) -> dict[str, Any]:
    """What runs out first, by the demand that is known; without it, what is low."""
    if "stock" in answers:
        known = [row for row in answers["stock"].rows if row["runs_out"]]
        known.sort(key=lambda row: (row["runs_out"], row["product_id"]))
        if known:
            return {"stock": [stock_row(answers["stock"], row) for row in known[:STOCK_SHOWN]]}
    low = answers["low"]
    return {"low": [displayed_row(low, row) for row in low.rows[:STOCK_SHOWN]]}


def stock_row(answer: Answer, row: dict) -> dict[str, Any]:
    left = (row["runs_out"] - timezone.localdate()).days
    mood = "bad" if left <= URGENT_DAYS else "warn" if left <= SOON_DAYS else ""
    return {
        **displayed_row(answer, row),
        "left": f"{left} day{'' if left == 1 else 's'}",
        "mood": mood,
    }


def ranked_rows(links: ReportLinks, name: str) -> list[dict]:
    """Rows with the length of their bar, their change, and the orders behind them."""
    answer = links.answer
    before, column = earlier_rows(answer), next(c for c in answer.columns if c.name == name)
    largest = max((row[name] or 0 for row in answer.rows), default=0)
    return [
        {
            **displayed_row(answer, row),
            "share": inline_svg.bar_percent(row[name], largest),
            "link": links.row_link(row),
            **(change(row[name], then[name], column) if then else {}),
        }
        for row, then in zip(answer.rows, before, strict=True)
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
