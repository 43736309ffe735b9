"""Small pictures that the server draws into its pages: points and shares, which templates turn
into SVG. They need no script, and no style attribute that the content policy would block."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal


def points(values, width: int, height: int, top: float | None = None, bottom: float = 0) -> list:
    """Where each value lies; gaps where there is none. The largest touches the top."""
    known = [float(value) for value in values if value is not None]
    bottom = min([bottom, *known])
    top = max([bottom, *known]) if top is None else top
    step = width / max(1, len(values) - 1)
    scale = height / (top - bottom) if top > bottom else 0
    return [
        None
        if value is None
        else (round(i * step, 1), round(height - (float(value) - bottom) * scale, 1))
        for i, value in enumerate(values)
    ]


def path(places: list) -> str:
    """The `d` of a line through these places, which begins anew after a gap."""
    words, pen = [], "M"
    for place in places:
        if place is None:
            pen = "M"
            continue
        words.append(f"{pen}{place[0]} {place[1]}")
        pen = "L"
    return " ".join(words)


def area(places: list, height: int) -> str:
    """The same down to the ground; only where no value is missing."""
    there = [place for place in places if place is not None]
    if len(there) < 2:
        return ""
    return f"{path(there)} L{there[-1][0]} {height} L{there[0][0]} {height} Z"


def band(lower: list, upper: list) -> str:
    """What lies between two lines."""
    there = [place for place in [*upper, *reversed(lower)] if place]
    return f"{path(there)} Z" if len(there) > 2 else ""


def sparkline(values, width: int = 120, height: int = 30) -> dict:
    places = points(values, width, height)
    return {"line": path(places), "area": area(places, height), "box": f"0 -2 {width} {height + 4}"}


def share(value, largest) -> int:
    """Percent of the largest, for the length of a bar."""
    if not value or not largest or largest < 0 or value < 0:
        return 0
    return round(100 * value / largest)


def depth(value, largest) -> int:
    """0 to 9: how dark a cell of a heatmap is. Only nothing at all is 0."""
    if not value or not largest or value < 0:
        return 0
    return max(1, min(9, round(9 * float(value) / float(largest))))


def ticks(top: float, count: int = 5) -> list[Decimal]:
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


LEFT, WIDTH, HEIGHT, FOOT = 64, 1000, 240, 24  # of the curve over days, in its own units
MANY_DAYS = 200  # from here on points are too close to be pointed at


def curve(
    days: list[date],
    values: list,
    before: list,
    titles: list,
    links: list,
    shape: str = "%-d %b",
    done: int | None = None,
    ahead: Sequence[tuple] = (),
) -> dict:
    """A line over days on a ground with round numbers, and a fainter one for the days before.

    The line is whole for the first `done` days, and dotted for those that are not over.
    What lies `ahead`, as (day, forecast, lower, upper), goes on from there between its bounds.
    """
    to_come, said, lower, upper = map(list, zip(*ahead, strict=True)) if ahead else ([],) * 4
    known = [float(value) for value in [*values, *before, *upper] if value is not None]
    marks = ticks(max(known, default=0))
    top, width = float(marks[-1]) or 1.0, WIDTH - LEFT
    days, gap = [*days, *to_come], [None] * (len(values) - 1)
    joint = values[-1:] if done is None else [None]  # nothing goes on from a day that is not over

    def placed(line: list) -> list:
        return points([*line, *[None] * (len(days) - len(line))], width, HEIGHT, top)

    places = placed(values)[: len(values)]
    dots = zip(places, titles, links, strict=True)
    return {
        "box": f"0 -8 {width} {HEIGHT + FOOT + 8}",
        "axis_box": f"{-LEFT} -8 {LEFT} {HEIGHT + FOOT + 8}",
        "right": width,
        "line": path(places[:done]),
        "open": "" if done is None else path(places[max(0, done - 1) :]),
        "area": area(places[:done], HEIGHT),
        "before": path(placed(before)),
        "ahead": path(placed([*gap, *joint, *said])) if ahead else "",
        "band": band(*(placed([*gap, *joint, *bound]) for bound in (lower, upper))),
        "rules": [(round(HEIGHT - float(mark) / top * HEIGHT, 1), compact(mark)) for mark in marks],
        "labels": labels(days, width, shape),
        "dots": [] if len(days) > MANY_DAYS else [(x, y, *told) for (x, y), *told in dots],
        "foot": HEIGHT + FOOT - 6,
    }


def labels(days: list[date], width: int, shape: str) -> list[tuple[float, str, str]]:
    """Some days along the ground, named: at most ten, evenly apart, none beyond the edges."""
    step = max(1, -(-len(days) // 10))
    place = width / max(1, len(days) - 1)
    last = len(days) - 1
    return [
        (
            round(i * place, 1),
            "end" if i == last else "middle" if i else "start",
            format(days[i], shape),
        )
        for i in range(0, len(days), step)
    ]


def compact(value) -> str:
    """1.2k, 3M: what fits beside an axis."""
    for size, unit in ((10**9, "bn"), (10**6, "M"), (10**3, "k")):
        if abs(value) >= size:
            return f"{float(value) / size:g}{unit}"
    return f"{float(value):g}"
