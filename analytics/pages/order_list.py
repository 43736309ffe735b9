"""The list of orders: what is chosen, what it comes to, and a page of the documents.

List and sum are one answer of one report, so a number elsewhere that leads here is found here.
"""

import pyarrow as pa
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import for_roles
from analytics.api.reports import resource_of
from analytics.pages.lists import Head, page_of, shown_heads, sort_of
from analytics.query.answer import Answer
from analytics.query.query import build_query
from analytics.query.run import run
from analytics.semantics.filters import Missing, Reader, Refused
from analytics.semantics.kinds import display
from analytics.semantics.report import reports
from catalog.models import Product
from core.problems import problem_response
from customers.models import Customer
from orders.models import Order

PATH = "orders/list"
OF_THE_PAGE = ("sort", "page")
HEADS = (
    Head("Number", "number"),
    Head("Kind", "kind"),
    Head("State", "status"),
    Head("Placed", "placed_at"),
    Head("Customer", "customer"),
    Head("Country", "country"),
    Head("Total", number=True),
    Head("Net sales", "revenue", number=True),
)
BAR = ("number", "buyer", "start", "end", "country", "category", "kind", "status")
MORE = ("hour", "weekday", "total_min", "total_max", "returns_on")
HIDDEN = ("customer", "product", "shelf", "snapshot")
FILES = ("json", "csv", "xlsx")


@require_safe
@for_roles("orders")
def order_list(request):
    report, reader, given = reports()[PATH], Reader.of(request.user), request.GET.copy()
    for name in OF_THE_PAGE:
        given.pop(name, None)
    if given.get("buyer") and not sees_names(request.user):
        raise PermissionDenied
    form = report.form(given, reader)
    context = {"section": "orders", **fields(form, request.user)}
    try:
        answer = run(build_query(report, given, reader))
    except Missing as missing:
        return problem_response(request, 404, str(missing))
    except Refused as refused:
        context["reasons"] = refused.reasons
        return render(request, "orders/list.html", context, status=400)
    return render(request, "orders/list.html", context | told(request, answer, given))


def sees_names(user) -> bool:
    """Whoever may not list customers reads no names in bulk either."""
    return user.may("customers", "list")


def fields(form, user) -> dict:
    bar = [name for name in BAR if name != "buyer" or sees_names(user)]
    return {
        "bar": [form[name] for name in bar],
        "more": [form[name] for name in MORE],
        "more_is_asked": any(form.data.get(name) for name in MORE),
        "hidden": [(name, form.data[name]) for name in HIDDEN if form.data.get(name)],
    }


def told(request, answer: Answer, given) -> dict:
    sort = sort_of(request, HEADS)
    page = page_of(request, range(answer.table.num_rows))
    may_have_files = request.user.may(resource_of(answer.report), "retrieve")
    query = given.urlencode()
    return {
        "answer": answer,
        "sort": sort,
        "heads": shown_heads(request, HEADS, sort),
        "page": page,
        "rows": rows_of(request.user, answer.table, sort, page),
        "sum": summed(answer),
        "chips": chips(request, answer.filters),
        "names": sees_names(request.user),
        "files": [(name, f"/api/{PATH}.{name}?{query}") for name in FILES if may_have_files],
    }


def rows_of(user, table: pa.Table, sort: str, page) -> list[dict]:
    """The rows of the page, each beside the document as the books have it."""
    if sort:
        turn = "descending" if sort.startswith("-") else "ascending"
        table = table.sort_by([(sort.removeprefix("-"), turn), ("order_id", "descending")])
    rows = table.take(pa.array(page.object_list, pa.int64())).to_pylist()
    books = Order.objects.for_user(user).in_bulk([row["order_id"] for row in rows])
    return [row | {"order": books.get(row["order_id"])} for row in rows]


def summed(answer: Answer) -> dict:
    """How many of each kind there are, and what they come to."""
    kinds = answer.table["kind"].value_counts().to_pylist()
    counts = {each["values"]: each["counts"] for each in kinds}
    return {
        "sales": counts.get("sale", 0),
        "returns": counts.get("return", 0),
        "revenue": display(answer.totals["revenue"], "money"),
        "canceled": answer.filters.get("status") == Order.Status.CANCELED,
        "lines_only": [n for n in ("category", "shelf", "product") if n in answer.filters],
    }


def chips(request, filters: dict) -> list[dict]:
    """What was chosen elsewhere and has no field here, each with the address without it."""
    customers = Customer.objects.for_user(request.user)
    if not sees_names(request.user):
        customers = customers.none()
    words = {
        "customer": lambda pk: f"Customer: {name_of(customers, pk)}",
        "product": lambda pk: f"Product: {name_of(Product.objects.for_user(request.user), pk)}",
        "shelf": lambda name: f"Category: {name}, without those inside it",
        "snapshot": lambda number: f"As it was in snapshot {number}",
    }
    return [
        {"text": words[name](filters[name]), "query": without(request, name)}
        for name in HIDDEN
        if name in filters
    ]


def name_of(rows, pk: int) -> str:
    row = rows.filter(pk=pk).first()
    return row.name if row else f"number {pk}"


def without(request, name: str) -> str:
    address = request.GET.copy()
    for gone in (name, "page"):
        address.pop(gone, None)
    return address.urlencode()
