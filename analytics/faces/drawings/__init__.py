"""One module for each kind of chart: its `draw` makes a view of Vega-Lite."""

from analytics.faces.drawings import bars, fan, figures, heatmap, histogram, lines, pareto, steps
from analytics.semantics import charts

DRAWN_BY = {
    charts.Lines: lines.draw,
    charts.Fan: fan.draw,
    charts.Bars: bars.draw,
    charts.Heatmap: heatmap.draw,
    charts.Histogram: histogram.draw,
    charts.Steps: steps.draw,
    charts.Pareto: pareto.draw,
    charts.Figures: figures.draw,
}
