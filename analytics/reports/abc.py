"""Products by their share of net sales."""

from typing import Any

import ibis
from django import forms
from ibis import Table, _

from analytics.reports.products import PRODUCT
from analytics.semantics.charts import Bars, Pareto
from analytics.semantics.filters import Filters
from analytics.semantics.measures import ratio, revenue, share_of_all, units
from analytics.semantics.report import Column, report
from analytics.semantics.shop import Shop


class Bounds(Filters):
    a_to = forms.FloatField(
        required=False,
        initial=0.8,
        min_value=0,
        max_value=1,
        help_text="Cumulative share of net sales up to which products are in class A: 0.8 is 80 %.",
    )
    b_to = forms.FloatField(
        required=False,
        initial=0.95,
        min_value=0,
        max_value=1,
        help_text="Cumulative share of net sales up to which products are in class B.",
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        # Both are there even if one was refused: Filters.clean() fills in initial values.
        if given["a_to"] > given["b_to"]:
            self.add_error("b_to", "Class B ends before class A.")
        return given


ABC_CLASS = Column(
    "abc_class",
    "text",
    "A up to 80 % of net sales, B up to 95 %, C the rest, U unsold. A product that crosses a "
    "limit belongs to the class before it.",
    "Class",
)


@report(
    "products/abc",
    Column(
        "rank", "count", "1 is the product with the highest net sales; unsold products come last."
    ),
    *PRODUCT,
    Column("units"),
    Column("revenue"),
    Column(
        "cumulative_share",
        "share",
        "Share of this product and all before it in the net sales of products that sold.",
    ),
    ABC_CLASS,
    title="ABC analysis",
    form=Bounds,
    chart=Pareto(x="product", y="revenue", share="cumulative_share"),
    totals="goods",
)
def abc(shop: Shop, a_to: float, b_to: float) -> Table:
    """Which products make up most of net sales, and which were not sold at all?"""
    return classified_products(shop, a_to, b_to).order_by("rank")


@report(
    "products/abc-classes",
    ABC_CLASS,
    Column("products", "count", "Products in this class."),
    Column("share_of_products", "share", "Share of all products."),
    Column("units"),
    Column("revenue"),
    Column("share", "share", "Share of the net sales of all products."),
    title="ABC classes",
    form=Bounds,
    chart=Bars(x="abc_class", y="revenue"),
    totals="goods",
)
def abc_classes(shop: Shop, a_to: float, b_to: float) -> Table:
    """How many products are in each ABC class, and how much do they sell?"""
    products = classified_products(shop, a_to, b_to).group_by("abc_class")
    classes = products.agg(units, revenue, products=_.count())
    shares = {"share_of_products": share_of_all("products"), "share": share_of_all("revenue")}
    return classes.mutate(**shares).order_by("abc_class")


def classified_products(shop: Shop, a_to: float, b_to: float) -> Table:
    """Every product with its class, which follows from the share of the products before it."""
    # Returns can exceed sales: a sum that falls again would give shares above 1.
    products = every_product(shop).mutate(
        unsold=(_.units == 0).cast("int8"), earned=ibis.cases((_.revenue > 0, _.revenue), else_=0)
    )
    # Unsold ones last, below products that only lost money, whose revenue is lower.
    down = [products.unsold, products.revenue.desc(), products.product_id]
    so_far = products.earned.sum().over(ibis.cumulative_window(order_by=down))
    whole = products.earned.sum().over()
    # Without the product itself: else one that makes 90 % of the sales alone would be a B.
    before = ratio(so_far - products.earned, whole)
    return products.mutate(
        rank=ibis.row_number().over(order_by=down) + 1,
        cumulative_share=ratio(so_far, whole),
        abc_class=ibis.cases(
            (products.units == 0, "U"), (before < a_to, "A"), (before < b_to, "B"), else_="C"
        ),
    )


def every_product(shop: Shop) -> Table:
    """Active products, and others that were sold or returned; 0 where nothing was."""
    sums = shop.lines.group_by("product_id").agg(units, revenue)
    products = shop.products.left_join(sums, "product_id")
    # The join's right side is there only where something was sold or returned.
    products = products.filter(products.is_active | products.product_id_right.notnull())
    return products.drop("product_id_right").fill_null({"units": 0, "revenue": 0})
