"""Answers of plain rows, and what can be read in their pictures."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from xml.etree import ElementTree

import pyarrow as pa

from analytics.faces import as_chart
from analytics.query.answer import Answer
from analytics.query.lazy_table import with_types
from analytics.semantics.comparison import Comparison
from analytics.semantics.filters import Filters
from analytics.semantics.periods import Period
from analytics.semantics.report import Report

PERIOD = Period(date(2026, 1, 1), date(2026, 3, 31))


def answered(chart, columns, rows, before=None, path="sales/test", **facts):
    """A Result of plain rows: tuples in the order of the columns."""
    report = Report(path, "Test", "Why?", columns, None, Filters, chart, None, False, ())
    values = zip(*rows, strict=True) if rows else [[] for _ in columns]
    table = pa.table(dict(zip([column.name for column in columns], map(list, values), strict=True)))
    result = Answer(
        report=report,
        period=PERIOD,
        filters={},
        currency="GBP",
        snapshot=None,
        is_over=True,
        lazy_rows=SimpleNamespace(table=with_types(table, columns)),
        lazy_totals=None,
    )
    if before:
        comparison = Comparison(PERIOD, PERIOD)
        facts |= {"before": before, "compare": "previous_year", "comparison": comparison}
    return replace(result, **facts)


def texts(result, theme="light", width=880) -> list[str]:
    """All that one can read in the picture."""
    picture = parsed(as_chart.svg(result, theme, width))
    return [text for node in picture.findall(".//{*}text") for text in node.itertext()]


def parsed(svg: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314  we drew it ourselves


def in_order(found: list[str], expected: list[str]) -> bool:
    return [text for text in found if text in expected] == expected
