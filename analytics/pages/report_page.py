"""The pages of the reports: all of them, and each with its filters, chart, table and files."""

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render

from accounts.access import for_roles
from analytics.api.reports import resource_of
from analytics.faces.html import table_cells, total_cells, visible_columns
from analytics.pages.drilldown import link
from analytics.query.query import Query, build_query
from analytics.query.run import run
from analytics.semantics.filters import Missing, Reader, Refused
from analytics.semantics.kinds import KINDS, display
from analytics.semantics.report import Report, reports
from core.problems import problem_response

PAGE = 100
OF_THE_PAGE = ("sort", "q", "page")  # what only the table of the page understands
FILES = ("json", "csv", "xlsx", "png", "svg")


@for_roles("reports")
def report_list(request):
    """All reports that the reader may see, by group; `q` looks for words in them."""
    words = request.GET.get("q", "").strip()[:100]
    groups: dict[str, list[Report]] = {}
    for report in reports().values():
        text = f"{report.title} {report.description} {report.definition} {report.path}".casefold()
        if request.user.may(resource_of(report), "retrieve") and words.casefold() in text:
            groups.setdefault(report.group, []).append(report)
    context = {"groups": groups, "q": words, "section": "reports"}
    return render(request, "analytics/reports.html", context)


@for_roles("reports")
def report_page(request, path):
    report = reports().get(path)
    if report is None:
        raise Http404
    if not request.user.may(resource_of(report), "retrieve"):
        return problem_response(request, 403)
    given = request.GET.copy()
    table = {name: given.pop(name, [""])[-1] for name in OF_THE_PAGE}
    reader = Reader.of(request.user)
    context = {
        "report": report,
        "section": "reports",
        "form": report.form(given, reader),
        "may_export": request.user.may("exports", "create"),
    }
    try:
        query = build_query(report, given, reader)
    except Missing as missing:
        return problem_response(request, 404, str(missing))
    except Refused as refused:
        context["form"].is_valid()
        context["reasons"] = refused.reasons
        return render(request, "analytics/report.html", context, status=400)
    return render(request, "analytics/report.html", context | page_context(query, given, table))


def page_context(query: Query, given, table: dict) -> dict:
    """What the page shows of the answer."""
    answer = run(query)
    report, query_string = query.report, given.urlencode()
    return {
        "answer": answer,
        "query": query_string,
        "report": report,
        "files": [(name, f"/api/{report.path}.{name}?{query_string}") for name in FILES],
        "drawing": f"/api/{report.path}.svg?{query_string}",
        "table": table_of(answer, table, given),
        "definitions": [column for column in answer.columns if column.definition],
    }


def table_of(answer, asked: dict, given) -> dict:
    """The rows that are looked for, in the order that is asked for, a page of them."""
    columns, table = answer.with_earlier
    rows = found(table.to_pylist(), columns, asked["q"])
    sort = asked["sort"] if asked["sort"].removeprefix("-") in table.column_names else ""
    if sort:
        rows = ordered(rows, sort)
    page = Paginator(rows, PAGE).get_page(asked["page"])
    said = visible_columns(columns)
    return {
        "head": [heading(column, sort, asked["q"], given) for column in said],
        "rows": [{"cells": table_cells(row, said), "link": link(answer, row)} for row in page],
        "totals": total_cells(answer, said),
        "page": page,
        "q": asked["q"],
        "kept": [(name, values) for name, values in given.lists()]
        + ([("sort", [sort])] if sort else []),
        "all": table.num_rows,
    }


def found(rows: list[dict], columns, words: str) -> list[dict]:
    words = words.strip().casefold()
    if not words:
        return rows
    texts = [column for column in columns if not KINDS[column.kind].is_amount]
    return [
        row for row in rows if any(words in display(row[c.name], c.kind).casefold() for c in texts)
    ]


def ordered(rows: list[dict], sort: str) -> list[dict]:
    """By one column; rows without a value come last either way."""
    name = sort.removeprefix("-")
    there = [row for row in rows if row[name] is not None]
    there.sort(key=lambda row: row[name], reverse=sort.startswith("-"))
    return there + [row for row in rows if row[name] is None]


def heading(column, sort: str, words: str, given) -> dict:
    """A column's head, and the address of the table in its order."""
    number = KINDS[column.kind].is_right_aligned
    first = f"-{column.name}" if number else column.name
    second = column.name if number else f"-{column.name}"
    address = given.copy()
    address["sort"] = second if sort == first else first
    if words:
        address["q"] = words
    state = {column.name: "ascending", f"-{column.name}": "descending"}.get(sort, "none")
    return {"column": column, "number": number, "state": state, "query": address.urlencode()}
