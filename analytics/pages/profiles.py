"""The pages of one customer and of one product: facts of the books beside answers of reports."""

from django.shortcuts import get_object_or_404, render
from django.utils.datastructures import MultiValueDict
from django.views.decorators.http import require_safe

from accounts.access import for_roles
from analytics.api.customer_value import rows_of_customer
from analytics.pages import inline_svg
from analytics.pages.overview import ranked, told
from analytics.query.answer import Answer
from analytics.query.query import find_snapshot
from analytics.query.run import run_report
from analytics.semantics.filters import Reader
from analytics.semantics.kinds import display
from analytics.semantics.periods import last_of
from catalog.models import Product, StockMovement
from customers.models import Customer
from orders.models import Order

LATEST = 50


def asked(path: str, reader: Reader, snapshot, **own) -> Answer:
    parameters = MultiValueDict({name: [str(value)] for name, value in own.items()})
    return run_report(path, parameters, reader, snapshot)


def row_of(answer: Answer, customer: Customer) -> dict | None:
    """The customer's row of a report that has one for each."""
    return next(iter(rows_of_customer(answer, customer).to_pylist()), None)


@require_safe
@for_roles("customers", "retrieve")
def customer_page(request, pk):
    customer = get_object_or_404(Customer.objects.for_user(request.user), pk=pk)
    documents = Order.objects.for_user(request.user).filter(customer=customer)
    context = {
        "section": "customers",
        "customer": customer,
        "documents": documents.order_by("-placed_at", "-pk")[:LATEST],
        "more": max(0, documents.count() - LATEST),
    }
    if request.user.may("customer-reports", "retrieve"):
        context |= standing(Reader.of(request.user), customer)
    return render(request, "analytics/customer.html", context)


def standing(reader: Reader, customer: Customer) -> dict:
    """What the customer is to the shop, as the reports of all customers have it."""
    snapshot = find_snapshot(None)
    rfm = asked("customers/rfm", reader, snapshot)
    churn = asked("customers/churn", reader, snapshot)
    group, away = row_of(rfm, customer), row_of(churn, customer)
    facts = []
    if group:
        facts = fact(rfm, group, "monetary", "frequency", "group")
    if away:
        facts += fact(churn, away, "last_order", "days_since", "status")
    return {"facts": facts, "answer": rfm, "ahead": ahead(reader, snapshot, customer)}


def ahead(reader: Reader, snapshot, customer: Customer) -> dict:
    """What is to be expected of the customer, or in words why nothing is."""
    value = asked("customers/predicted-value", reader, snapshot)
    risk = asked("customers/churn-risk", reader, snapshot)
    brings, leaves = row_of(value, customer), row_of(risk, customer)
    facts = fact(value, brings, "predicted", "lower", "upper", "expected_orders") if brings else []
    if leaves:
        facts += fact(risk, leaves, "silent", "risk")
    return {"facts": facts, "notes": list(dict.fromkeys([value.note, risk.note]))}


def fact(answer: Answer, row: dict, *names: str) -> list[dict]:
    columns = {column.name: column for column in answer.columns}
    return [
        {"column": columns[name], "value": display(row[name], columns[name].kind)} for name in names
    ]


@require_safe
@for_roles("products", "retrieve")
def product_page(request, pk):
    products = Product.objects.for_user(request.user).select_related("category", "inventory")
    product = get_object_or_404(products, pk=pk)
    movements = StockMovement.objects.for_user(request.user).filter(product=product)
    sales = sales_of(Reader.of(request.user), product)
    context = {
        "section": "products",
        "product": product,
        "stock": getattr(product, "inventory", None),
        "movements": movements.order_by("-moved_at", "-pk")[:LATEST],
        "sees_movements": request.user.may("stock-movements", "list"),
        **sales,
    }
    return render(request, "analytics/product.html", context)


def sales_of(reader: Reader, product: Product) -> dict:
    snapshot = find_snapshot(None)
    months = asked("products/over-time", reader, snapshot, product=product.pk)
    where = asked("products/where", reader, snapshot, product=product.pk)
    only = {"product": product.pk, "fewest": 2, "limit": 8}
    together = asked("products/bought-together", reader, snapshot, **only)
    dates = [row["month"] for row in months.rows]
    values = [row["revenue"] for row in months.rows]
    titles = [
        f"{day:%b %Y}: {display(value, 'money')}" for day, value in zip(dates, values, strict=True)
    ]
    links = [f"/orders/?product={product.pk}&start={day}&end={last_of(day)}" for day in dates]
    return {
        "answer": months,
        "curve": inline_svg.curve(dates, values, [], titles, links, "%b %Y"),
        "months": [told(months, row) for row in reversed(months.rows) if row["orders"]],
        "countries": ranked(where, "revenue"),
        "together": [told(together, row) for row in together.rows],
    }
