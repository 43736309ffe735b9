"""The older purchases app: single purchases and files of them, a list, and six key figures."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.urls import path
from django_filters import rest_framework as filters
from drf_yasg.utils import swagger_auto_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.api.legacy.reports import LegacyView
from core.filters import day
from core.resources import refuse_unknown_parameters
from customers.models import Country
from imports.api import PurchaseFiles, Purchases

TOP = 10
NO_PURCHASES = {"error": "no purchases available"}


def key_figures(report_json: Callable[[str], dict]) -> dict:
    """Of all sales that the reader sees. `report_json` runs a report; amounts are text."""
    customers = report_json("customers/by-country")
    countries = report_json("geographic/revenue-by-country")
    months = report_json("revenue/monthly")["rows"]
    # Amounts are text here, and as text 9 is more than 10.
    best = max(months, key=lambda row: float(row["revenue"]), default=None)
    return {
        "mean_purchase_per_client": customers["totals"]["revenue_per_customer"],
        "total_revenue": countries["totals"]["revenue"],
        "clients_per_country": {r["country"]: r["customers"] for r in customers["rows"]},
        "top_countries_by_revenue": [
            {"country": row["country"], "revenue": row["revenue"]}
            for row in countries["rows"][:TOP]
        ],
        "month_with_highest_sales": best and best["month"],
        "forecast": forecast_days(report_json("analytics/forecast/revenue")["rows"]),
    }


def forecast_days(days: list[dict]) -> list[dict]:
    """The next thirty days, each with the bounds of its 95 % interval."""
    names = {"date": "date", "forecast": "forecast", "lower": "lower_95", "upper": "upper_95"}
    return [
        {name: day[column] for name, column in names.items()}
        for day in days
        if day["forecast"] is not None
    ]


class PurchaseFigures(LegacyView):
    """The key figures of the purchases app, of all sales that the reader sees."""

    @swagger_auto_schema(operation_summary="Key figures, as the earlier purchases app answered")
    def get(self, request: Request) -> Response:
        refuse_unknown_parameters(request, ())
        return Response(key_figures(self.report_json))


class LegacyFigures(PurchaseFigures):
    """At the app's own address: amounts are numbers, and an empty shop has its own answer."""

    def get(self, request: Request) -> Response:
        figures = super().get(request).data
        is_empty = not figures["clients_per_country"]
        return Response(NO_PURCHASES if is_empty else with_numbers(figures))


def with_numbers(value: Any) -> Any:
    """The same with amounts as JSON numbers: no other text in the answer can be read as one."""
    if isinstance(value, dict):
        return {name: with_numbers(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [with_numbers(inner) for inner in value]
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def purchase_row(purchase: tuple) -> dict:
    customer, country, day, amount = purchase
    return {
        "customer_name": customer or "",
        "country": country,
        "purchase_date": str(day),
        "amount": float(amount),
    }


class PurchaseShape(serializers.Serializer):
    customer_name = serializers.CharField()
    country = serializers.CharField()
    purchase_date = serializers.DateField()
    amount = serializers.FloatField()


class Added(serializers.Serializer):
    added = serializers.IntegerField(help_text="Purchases that were not stored already.")


class LegacyPurchase(Purchases):
    """One purchase; the answer is what was sent."""

    http_method_names = ("post",)

    @swagger_auto_schema(responses={200: PurchaseShape})
    def create(self, request: Request) -> Response:
        """Record a purchase, as the earlier purchases app did."""
        answer = super().create(request)
        names = ("customer_name", "country", "purchase_date", "amount")
        # As it was sent: the shop may list that country under another name.
        sent = {name: answer.data[name] for name in names} | {"country": request.data["country"]}
        answer.data, answer.status_code = sent | {"amount": float(sent["amount"])}, 200
        return answer


class LegacyBulk(PurchaseFiles):
    """Many purchases: all rows of the file are stored, or none."""

    @swagger_auto_schema(responses={200: Added})
    def bulk(self, request: Request) -> Response:
        """Record a CSV, as the earlier purchases app did. Rows that are stored already are not
        added once more."""
        # The older app stored a file whole or not at all; setting bad rows aside is new.
        run = self.recorded(request, every_row=True)
        return Response({"added": run.counts["stored"]})


class NamedCountries(filters.CharFilter):
    """By name or code, several if it is repeated; an unknown one has no rows."""

    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        # `value` is only the last of a repeated parameter.
        names = [name for name in self.parent.data.getlist("country") if name]
        known = [Country.objects.named(name) for name in names]
        return rows.filter(country__in=list(filter(None, known))) if names else rows


class LegacyFilters(filters.FilterSet):
    country = NamedCountries(label="Name or code; repeat it for several")
    start_date = day("placed_on", "gte", label="First day")
    end_date = day("placed_on", "lte", label="Last day")


class LegacyPurchases(Purchases):
    """All purchases in one list, in the order in which they were stored."""

    http_method_names = ("get", "head")
    filterset_class = LegacyFilters
    search_fields = ordering_fields = ()

    @swagger_auto_schema(responses={200: PurchaseShape(many=True)})
    def list(self, request: Request) -> StreamingHttpResponse:
        """All purchases, as the earlier purchases app listed them: without pages."""
        refuse_unknown_parameters(request, LegacyFilters.base_filters)
        purchases = self.filter_queryset(self.get_queryset()).order_by("pk")
        # The older app had no pages, so the list may be long: it is written row by row.
        return StreamingHttpResponse(json_list(purchases), content_type="application/json")


def json_list(purchases: QuerySet) -> Iterator[bytes]:
    rows = purchases.values_list("customer__name", "country__name", "placed_on", "total")
    yield b"["
    for index, purchase in enumerate(rows.iterator()):
        yield (b"," if index else b"") + json.dumps(purchase_row(purchase)).encode()
    yield b"]"


urlpatterns = [
    path("purchase/", LegacyPurchase.as_view({"post": "create"})),
    path("purchase/bulk/", LegacyBulk.as_view({"post": "bulk"})),
    path("purchases/", LegacyPurchases.as_view({"get": "list"})),
    path("purchases/kpis/", LegacyFigures.as_view()),
]
