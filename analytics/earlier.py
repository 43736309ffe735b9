"""Answers in the shapes of the systems that this one takes over, out of the same reports."""

from django.utils.datastructures import MultiValueDict
from drf_yasg import openapi
from drf_yasg.utils import swagger_auto_schema
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.answers import answer
from analytics.faces.as_json import answered
from analytics.filters import Reader, Refused
from config.resources import refuse_unknown_parameters

# The names of then, and what they are called now
NAMES = {"start_date": "start", "end_date": "end", "country": "country"}
NEEDED = {"revenue_by_category": ("start_date", "end_date")}
TOP = "10"


class OneReader(APIView):
    """What both addresses share: reports for one reader, reasons under the old names."""

    http_method_names = ("get", "head")
    actions = {"get": "retrieve"}
    thing = "reports"

    def told(self, path: str, **parameters) -> dict:
        given = MultiValueDict({name: [value] for name, value in parameters.items() if value})
        try:
            return answered(answer(path, given, Reader.of(self.request.user)))
        except Refused as refused:
            old = {new: name for name, new in NAMES.items() if name in self.request.query_params}
            reasons = {old.get(name, name): texts for name, texts in refused.reasons.items()}
            raise exceptions.ValidationError(reasons) from refused


class Sales(OneReader):
    """`type` says which of three questions is asked."""

    @swagger_auto_schema(
        operation_summary="Sales, as the earlier order system answered",
        manual_parameters=[
            openapi.Parameter(
                "type",
                openapi.IN_QUERY,
                type=openapi.TYPE_STRING,
                required=True,
                enum=["revenue_by_category", "top_selling_products", "churn_rate"],
            ),
            *(
                openapi.Parameter(name, openapi.IN_QUERY, type=openapi.TYPE_STRING)
                for name in NAMES
            ),
        ],
    )
    def get(self, request):
        refuse_unknown_parameters(request, ["type", *NAMES])
        asked = request.query_params.get("type", "")
        if asked not in ANSWERS:
            raise exceptions.ValidationError({"type": [f"One of {', '.join(ANSWERS)}."]})
        missing = [name for name in NEEDED.get(asked, ()) if name not in request.query_params]
        if missing:
            raise exceptions.ValidationError({name: ["Is needed."] for name in missing})
        period = {new: request.query_params.get(old) for old, new in NAMES.items()}
        return Response(ANSWERS[asked](self, **period))

    def revenue_by_category(self, **filters) -> list[dict]:
        rows = self.told("revenue/by-category", **filters)["rows"]
        return [{"category_name": row["category"], "total_revenue": row["revenue"]} for row in rows]

    def top_selling_products(self, **filters) -> list[dict]:
        """By pieces, as then."""
        rows = self.told("products/top", by="units", limit=TOP, **filters)["rows"]
        return [
            {"id": row["product_id"], "name": row["product"], "total_sales": row["units"]}
            for row in rows
        ]

    def churn_rate(self, **filters) -> dict:
        rows = self.told("customers/churn-rate", **filters)["rows"]
        return {"churn_rate": rows[0]["churn_rate"] if rows else None}


ANSWERS = {
    "revenue_by_category": Sales.revenue_by_category,
    "top_selling_products": Sales.top_selling_products,
    "churn_rate": Sales.churn_rate,
}


class PurchaseFigures(OneReader):
    """The key figures of the purchases app, of all sales that the reader sees."""

    @swagger_auto_schema(operation_summary="Key figures, as the earlier purchases app answered")
    def get(self, request):
        refuse_unknown_parameters(request, ())
        totals = self.told("customers/by-country")
        countries = self.told("geographic/revenue-by-country")
        months = self.told("revenue/monthly")["rows"]
        ahead = self.told("analytics/forecast/total")["rows"]
        best = max(months, key=lambda row: float(row["revenue"]), default=None)
        return Response(
            {
                "mean_purchase_per_client": totals["totals"]["revenue_per_customer"],
                "total_revenue": countries["totals"]["revenue"],
                "clients_per_country": {r["country"]: r["customers"] for r in totals["rows"]},
                "top_countries_by_revenue": [
                    {"country": row["country"], "revenue": row["revenue"]}
                    for row in countries["rows"][:10]
                ],
                "month_with_highest_sales": best and best["month"],
                "forecast": ahead[0] if ahead else None,  # of the next 30 days
            }
        )
