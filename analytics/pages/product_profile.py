"""The page of one product: facts of the books beside answers of reports."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import for_roles
from accounts.models import User
from analytics.pages import inline_svg
from analytics.pages.overview_panels import displayed_row, ranked_rows
from analytics.pages.profile_answers import Answers
from analytics.pages.report_links import ReportLinks
from analytics.query.query import find_snapshot
from analytics.semantics.filters import Reader
from analytics.semantics.kinds import display
from catalog.models import Product, StockMovement

LATEST = 50


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
    answers, pk = Answers(Reader.of(user), find_snapshot(None)), product.pk
    may_list_orders = user.may("orders", "list")
    months = answers.answer("products/over-time", product=pk)
    countries = answers.answer("products/where", product=pk)
    together = answers.answer("products/bought-together", product=pk, fewest=2, limit=8)
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
