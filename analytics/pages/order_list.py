"""The list of orders: its filters, its totals, and a page of its rows.

Rows and totals are one answer of one report, so a number that links here is the total here.
"""

from dataclasses import replace

import pyarrow as pa
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import for_roles
from accounts.models import User
from analytics.api.reports import resource_of
from analytics.pages.arrow_tables import sort_table
from analytics.pages.chosen_filters import chosen_filters, remember
from analytics.pages.filter_bar import FilterBar
from analytics.pages.order_presets import TABLE_PARAMETERS, order_presets
from analytics.pages.order_splits import split_links
from analytics.query.answer import Answer
from analytics.query.query import build_query
from analytics.query.run import run
from analytics.semantics.dimensions import DIMENSIONS, OTHER_NAMES
from analytics.semantics.filters import Filters, Missing, Reader, Refused
from analytics.semantics.kinds import display
from analytics.semantics.report import reports
from catalog.models import Product
from core.tables import Heading, heading_links, requested_page, requested_sort
from customers.models import Customer
from orders.models import Order

PATH = "orders/list"
HEADINGS = (
    Heading("Number", "number"),
    Heading("Kind", "kind"),
    Heading("Status", "status"),
    Heading("Placed", "placed_at"),
    Heading("Customer", "customer"),
    Heading("Country", "country"),
    Heading("Total", is_number=True),
    Heading("Net sales", "revenue", is_number=True),
)
MAIN_FILTERS = ("number", "buyer", "kind", "status")
MORE_FILTERS = ("hour", "weekday", "total_min", "total_max")
FILES = ("json", "csv", "xlsx")


@require_safe
@for_roles("orders")
def order_list(request: HttpRequest) -> HttpResponse:
    report, reader = reports()[PATH], Reader.of(request.user)
    given = chosen_filters(
        request, report.form, "", report.form.own_names(), left_out=TABLE_PARAMETERS
    )
    if given.get("buyer") and not may_see_names(request.user):
        # Whether a search finds anything would already tell who is a customer.
        raise PermissionDenied
    form = report.form(given, reader)
    own = main_filters(request.user)
    bar = FilterBar(request, form, given, has_comparison=False, own=own, more=MORE_FILTERS)
    presets = order_presets(request.user, request.GET)
    context = {"section": "orders", "bar": bar, "presets": presets}
    try:
        # Documents have nothing to be compared with; what was chosen goes on to the next page.
        answer = replace(run(build_query(report, given, reader)), comparison=None, before=None)
        form.is_valid()  # it is, as that of the query was
    except Missing:
        raise  # a page that is not there has no filters to correct
    except Refused as refused:
        context["reasons"] = refused.reasons
        return render(request, "orders/list.html", context, status=400)
    remember(request, given)
    context["bar"] = replace(bar, answer=answer)
    return render(request, "orders/list.html", context | page_context(request, answer, form))


def may_see_names(user: User) -> bool:
    """Who may not list customers does not read their names in bulk either."""
    return user.may("customers", "list")


def main_filters(user: User) -> tuple[str, ...]:
    return tuple(name for name in MAIN_FILTERS if name != "buyer" or may_see_names(user))


def page_context(request: HttpRequest, answer: Answer, form: Filters) -> dict:
    sort = requested_sort(request, HEADINGS)
    # Pages of row numbers: the rows themselves stay in Arrow until a page is known.
    page = requested_page(request, range(answer.table.num_rows))
    may_have_files = request.user.may(resource_of(answer.report), "retrieve")
    query = form.data.urlencode()
    return {
        "answer": answer,
        "sort": sort,
        "headings": heading_links(request, HEADINGS, sort),
        "page": page,
        "rows": page_rows(request.user, answer.table, sort, page),
        "sum": list_totals(answer),
        "chips": filter_chips(request.user, answer.filters, form.data),
        "splits": split_links(answer) if request.user.may("reports", "list") else [],
        "names": may_see_names(request.user),
        "files": [(name, f"/api/{PATH}.{name}?{query}") for name in FILES if may_have_files],
    }


def page_rows(user: User, table: pa.Table, sort: str, page: Page) -> list[dict]:
    """The rows of the page, each with the order as the books have it."""
    rows = sort_table(table, sort).take(pa.array(page.object_list, pa.int64())).to_pylist()
    # For the total in the order's own currency: the ledger has amounts in the base currency only.
    books = Order.objects.for_user(user).in_bulk([row["order_id"] for row in rows])
    return [row | {"order": books.get(row["order_id"])} for row in rows]


def list_totals(answer: Answer) -> dict:
    """How many of each kind there are, and what they come to."""
    kinds = answer.table["kind"].value_counts().to_pylist()
    counts = {each["values"]: each["counts"] for each in kinds}
    return {
        "sales": counts.get("sale", 0),
        "returns": counts.get("return", 0),
        "revenue": display((answer.totals or {})["revenue"], "money"),
        "canceled": answer.filters.get("status") == Order.Status.CANCELED,
        "lines_only": names_of_lines(answer),
    }


def names_of_lines(answer: Answer) -> list[str]:
    """The filters that select lines of orders, not orders as a whole."""
    given = answer.filters
    cut = [name for name in ("category", "shelf", "product") if name in given]
    names = [text.partition(":")[0] for text in given.get("where", ())]
    return cut + [name for name in names if DIMENSIONS[OTHER_NAMES.get(name, name)].of_goods]


def filter_chips(user: User, filters: dict, given: QueryDict) -> list[dict]:
    """Filters that a link set and that have no field here, each with the address without it."""
    customers = Customer.objects.for_user(user)
    if not may_see_names(user):
        # The id comes from the address: anybody may try ids to learn names.
        customers = customers.none()
    # Functions, so that only the names of filters that are set are fetched.
    labels = {
        "customer": lambda pk: f"Customer: {name_of(customers, pk)}",
        "product": lambda pk: f"Product: {name_of(Product.objects.for_user(user), pk)}",
        "shelf": lambda name: f"Category: {name}, without its subcategories",
        "snapshot": lambda number: f"As it was in snapshot {number}",
    }
    return [
        {"text": labels[name](filters[name]), "query": query_string_without(given, name)}
        for name in labels
        if name in filters
    ]


def name_of(rows: QuerySet, pk: int) -> str:
    row = rows.filter(pk=pk).first()
    # The same for one that is not there and one that the reader may not see.
    return row.name if row else f"number {pk}"


def query_string_without(given: QueryDict, name: str) -> str:
    address = given.copy()
    del address[name]
    return address.urlencode()
