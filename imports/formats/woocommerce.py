"""WooCommerce's order export: one row per order, its lines in the columns line_item_1 … n.

Such a cell reads `name:Beanie|product_id:15|sku:woo-beanie|quantity:2|total:36.00|sub_total:40.00`;
the difference between sub_total and total is the coupons' discount, so the order's own discount is
not read. A full refund returns the lines; for a partial one, the file has the amount only: it
becomes a single line "refund".
"""

from imports.formats import Format, amount_sql, unit_price_sql, written


def item(name: str) -> str:
    """SQL: the value of `name:` in a line's cell."""
    return rf"nullif(trim(regexp_extract(item_text, '(?:^|\|)\s*{name}:([^|]*)', 1)), '')"


EACH = unit_price_sql(amount_sql("item_subtotal"), amount_sql("item_quantity"))
# A product's name may contain a bar: it ends at the next `|field:` only.
# Dates of refunds are ISO texts, of which the greatest is the latest.
ROWS = rf"""
from (
    with items as (
        select * exclude (item_column),
               trim(regexp_extract(item_text, '(?:^|\|)\s*name:(.*?)(?:\|[a-z_]+:|$)', 1))
                   as item_name,
               coalesce({item("sku")}, {item("product_id")}) as item_sku,
               {item("quantity")} as item_quantity, {item("total")} as item_total,
               coalesce({item("sub_total")}, {item("subtotal")}, {item("total")}) as item_subtotal
        from raw unpivot include nulls (item_text for item_column in (columns('^lineitem[0-9]+$')))
        -- an order without lines keeps its first cell, so that it is listed as rejected
        where coalesce(trim(item_text), '') <> '' or item_column = 'lineitem1'
    ), priced as (
        select * exclude (item_text), coalesce({written(EACH)}, item_subtotal) as item_price,
               greatest({EACH} * {amount_sql("item_quantity")} - {amount_sql("item_total")}, 0)
                   as item_discount
        from items
    ), prepared as (
        select *, regexp_replace(lower(trim(status)), '^wc-', '') as state,
               row_number() over (partition by record) as line_number,
               list_sum(list_transform(regexp_extract_all(refunditems, 'amount:\s*-?([0-9.]+)', 1),
                                       x -> try_cast(x as decimal(18, 4)))) as partial_refund
        from priced
    ), returned as (
        select * replace (
            ordernumber || '-refund' as ordernumber,
            coalesce(list_max(regexp_extract_all(refunditems, 'date:\s*([-0-9]+ [:0-9]+)', 1)),
                     nullif(trim(paiddate), ''), orderdate) as orderdate)
        from prepared
    )
    select *, 'sale' as doc_kind from prepared
    union all
    select *, 'return' from returned where state = 'refunded'
    union all
    select * replace ('refund' as item_sku, 'Refund' as item_name, '1' as item_quantity,
                      {written("partial_refund")} as item_price, 0 as item_discount,
                      null as shippingtotal, null as taxtotal), 'return'
    from returned
    where partial_refund > 0 and line_number = 1
          and state not in ('refunded', 'cancelled', 'failed')
)
"""

WOOCOMMERCE = Format(
    name="woocommerce",
    title="WooCommerce orders",
    comes_from="the plugin Import Export Suite for WooCommerce: orders, as CSV",
    required=("ordernumber", "orderdate", "status", "lineitem1"),
    optional=(
        "orderid", "paiddate", "shippingtotal", "taxtotal", "cartdiscount", "discounttotal",
        "ordertotal", "ordersubtotal", "ordercurrency", "customeremail", "billingemail",
        "billingfirstname", "billinglastname", "billingcountry", "shippingcountry", "refunditems",
    ),
    rows=ROWS,
    fields={
        "document": "ordernumber",
        "kind": "doc_kind",
        "placed": "orderdate",
        # A refund is a document of its own: the sale stays a paid one.
        "status": """case
            when state in ('processing', 'refunded') then 'paid'
            when state = 'completed' then 'delivered'
            when state in ('on-hold', 'checkout-draft') then 'pending'
            when state in ('cancelled', 'failed', 'trash') then 'canceled'
            else state end""",
        "customer_name": "concat_ws(' ', billingfirstname, billinglastname)",
        "email": "coalesce(nullif(trim(customeremail), ''), billingemail)",
        "country": "coalesce(nullif(trim(shippingcountry), ''), billingcountry)",
        "currency": "ordercurrency",
        "shipping": "shippingtotal",
        "order_tax": "taxtotal",
        # 100 characters: the longest SKU.
        "sku": "coalesce(item_sku, left(item_name, 100))",
        "product": "item_name",
        "quantity": "item_quantity",
        "unit_price": "item_price",
        "discount": written("item_discount"),
    },
    dates=("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M"),
)  # fmt: skip
