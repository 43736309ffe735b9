"""Which tax was charged, where and at which rate."""

from decimal import Decimal

import ibis
from django.conf import settings
from ibis import Table, _
from ibis.common.deferred import Deferred

from analytics.semantics.charts import Heatmap
from analytics.semantics.measures import revenue, tax
from analytics.semantics.report import Column, report
from analytics.semantics.shop import Shop
from ledger.tables import MONEY
from orders.money import unit

# A shop owes tax to each country apart, also where the rates are equal.
KEYS = "country_id", "tax_rate"
NOTHING = ibis.literal(Decimal(0), MONEY)
# Of an order each rate is one row.
ORDER = ibis.window(group_by="order_id")
# With two rows of one rate, a running sum would depend on their order.
HIGHEST_FIRST = ibis.cumulative_window(group_by="order_id", order_by=ibis.desc("tax_rate"))


@report(
    "revenue/tax",
    Column("country"),
    Column(
        "tax_rate",
        "share",
        "The tax rate of the order lines; for imports, the rate that matches the tax.",
    ),
    Column("revenue", label="Taxable net sales"),
    Column(
        "taxable_shipping",
        "money",
        "Taxed shipping, without its tax, at the tax rates of the goods in the order. Categories "
        "have none.",
    ),
    Column("tax"),
    title="Tax by country and rate",
    chart=Heatmap(x="tax_rate", y="country", color="tax"),
    key=("country", "tax_rate"),
)
def tax_by_rate(shop: Shop) -> Table:
    """How much tax was charged in each country, and on what amount?

    Tax on shipping is divided among the tax rates of the goods in the order. With a category
    filter, only tax on goods is included.
    """
    # Orders know their tax but not its rates, which each line has frozen.
    goods = shop.lines.select(*KEYS, "revenue", "tax", taxable_shipping=NOTHING)
    orders = taxed_orders(shop)
    # Orders of one rate need none of the windows that divide an amount.
    simple = orders.filter(_.lowest == _.tax_rate).select(
        *KEYS, revenue=NOTHING, tax="shipping_tax", taxable_shipping="shipping"
    )
    mixed = divided(shop, orders.filter(_.lowest != _.tax_rate).drop("country_id", "tax_rate"))
    rows = goods.union(simple, mixed).group_by(*KEYS)
    sums = rows.agg(revenue, tax, taxable_shipping=_.taxable_shipping.sum())
    # Books keep percent, a share is of 1.
    named = shop.named(sums.mutate(tax_rate=_.tax_rate.cast("float64") / 100))
    return named.order_by("country", "tax_rate")


def taxed_orders(shop: Shop) -> Table:
    """Those whose tax is more than that on their goods: the rest of it is on the shipping."""
    charged = shop.orders.filter((_.shipping != 0) & (_.tax != 0))
    charged = charged.select("order_id", "shipping", all_tax="tax")
    lines = shop.lines.select("order_id", *KEYS, "tax", "revenue", "gross")
    sums = lines.join(charged, "order_id").group_by("order_id").agg(
        # max() of what is the same on each line of the order.
        country_id=_.country_id.max(), lowest=_.tax_rate.min(), tax_rate=_.tax_rate.max(),
        shipping=_.shipping.max(), all_tax=_.all_tax.max(), goods_tax=_.tax.sum(),
        all_net=_.revenue.sum(), all_gross=_.gross.sum(),
    )  # fmt: skip
    shipping_tax = (_.all_tax - _.goods_tax).cast(MONEY)
    taxed = sums.filter(_.all_tax != _.goods_tax).mutate(shipping_tax=shipping_tax)
    return taxed.drop("all_tax", "goods_tax")


def divided(shop: Shop, orders: Table) -> Table:
    """Shipping and its tax by the rates of the goods, which bear it as they cost, without tax; as
    they are priced where vouchers paid for all of them; where they are free, by pieces."""
    lines = shop.lines.join(orders, "order_id")
    weight = ibis.cases((_.all_net != 0, _.revenue), (_.all_gross != 0, _.gross), else_=_.units)
    rates = lines.group_by("order_id", *KEYS, "shipping", "shipping_tax").agg(
        weight=weight.cast(MONEY).sum().cast(MONEY)
    )
    shares = rates.mutate(
        until_net=amount_up_to_rate(_.shipping, _.weight),
        # Each rate has taxed its part of the shipping, so its tax grows with both.
        until_tax=amount_up_to_rate(_.shipping_tax, _.weight * _.tax_rate),
    )
    return shares.select(
        *KEYS,
        revenue=NOTHING,
        tax=since_last(_.until_tax),
        taxable_shipping=since_last(_.until_net),
    )


def amount_up_to_rate(amount: Deferred, weight: Deferred) -> Deferred:
    """What of an order's amount falls to this rate and the higher ones: in whole coins until all
    of it is given out, so that nothing is lost."""
    coins = int(1 / unit(settings.BASE_CURRENCY))  # that one unit of the currency has
    so_far, whole = weight.sum().over(HIGHEST_FIRST), weight.sum().over(ORDER)
    share = (amount * coins).cast("float64") * so_far.cast("float64")
    rounded = (share / whole.cast("float64").nullif(0.0)).round()
    # The last rate takes the exact rest, so the parts add up to the amount of the order.
    return (so_far == whole).ifelse(amount, (rounded / coins).cast(MONEY))


def since_last(until: Deferred) -> Deferred:
    earlier = until.lag().over(group_by="order_id", order_by=ibis.desc("tax_rate"))
    return until - earlier.fill_null(NOTHING)
