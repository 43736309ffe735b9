"""The main chart of Home: a figure over time, beside its earlier one, and what is expected of it.

Lines are drawn in a plane of 1000 by 240 that is as wide as the page. Texts and marks have their
place in percent of the width, so that they keep their size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from analytics.faces.drawings.labels import compact_text, full_text
from analytics.pages.inline_svg import Number, Point, area_path, axis_ticks, band_path, line_path
from analytics.pages.report_links import ReportLinks
from analytics.pages.tiles import change, finished_spans
from analytics.query.answer import Answer
from analytics.semantics.columns import Column
from analytics.semantics.kinds import display

WIDTH, HEIGHT = 1000, 240
MOST_LABELS = 5
FORECAST_DAYS = 30  # at most, and half as many as the period has
MOST_POINTS = 400  # more are too close to be pointed at
AXIS_DATES = {"date": "%-d %b", "week": "%-d %b", "month": "%b %Y"}
Forecast = tuple[date, Number, Number, Number]  # day, value, lower and upper bound


@dataclass(frozen=True)
class Plane:
    count: int  # of places from left to right
    bottom: float
    top: float

    def x(self, place: float) -> float:
        """In percent of the width."""
        return round(100 * place / max(1, self.count - 1), 2)

    def y(self, value: Number) -> float:
        share = (float(value) - self.bottom) / (self.top - self.bottom)
        return round(HEIGHT * (1 - share), 1)

    def points(self, values: Sequence[Number | None], first: int = 0) -> list[Point | None]:
        return [
            None if value is None else (round(self.x(first + i) * WIDTH / 100, 1), self.y(value))
            for i, value in enumerate(values)
        ]


def main_chart(links: ReportLinks, column: Column, forecast: Sequence[Forecast] = ()) -> dict:
    answer, finished = links.answer, finished_spans(links.answer)
    values = [row[column.name] for row in answer.rows]
    before = earlier_rows(answer)
    previous = [row[column.name] if row else None for row in before]
    # The forecast starts at the last span that is over.
    joint = finished - 1
    count = max(len(values), joint + len(forecast) + 1)
    plane = plane_of(count, [*values, *previous, *(day[3] for day in forecast)])
    line = plane.points(values)
    return {
        "label": column.label,
        "points": points_of(links, column, before, finished, plane),
        "line": line_path(line[:finished]),
        "area": area_path(line[:finished], plane.y(max(plane.bottom, 0))),
        "previous": line_path(plane.points(previous)),
        **forecast_paths(plane, joint, values, forecast),
        "grid": grid_lines(plane, column, answer.currency),
        "labels": date_labels(plane, answer),
        "last": plane.count - 1,
        **unfinished_span(plane, values, finished, column, answer.currency),
        "so_far": full_text(values[finished], column.kind, answer.currency)
        if finished < len(values)
        else "",
    }


def plane_of(count: int, values: Sequence[Number | None]) -> Plane:
    known = [float(value) for value in values if value is not None]
    bottom = min([0, *known])
    top = float(axis_ticks(max([0, *known]), 4)[-1]) or 1.0
    return Plane(count, bottom, top)


def earlier_rows(answer: Answer) -> list[dict[str, Any] | None]:
    """For each row the one that it is compared with."""
    rows = answer.before.rows if answer.before else []
    return [None if place is None else rows[place] for place in answer.matches.to_pylist()]


def points_of(
    links: ReportLinks,
    column: Column,
    before: Sequence[dict[str, Any] | None],
    finished: int,
    plane: Plane,
) -> list[dict[str, Any]]:
    """What the table says, and what one reads at each place of the line."""
    answer = links.answer
    if len(answer.rows) > MOST_POINTS:
        return []
    # Nothing is known of what comes after the span that is not over.
    begun = [*zip(answer.rows, before, strict=True)][: finished + 1]
    time, currency, found = answer.columns[0], answer.currency, []
    for i, (row, then) in enumerate(begun):
        value, earlier = row[column.name], then[column.name] if then else None
        found.append(
            {
                "time": time_text(row[time.name], time.kind),
                "value": full_text(value, column.kind, currency),
                "earlier_time": time_text(then[time.name], time.kind) if then else "",
                "earlier": full_text(earlier, column.kind, currency) if then else "",
                # A span that is not over would be compared with a whole one.
                **(change(value, earlier, column) if i < finished else {}),
                "is_over": i < finished,
                "x": plane.x(i),
                "y": None if value is None else plane.y(value),
                "earlier_y": None if earlier is None else plane.y(earlier),
                "link": links.row_link(row, column.name),
            }
        )
    return found


def time_text(value: date, kind: str) -> str:
    return f"{value:%a %-d %b %Y}" if kind == "date" else display(value, kind)


def grid_lines(plane: Plane, column: Column, currency: str) -> list[tuple[float, str]]:
    ticks = axis_ticks(plane.top, 4)
    return [(plane.y(tick), compact_text(tick, column.kind, currency)) for tick in ticks]


def date_labels(plane: Plane, answer: Answer) -> list[tuple[float, str, str]]:
    """Evenly apart, with the side on which each is anchored, so that none reaches beyond the
    edges."""
    time, rows = answer.columns[0], answer.rows
    step = max(1, -(-plane.count // MOST_LABELS))
    found = []
    for place in range(0, plane.count, step):
        is_known = place < len(rows)
        day = rows[place][time.name] if is_known else rows[0][time.name] + timedelta(place)
        anchor = "end" if place == plane.count - 1 and place else "middle" if place else "start"
        found.append((plane.x(place), anchor, format(day, AXIS_DATES[time.kind])))
    return found


def unfinished_span(
    plane: Plane, values: Sequence[Number | None], finished: int, column: Column, currency: str
) -> dict:
    """The place of the span that is not over: it is hatched, and its value is a ring beside the
    line, not a fall of it."""
    if finished >= len(values):
        return {}
    left, right = max(0, plane.x(finished - 0.5)), min(100, plane.x(finished + 0.5))
    value = values[finished]
    return {
        "hatch": (left, round(right - left, 2)),
        # Where nothing has happened yet, a ring would say nothing.
        "ring": (plane.x(finished), plane.y(value)) if value else None,
        "so_far": full_text(value, column.kind, currency),
    }


# The forecast


def forecast_paths(
    plane: Plane, joint: int, values: Sequence[Number | None], forecast: Sequence[Forecast]
) -> dict[str, str]:
    if not forecast:
        return {"forecast": "", "band": ""}
    _days, expected, lower, upper = zip(*forecast, strict=True)
    line, low, high = (
        plane.points([values[joint], *bound], joint) for bound in (expected, lower, upper)
    )
    return {"forecast": line_path(line), "band": band_path(low, high)}


def forecast_of(days: Answer, forecast: Answer | None) -> list[Forecast]:
    """From the day after the last one that is over; none where the report has no model for these
    filters, or where days are missing between its model's last one and the line."""
    finished = finished_spans(days)
    if forecast is None or finished < 2:
        return []
    last = days.rows[finished - 1]["date"]
    rows = [row for row in forecast.rows if row["date"] > last and row["forecast"] is not None]
    if not rows or rows[0]["date"] > last + timedelta(1):
        return []
    names = ("date", "forecast", "lower_80", "upper_80")
    count = min(FORECAST_DAYS, finished // 2)
    return [tuple(row[name] for name in names) for row in rows[:count]]


def reaches_today(days: Answer) -> bool:
    """Whether a forecast could go on from the end of the period."""
    return bool(days.rows) and days.rows[-1]["date"] >= timezone.localdate() - timedelta(1)
