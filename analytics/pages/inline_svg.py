"""Small charts that the server draws into its pages: points and shares, which templates turn into
SVG. They need no script, and no style attribute that the content policy would block."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

Number = Decimal | float | int
Point = tuple[float, float]

LEFT, WIDTH, HEIGHT, FOOT = 64, 1000, 240, 24  # of a line chart, in its own units
MANY_DAYS = 200  # from here on points are too close to be pointed at


def points(
    values: Sequence[Number | None],
    width: float,
    height: float,
    top: float | None = None,
    bottom: float = 0,
) -> list[Point | None]:
    """Where each value is; None where there is none. The largest touches the top."""
    known = [float(value) for value in values if value is not None]
    # Below 0 on a day on which more was given back than sold.
    bottom = min([bottom, *known])
    top = max([bottom, *known]) if top is None else top
    step = width / max(1, len(values) - 1)
    scale = height / (top - bottom) if top > bottom else 0
    return [
        None
        if value is None
        # A tenth of a unit is less than a pixel, and more digits would only make the page larger.
        else (round(i * step, 1), round(height - (float(value) - bottom) * scale, 1))
        for i, value in enumerate(values)
    ]


def line_path(places: Sequence[Point | None]) -> str:
    """The `d` of a line through these points, with a gap where there is none."""
    commands, command = [], "M"
    for place in places:
        if place is None:
            command = "M"
            continue
        commands.append(f"{command}{place[0]} {place[1]}")
        command = "L"
    return " ".join(commands)


def area_path(places: Sequence[Point | None], height: float) -> str:
    """The area between the line and the ground; empty for fewer than two points."""
    known = [place for place in places if place is not None]
    if len(known) < 2:
        return ""
    return f"{line_path(known)} L{known[-1][0]} {height} L{known[0][0]} {height} Z"


def band_path(lower: Sequence[Point | None], upper: Sequence[Point | None]) -> str:
    """The area between two lines."""
    known = [place for place in [*upper, *reversed(lower)] if place]
    return f"{line_path(known)} Z" if len(known) > 2 else ""


def sparkline(values: Sequence[Number | None], width: int = 120, height: int = 30) -> dict:
    places = points(thinned(values, width), width, height)
    return {
        "line": line_path(places),
        "area": area_path(places, height),
        # Two units more on either side: at its extremes half of the line's width is outside.
        "box": f"0 -2 {width} {height + 4}",
    }


def thinned(values: Sequence[Number | None], most: int) -> list[Number | None]:
    """The means of as many neighbours as it takes to have at most so many values."""
    # More points than units are not seen: they only take time and make the page larger.
    step = -(-len(values) // most) or 1
    groups = (values[start : start + step] for start in range(0, len(values), step))
    return [mean_of([value for value in group if value is not None]) for group in groups]


def mean_of(values: list[Number]) -> Number | None:
    return sum(map(float, values)) / len(values) if values else None


def bar_percent(value: Number | None, largest: Number) -> int:
    """Percent of the largest, for the length of a bar."""
    # More given back than sold: a bar has no length for it, the number beside it says so.
    if not value or not largest or largest < 0 or value < 0:
        return 0
    return round(100 * value / largest)  # type: ignore[operator]  # both are of one type


def heat_level(value: Number | None, largest: Number) -> int:
    """0 to 9: how dark a cell of a heatmap is. Only nothing at all is 0."""
    if not value or not largest or value < 0:
        return 0
    return max(1, min(9, round(9 * float(value) / float(largest))))


def axis_ticks(top: float, count: int = 5) -> list[Decimal]:
    """Round numbers from 0 to a little above the top."""
    if top <= 0:
        return [Decimal(0)]
    raw = Decimal(top) / count
    magnitude = Decimal(10) ** (raw.adjusted())
    step = next(
        size * magnitude
        for size in map(Decimal, ("1", "2", "2.5", "5", "10"))
        if size * magnitude >= raw
    )
    return [step * turn for turn in range(count + 1)]


def line_chart(
    days: Sequence[date],
    values: Sequence[Number | None],
    previous: Sequence[Number | None],
    titles: Sequence[str],
    links: Sequence[str],
    date_format: str = "%-d %b",
) -> dict:
    """A line over days above a grid with round numbers, and a fainter one for the previous
    period."""
    known = [float(value) for value in [*values, *previous] if value is not None]
    ticks = axis_ticks(max(known, default=0))
    # 1 where nothing was sold: it is divided by.
    top, width = float(ticks[-1]) or 1.0, WIDTH - LEFT

    def places(line: Sequence[Number | None]) -> list[Point | None]:
        return points([*line, *[None] * (len(days) - len(line))], width, HEIGHT, top)

    line = places(values)
    dots = zip(line, titles, links, strict=True) if len(days) <= MANY_DAYS else ()
    return {
        "box": f"0 -8 {width} {HEIGHT + FOOT + 8}",
        "axis_box": f"{-LEFT} -8 {LEFT} {HEIGHT + FOOT + 8}",
        "right": width,
        "line": line_path(line),
        "area": area_path(line, HEIGHT),
        "previous": line_path(places(previous)),
        "grid": [(grid_y(tick, top), short_number(tick)) for tick in ticks],
        "labels": date_labels(days, width, date_format),
        "dots": [(*place, title, link) for place, title, link in dots if place],
        "foot": HEIGHT + FOOT - 6,
    }


def grid_y(tick: Decimal, top: float) -> float:
    return round(HEIGHT - float(tick) / top * HEIGHT, 1)


def date_labels(
    days: Sequence[date], width: float, date_format: str
) -> list[tuple[float, str, str]]:
    """At most ten days along the axis, evenly apart, with the side on which each is anchored, so
    that none reaches beyond the edges."""
    # Rounded up: rounded down, 19 days would have 19 labels.
    step = max(1, -(-len(days) // 10))
    gap = width / max(1, len(days) - 1)
    last = len(days) - 1
    return [
        (
            round(i * gap, 1),
            "end" if i == last else "middle" if i else "start",
            format(days[i], date_format),
        )
        for i in range(0, len(days), step)
    ]


def short_number(value: Number) -> str:
    """1.2k, 3M: what fits beside an axis."""
    for size, unit in ((10**9, "bn"), (10**6, "M"), (10**3, "k")):
        if abs(float(value)) >= size:
            return f"{float(value) / size:g}{unit}"
    return f"{float(value):g}"
