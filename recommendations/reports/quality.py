"""Reports of the accuracy of recommendations, and of products bought together."""

import ibis
from django import forms
from ibis import Table, _

from analytics.predictions.fit import note_of_fit
from analytics.reports.one_product import OneProduct
from analytics.semantics.charts import Bars
from analytics.semantics.customer_queries import SOLD
from analytics.semantics.filters import WithoutConditions
from analytics.semantics.measures import ratio
from analytics.semantics.report import Column, report
from analytics.semantics.shop import Shop


@report(
    "recommendations/quality",
    Column("question", "text", "What the method predicts."),
    Column("method", "text", 'The method; "popular" recommends the same products to everyone.'),
    Column(
        "recall",
        "share",
        "Share of purchases that were among the ten recommendations (five for orders).",
    ),
    Column(
        "customers", "count", "Customers, or orders, whose last basket was predicted.", "Tested"
    ),
    Column("used", "text", "Whether the method is in use."),
    title="Recommendation accuracy",
    form=WithoutConditions,
    chart=Bars(x="method", y="recall"),
    totals=None,
    note=note_of_fit("recommendations"),
)
def quality(shop: Shop) -> Table:
    """How well do recommendations predict what customers buy?

    The last basket of each customer in the last eight weeks is predicted from what was known
    before it, and compared with the most popular products. Covers all countries and all time.
    Only readers who see every country see how many customers were tested.
    """
    tests = shop.rows_without_scope("recommendation_tests")
    if shop.scope is not None:  # a figure of the whole shop
        tests = tests.mutate(customers=ibis.null("int64"))
    return tests.mutate(used=_.chosen.ifelse("in use", "")).order_by(
        "question", _.recall.desc(), "method"
    )


MAX_PRODUCTS = 100  # in an order: the number of pairs grows with the square


class PairFilters(OneProduct):
    fewest = forms.IntegerField(
        required=False, initial=5, min_value=1, max_value=1_000_000,
        help_text="Minimum number of orders that contain both products.",
    )  # fmt: skip
    limit = forms.IntegerField(
        required=False, initial=100, min_value=1, max_value=10_000, help_text="Number of pairs."
    )


@report(
    "products/bought-together",
    Column("product_id"),
    Column("product"),
    Column("with_id", "id", "Id of the other product.", "Other product id"),
    Column("with_product", "text", "The other product.", "Bought with"),
    Column("together", "count", "Orders that contain both products."),
    Column("support", "share", "Orders with both products ÷ all orders."),
    Column("confidence", "share", "Orders with both products ÷ orders with the product."),
    Column("lift", "number", "How many times more often than by chance."),
    Column("strength", "number", "Confidence × log of lift; pairs are sorted by it."),
    Column("hit_rate", "share", "Last backtest: how often one of five pairs predicted an item."),
    title="Products bought together",
    form=PairFilters,
    chart=Bars(x="with_product", y="strength", ranked=True),
    totals=None,
    note=note_of_fit("recommendations"),
)
def bought_together(shop: Shop, product: int | None, fewest: int, limit: int) -> Table:
    """Which products are bought together more often than by chance?

    Orders with more than 100 products are left out, because they say little about pairs.
    """
    sales = shop.lines_by_product.filter(SOLD, _.first_of_product)
    sales = sales.select("order_id", "product_id")
    sizes = sales.group_by("order_id").agg(size=_.count())
    sales = sales.semi_join(sizes.filter(_.size <= MAX_PRODUCTS), "order_id")
    # A pair is in no more orders than either product (Apriori): rare ones need no pairs.
    each = sales.group_by("product_id").agg(of_each=_.count()).filter(_.of_each >= fewest)
    known = sales.semi_join(each, "product_id")
    counted = count_pairs(known, product, fewest).join(each, "product_id")
    others = each.select(with_id="product_id", of_other="of_each")
    counted = counted.join(others, "with_id").cross_join(sales.agg(all=_.order_id.nunique()))
    found = counted.mutate(
        support=ratio(_.together, _.all),
        confidence=ratio(_.together, _.of_each),
        lift=ratio(_.together * _.all, _.of_each * _.of_other),
    )
    found = found.filter(_.lift > 1).mutate(strength=_.confidence * _.lift.ln())
    best = found.order_by(_.strength.desc(), "product_id", "with_id").limit(limit)
    tests = shop.rows_without_scope("recommendation_tests").filter(
        _.question == "what else is in the order", _.chosen
    )
    # An aggregate has a row even before the first fit: joining no row would drop all pairs.
    rate = tests.agg(hit_rate=_.recall.max())
    names = shop.products.select(with_id="product_id", with_product="product")
    named = shop.named(best).left_join(names, "with_id").drop("with_id_right").cross_join(rate)
    # Again, because joins keep no order.
    return named.order_by(_.strength.desc(), "product_id", "with_id")


def count_pairs(sales: Table, product: int | None, fewest: int) -> Table:
    """The number of orders with both products.

    Without a product each pair is counted once and then listed both ways: there may be millions.
    """
    others = sales.select("order_id", with_id="product_id")
    both = sales.join(others, "order_id")
    if product is None:
        both = both.filter(_.product_id < _.with_id)
    else:
        both = both.filter(_.product_id == product, _.with_id != product)
    counted = both.group_by("product_id", "with_id").agg(together=_.count())
    counted = counted.filter(_.together >= fewest)
    turned = counted.select(product_id="with_id", with_id="product_id", together="together")
    return counted.union(turned) if product is None else counted
