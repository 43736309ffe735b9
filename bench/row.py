"""One measured figure with its floor and its target, and how figures are formatted."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, log2
from statistics import quantiles
from time import perf_counter

HEADERS = ("work", "floor", "figure", "ours", "ratio", "target", "pass")
LINE = "{:50}  {:36}  {:>11}  {:>11}  {:>6}  {:19}  {:4}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """`ours` is None if it could not be measured; `note` then gives the reason."""

    work: str
    ours: float | None = None
    unit: str = "s"
    floor: str = ""
    floor_figure: float | None = None
    most: float | None = None
    least: float | None = None
    times: float | None = None  # the target is `ours` ≤ times × floor + slack
    slack: float = 0
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return (
            self.ours / self.floor_figure if self.ours is not None and self.floor_figure else None
        )

    @property
    def more_is_better(self) -> bool:
        return self.unit == "/s" or (self.least is not None and self.most is None)

    @property
    def target(self) -> str:
        if self.times is not None:
            slack = f" + {format_value(self.slack, self.unit)}" if self.slack else ""
            return f"≤ {self.times:g} × floor{slack}"
        low, high = format_value(self.least, self.unit), format_value(self.most, self.unit)
        if low and high:
            return f"{format_value(self.least, '')} to {high}"
        return f"≤ {high}" if high else low and f"≥ {low}"

    @property
    def passed(self) -> bool | None:
        """None without a target; a figure that could not be measured has not passed."""
        if not self.target:
            return None
        if self.ours is None:
            return False
        limit = inf if self.most is None else self.most
        if self.times is not None:
            if self.floor_figure is None:
                return False
            limit = self.times * self.floor_figure + self.slack
        return (self.least or 0) <= self.ours <= limit

    def texts(self) -> tuple[str, ...]:
        """The texts under `HEADERS`."""
        return (
            self.work, self.floor, format_value(self.floor_figure, self.unit),
            format_value(self.ours, self.unit) or "–",
            "" if self.ratio is None else f"{self.ratio:.2f}",
            self.target, {True: "yes", False: "no", None: ""}[self.passed],
        )  # fmt: skip


def growth(row: Row, smaller: Row | None, scale: float) -> str:
    """The factor per doubling of the data, of which `row` had `scale` times as much."""
    # A row may have changed its unit since an older run was saved.
    if not smaller or not smaller.ours or not row.ours or smaller.unit != row.unit:
        return ""
    # Doublings, not the whole scale, so that runs of different scales compare: 2 is linear.
    return f"× {(row.ours / smaller.ours) ** (1 / log2(scale)):.2f}"


def format_number(value: float) -> str:
    """Three significant figures; thousands with a comma."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.6f}".rstrip("0")


def format_value(value: float | None, unit: str) -> str:
    return "" if value is None else f"{format_number(value)} {unit}".rstrip()


def runs_note(runs: int) -> str:
    return "one run" if runs == 1 else f"median of {runs}"


def percentiles(seconds: list[float]) -> tuple[float, float, float]:
    """p50, p95 and p99."""
    if len(seconds) < 2:  # quantiles needs two values
        only = seconds[0] if seconds else 0.0
        return only, only, only
    # Inclusive: no percentile lies beyond what was measured.
    cuts = quantiles(seconds, n=100, method="inclusive")
    return cuts[49], cuts[94], cuts[98]


def latency_note(seconds: list[float]) -> str:
    p50, p95, p99 = (format_number(value * 1000) for value in percentiles(seconds))
    return f"p50 {p50}, p95 {p95}, p99 {p99} ms"


def elapsed(work: Callable[[], object]) -> float:
    """The seconds that one call takes."""
    start = perf_counter()
    work()
    return perf_counter() - start
