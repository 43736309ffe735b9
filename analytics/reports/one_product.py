"""The sales of one product by month and country; of all products, where none is named."""

from dataclasses import replace

from analytics.semantics.charts import Bars, Lines
from analytics.semantics.conditions import Condition
from analytics.semantics.fields import ProductField
from analytics.semantics.filters import Filters, ReportParams
from analytics.semantics.question_report import OverTime, grouped_report
from analytics.semantics.report import Column


class OneProduct(Filters):
    product = ProductField()


class SalesOfOneProduct(OneProduct):
    def params(self) -> ReportParams:
        """The product is a condition like others, so that it holds wherever those do."""
        params, product = super().params(), self.cleaned_data["product"]
        own = () if product is None else (Condition("product", "is", (product,)),)
        return replace(params, where=(*params.where, *own))


class SalesOverTime(OverTime, SalesOfOneProduct):
    pass


grouped_report(
    "products/over-time",
    "How does a product sell from month to month?",
    rows=("month",),
    measures=("units", "revenue", "orders", "returned_units", "returns"),
    form=SalesOverTime,
    has_totals=False,
    title="Product sales by month",
    chart=Lines(x="month", y=("revenue",)),
)

grouped_report(
    "products/where",
    "In which countries does a product sell?",
    rows=("country",),
    keys=(Column("country_id"), Column("country")),
    measures=("units", "revenue", "orders", "return_rate"),
    sort="-revenue",
    form=SalesOfOneProduct,
    has_totals=False,
    title="Product sales by country",
    chart=Bars(x="country", y="revenue", ranked=True),
)
