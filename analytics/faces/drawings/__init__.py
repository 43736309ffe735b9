"""One module for each kind of chart: its `draw` makes a view of Vega-Lite."""

from collections.abc import Callable
from typing import Any

from analytics.faces.drawings import (
    bars,
    fan,
    figures,
    grouped_bars,
    heatmap,
    histogram,
    lines,
    pareto,
    series,
    small_multiples,
    steps,
)
from analytics.faces.drawings.canvas import Canvas, Drawing
from analytics.semantics import charts

# Without Counts: as_chart.py counts the rows first, and draws Bars.
DRAW: dict[type, Callable[[Canvas[Any]], Drawing]] = {
    charts.Lines: lines.draw,
    charts.Fan: fan.draw,
    charts.Bars: bars.draw,
    charts.GroupedBars: grouped_bars.draw,
    charts.Heatmap: heatmap.draw,
    charts.Series: series.draw,
    charts.SmallMultiples: small_multiples.draw,
    charts.Histogram: histogram.draw,
    charts.Steps: steps.draw,
    charts.Pareto: pareto.draw,
    charts.Figures: figures.draw,
}
