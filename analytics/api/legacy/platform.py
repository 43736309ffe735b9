"""The older order platform: three questions at one address; `type` says which."""

from drf_yasg import openapi
from drf_yasg.utils import swagger_auto_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.api.legacy.reports import LegacyView
from core.resources import refuse_unknown_parameters
from core.schema import anything

# Its names of the parameters, and those of the reports
NAMES = {"start_date": "start", "end_date": "end", "country": "country"}
REQUIRED = {"revenue_by_category": ("start_date", "end_date")}
TOP = "10"


class Sales(LegacyView):
    """`type` says which of three questions is asked."""

    names = NAMES

    @swagger_auto_schema(
        operation_summary="Sales, as the earlier order system answered",
        responses={200: openapi.Response("Rows, or the rate", anything("By type."))},
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
    def get(self, request: Request) -> Response:
        refuse_unknown_parameters(request, ["type", *NAMES])
        question = request.query_params.get("type", "")
        if question not in ANSWERS:
            raise exceptions.ValidationError({"type": [f"One of {', '.join(ANSWERS)}."]})
        # The report would answer for all time; the older system required a period.
        missing = [name for name in REQUIRED.get(question, ()) if name not in request.query_params]
        if missing:
            raise exceptions.ValidationError({name: ["Is needed."] for name in missing})
        period = {new: request.query_params.get(old) for old, new in NAMES.items()}
        return Response(ANSWERS[question](self, **period))

    def revenue_by_category(self, **filters: str | None) -> list[dict]:
        rows = self.report_json("revenue/by-category", **filters)["rows"]
        return [{"category_name": row["category"], "total_revenue": row["revenue"]} for row in rows]

    def top_selling_products(self, **filters: str | None) -> list[dict]:
        """By units sold, as the older system ranked them."""
        rows = self.report_json("products/top", by="units", limit=TOP, **filters)["rows"]
        return [
            {"id": row["product_id"], "name": row["product"], "total_sales": row["units"]}
            for row in rows
        ]

    def churn_rate(self, **filters: str | None) -> dict:
        rows = self.report_json("customers/churn-rate", **filters)["rows"]
        return {"churn_rate": rows[0]["churn_rate"] if rows else None}


ANSWERS = {
    "revenue_by_category": Sales.revenue_by_category,
    "top_selling_products": Sales.top_selling_products,
    "churn_rate": Sales.churn_rate,
}
