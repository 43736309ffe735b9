"""Figures as tiles: the value, its change since an earlier period, and its line by day."""

from typing import Any

from django.utils import timezone

from analytics.pages import inline_svg
from analytics.pages.report_links import ReportLinks
from analytics.query.answer import Answer
from analytics.semantics.columns import Column
from analytics.semantics.comparison import growth
from analytics.semantics.kinds import display
from analytics.semantics.periods import last_day_of

BAD_WHEN_HIGHER = ("return_rate", "returns")
NEITHER_GOOD_NOR_BAD = ("discounts", "guests")


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
        "before": "" if before is None else display(before, column.kind),
        **change(now, before, column),
        "spark": daily_sparkline(name, days),
    }


def daily_sparkline(name: str, days: Answer) -> Any:
    """None of a figure that is not known by day."""
    if name not in {column.name for column in days.columns}:
        return None
    # Without the day that is not over, which would end each line in a fall.
    return inline_svg.sparkline([row[name] for row in days.rows[: finished_spans(days)]])


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


def finished_spans(answer: Answer) -> int:
    """How many of the days, weeks or months are over; one that is not would look like a fall."""
    time, today = answer.columns[0], timezone.localdate()
    if answer.is_over:
        return len(answer.rows)
    return sum(last_day_of(time.kind, row[time.name]) < today for row in answer.rows)
