"""The pages of one customer and of one product: facts of the books beside answers of reports."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.datastructures import MultiValueDict
from django.views.decorators.http import require_safe

from accounts.access import for_roles
from accounts.models import User
from analytics.api.customer_value import rows_of_customer
from analytics.pages import inline_svg
from analytics.pages.overview_panels import displayed_row, ranked_rows
from analytics.pages.report_links import ReportLinks
from analytics.query.answer import Answer
from analytics.query.query import find_snapshot
from analytics.query.run import run_report
from analytics.semantics.filters import Reader
from analytics.semantics.kinds import display
from catalog.models import Product, StockMovement
from customers.models import Customer
from ledger.models import Snapshot
from orders.models import Order

LATEST = 50


def answer_of(path: str, reader: Reader, snapshot: Snapshot, **parameters: int) -> Answer:
    lists = MultiValueDict({name: [str(value)] for name, value in parameters.items()})
    return run_report(path, lists, reader, snapshot)


def customer_row(answer: Answer, customer: Customer) -> dict | None:
    """The customer's row of a report that has one for each."""
    return next(iter(rows_of_customer(answer, customer).to_pylist()), None)


@require_safe
@for_roles("customers", "retrieve")
def customer_page(request: HttpRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.for_user(request.user), pk=pk)
    documents = Order.objects.for_user(request.user).filter(customer=customer)
    context = {
        "section": "customers",
        "customer": customer,
        "documents": documents.order_by("-placed_at", "-pk")[:LATEST],
        "more": max(0, documents.count() - LATEST),
    }
    if request.user.may("customer-reports", "retrieve"):
        context |= customer_reports(Reader.of(request.user), customer)
    return render(request, "analytics/customer.html", context)


def customer_reports(reader: Reader, customer: Customer) -> dict:
    """Segment, churn status and predictions of the customer, from the reports of all customers."""
    snapshot = find_snapshot(None)
    # Of all customers: scores are ranks among them, and one cached answer serves every page.
    rfm = answer_of("customers/rfm", reader, snapshot)
    churn = answer_of("customers/churn", reader, snapshot)
    facts = customer_facts(rfm, customer, "monetary", "frequency", "group")
    facts += customer_facts(churn, customer, "last_order", "days_since", "status")
    predictions = customer_predictions(reader, snapshot, customer)
    return {"facts": facts, "answer": rfm, "predictions": predictions}


def customer_predictions(reader: Reader, snapshot: Snapshot, customer: Customer) -> dict:
    """Predicted net sales and churn risk, and the notes of the models that predict them."""
    value = answer_of("customers/predicted-value", reader, snapshot)
    risk = answer_of("customers/churn-risk", reader, snapshot)
    facts = customer_facts(value, customer, "predicted", "lower", "upper", "expected_orders")
    facts += customer_facts(risk, customer, "silent", "risk")
    # Both models often have the same note, such as that nothing is predicted yet.
    return {"facts": facts, "notes": list(dict.fromkeys([value.note, risk.note]))}


def customer_facts(answer: Answer, customer: Customer, *names: str) -> list[dict]:
    """These columns of the customer's row with their values; none if the report has no such row."""
    row = customer_row(answer, customer)
    columns = {column.name: column for column in answer.columns}
    return [
        {"column": columns[name], "value": display(row[name], columns[name].kind)}
        for name in names
        if row
    ]


@require_safe
@for_roles("products", "retrieve")
def product_page(request: HttpRequest, pk: int) -> HttpResponse:
    products = Product.objects.for_user(request.user).select_related("category", "inventory")
    product = get_object_or_404(products, pk=pk)
    movements = StockMovement.objects.for_user(request.user).filter(product=product)
    context = {
        "section": "products",
        "product": product,
        # A reverse one-to-one raises where there is no row.
        "stock": getattr(product, "inventory", None),
        "movements": movements.order_by("-moved_at", "-pk")[:LATEST],
        "sees_movements": request.user.may("stock-movements", "list"),
        **product_reports(request.user, product),
    }
    return render(request, "analytics/product.html", context)


def product_reports(user: User, product: Product) -> dict:
    reader, snapshot, pk = Reader.of(user), find_snapshot(None), product.pk
    may_list_orders = user.may("orders", "list")
    months = answer_of("products/over-time", reader, snapshot, product=pk)
    countries = answer_of("products/where", reader, snapshot, product=pk)
    together = answer_of(
        "products/bought-together", reader, snapshot, product=pk, fewest=2, limit=8
    )
    links = ReportLinks(months, may_list_orders)
    # Months without orders belong into the chart; in the table they would only take room.
    sold = [row for row in reversed(months.rows) if row["orders"]]
    return {
        "answer": months,
        "chart": monthly_chart(links),
        "months": [displayed_row(months, row) | {"link": links.row_link(row)} for row in sold],
        "countries": ranked_rows(ReportLinks(countries, may_list_orders), "revenue"),
        "together": [displayed_row(together, row) for row in together.rows],
    }


def monthly_chart(links: ReportLinks) -> dict:
    months = links.answer.rows
    days = [row["month"] for row in months]
    values = [row["revenue"] for row in months]
    titles = [
        f"{day:%b %Y}: {display(value, 'money')}" for day, value in zip(days, values, strict=True)
    ]
    addresses = [links.row_link(row) for row in months]
    return inline_svg.line_chart(days, values, [], titles, addresses, "%b %Y")
