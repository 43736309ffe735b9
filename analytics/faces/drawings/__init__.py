"""One module for each kind of chart: its `draw` makes a view of Vega-Lite."""

from collections.abc import Callable
from typing import Any

from analytics.faces.drawings import bars, fan, figures, heatmap, histogram, lines, pareto, steps
from analytics.faces.drawings.canvas import Canvas, Drawing
from analytics.semantics import charts

# Without Counts: as_chart.py counts the rows first, and draws Bars.
DRAW: dict[type, Callable[[Canvas[Any]], Drawing]] = {
    charts.Lines: lines.draw,
    charts.Fan: fan.draw,
    charts.Bars: bars.draw,
    charts.Heatmap: heatmap.draw,
    charts.Histogram: histogram.draw,
    charts.Steps: steps.draw,
    charts.Pareto: pareto.draw,
    charts.Figures: figures.draw,
}
