"""Which products sell, and which come back."""

import ibis
from django import forms
from ibis import Table, _

from analytics.semantics.charts import Bars, Heatmap
from analytics.semantics.filters import Filters
from analytics.semantics.measures import (
    customers,
    margin,
    orders,
    revenue,
    share_of_all,
    uncosted,
    units,
)
from analytics.semantics.question_report import first_rows, grouped_report
from analytics.semantics.report import Column, Report, report
from analytics.semantics.shop import Shop

PRODUCT = (Column("product_id"), Column("sku"), Column("product"), Column("category"))


class Best(Filters):
    by = forms.ChoiceField(
        required=False,
        choices=[("revenue", "revenue"), ("units", "pieces"), ("margin", "margin")],
        initial="revenue",
        help_text="The measure to rank by.",
    )
    limit = forms.IntegerField(
        required=False,
        initial=10,
        min_value=1,
        max_value=10_000,
        help_text="Number of products.",
    )


class BestOfAll(Best):
    def report(self, declared: Report) -> Report:
        given = self.cleaned_data
        return first_rows(declared, given["by"], given["limit"])


class BestOfEach(Best):
    limit = forms.IntegerField(
        required=False,
        initial=5,
        min_value=1,
        max_value=1_000,
        help_text="Number of products per country.",
    )


grouped_report(
    "products/top",
    "Which products sell best?",
    "Totals cover all products.",
    rows=("product",),
    keys=PRODUCT,
    measures=("units", "revenue", "margin", "uncosted"),
    form=BestOfAll,
    title="Top products",
    chart=Bars(x="product", y="revenue", ranked=True),
)


@report(
    "products/by-country",
    Column("country_id"),
    Column("country"),
    Column("country_code"),
    Column("rank", "count", "1 is the best product of the country."),
    *PRODUCT,
    Column("units"),
    Column("revenue"),
    Column("share", "share", "Share of the net sales in this country."),
    Column("margin"),
    Column("uncosted"),
    title="Top products by country",
    form=BestOfEach,
    chart=Heatmap(x="rank", y="country", color="share"),
    totals="goods",
)
def top_products_by_country(shop: Shop, by: str, limit: int) -> Table:
    """Which products sell best in each country?

    Totals cover all products.
    """
    sums = shop.lines.group_by("country_id", "product_id").agg(units, revenue, margin, uncosted)
    best_first = ibis.window(
        group_by="country_id", order_by=[ibis.desc(by, nulls_first=False), "product_id"]
    )
    ranked = sums.mutate(
        rank=ibis.row_number().over(best_first) + 1,
        # Before the cut to the best: of the whole country, not of the products listed.
        share=share_of_all("revenue", group_by="country_id"),
    )
    return shop.named(ranked.filter(ranked["rank"] <= limit)).order_by("country", "rank")


grouped_report(
    "products/returns",
    "Which products are returned, how often, and for how much money?",
    rows=("product",),
    keys=PRODUCT,
    measures=("units", "returned_units", "returns", "return_rate"),
    sort="-returns",
    title="Returned products",
    chart=Bars(x="product", y="returns", ranked=True),
)


@report(
    "products/performance",
    *PRODUCT,
    Column("revenue"),
    Column("share", "share", "Share of the net sales of all products."),
    Column("growth"),
    Column("units"),
    Column("orders"),
    Column("customers"),
    Column("first_sale", "date", "First day of the period on which the product was sold."),
    Column("last_sale", "date", "Last day of the period on which the product was sold."),
    title="Product performance",
    chart=Bars(x="product", y="revenue", ranked=True),
    totals="goods",
)
def product_performance(shop: Shop) -> Table:
    """How does each product sell, compared with the previous period?"""
    sold_on = {"where": _.kind == "sale"}
    now = shop.lines_by_product.group_by("product_id").agg(
        revenue,
        units,
        orders,
        customers,
        first_sale=_.day.min(**sold_on),
        last_sale=_.day.max(**sold_on),
    )
    then = shop.before.lines.group_by("product_id").agg(then=revenue)
    # What sold only before is not listed; what sells only now has no growth.
    both = now.left_join(then, "product_id").drop("product_id_right")
    both = both.mutate(share=share_of_all("revenue"), growth=shop.growth(_.revenue, _.then))
    return shop.named(both).order_by(ibis.desc("revenue"), "product_id")
