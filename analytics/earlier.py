"""Answers in the shapes of the systems that this one takes over, out of the same reports."""

from drf_yasg.utils import swagger_auto_schema
from rest_framework.response import Response

from analytics.legacy.reports import LegacyView
from config.resources import refuse_unknown_parameters


class PurchaseFigures(LegacyView):
    """The key figures of the purchases app, of all sales that the reader sees."""

    @swagger_auto_schema(operation_summary="Key figures, as the earlier purchases app answered")
    def get(self, request):
        refuse_unknown_parameters(request, ())
        totals = self.answered("customers/by-country")
        countries = self.answered("geographic/revenue-by-country")
        months = self.answered("revenue/monthly")["rows"]
        ahead = self.answered("analytics/forecast/total")["rows"]
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
