"""One line of what was measured: beside which floor, and whether it reached its target."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import log2
from statistics import quantiles

HEADS = ("work", "floor", "figure", "ours", "ratio", "target", "pass")
WIDTHS = (50, 36, 11, 11, 6, 19, 4)


@dataclass(frozen=True, kw_only=True)
class Row:
    """`ours` is None where it could not be measured; then the note says why."""

    work: str
    ours: float | None = None
    unit: str = "s"
    floor: str = ""  # what it is
    floor_figure: float | None = None
    most: float | None = None
    least: float | None = None
    times: float | None = None  # so many times the floor, and the slack, may it take
    slack: float = 0
    note: str = ""

    @property
    def ratio(self) -> float | None:
        known = self.ours is not None and self.floor_figure
        return self.ours / self.floor_figure if known else None

    @property
    def more_is_better(self) -> bool:
        return self.unit == "/s" or (self.least is not None and self.most is None)

    @property
    def target(self) -> str:
        if self.times is not None:
            slack = f" + {with_unit(self.slack, self.unit)}" if self.slack else ""
            return f"≤ {self.times:g} × floor{slack}"
        if self.most is not None and self.least is not None:
            return f"{number(self.least)} to {with_unit(self.most, self.unit)}"
        if self.most is not None:
            return f"≤ {with_unit(self.most, self.unit)}"
        return "" if self.least is None else f"≥ {with_unit(self.least, self.unit)}"

    @property
    def passed(self) -> bool | None:
        """None where nothing was asked of it; what could not be measured has not passed."""
        if not self.target:
            return None
        if self.ours is None or (self.times is not None and self.floor_figure is None):
            return False
        most = [] if self.most is None else [self.most]
        if self.times is not None:
            most.append(self.times * self.floor_figure + self.slack)
        return all(self.ours <= limit for limit in most) and self.ours >= (self.least or 0)

    def cells(self) -> tuple[str, ...]:
        return (
            self.work, self.floor, with_unit(self.floor_figure, self.unit),
            "–" if self.ours is None else with_unit(self.ours, self.unit),
            "" if self.ratio is None else f"{self.ratio:.2f}",
            self.target, {True: "yes", False: "no", None: ""}[self.passed],
        )  # fmt: skip


def growth(row: Row, before: Row | None, times: float) -> str:
    """By what it is multiplied each time that the lines double; they became so many times."""
    if not before or not before.ours or not row.ours or before.unit != row.unit:
        return ""
    return f"× {(row.ours / before.ours) ** (1 / log2(times)):.2f}"


def number(value: float) -> str:
    """Three figures that count; whole thousands with their comma."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.6f}".rstrip("0")


def with_unit(value: float | None, unit: str) -> str:
    return "" if value is None else f"{number(value)} {unit}".rstrip()


def times_measured(runs: int) -> str:
    return "one run" if runs == 1 else f"median of {runs}"


def percentiles(taken: list[float]) -> tuple[float, float, float]:
    """The half, of twenty the slowest, of a hundred the slowest."""
    if len(taken) < 2:  # there is nothing to tell apart
        return tuple(taken * 3) or (0, 0, 0)
    cut = quantiles(taken, n=100, method="inclusive")
    return cut[49], cut[94], cut[98]


def told(taken: list[float]) -> str:
    """For a note: how long single ones took, given in seconds."""
    half, late, latest = (number(value * 1000) for value in percentiles(taken))
    return f"p50 {half}, p95 {late}, p99 {latest} ms"


def line(cells: Iterable[str], also: str = "", note: str = "") -> str:
    """A line of the terminal. Figures to the right, words to the left."""
    shown = [
        f"{cell:>{width}}" if 2 <= place <= 4 else f"{cell:{width}}"
        for place, (cell, width) in enumerate(zip(cells, WIDTHS, strict=True))
    ]
    return "  ".join([*shown, *([f"{also:>6}"] if also else []), note]).rstrip()


def markdown(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    heads = tuple(heads)
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for cells in rows:
        yield f"| {' | '.join(cells)} |"
