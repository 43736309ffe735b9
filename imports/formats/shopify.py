"""Shopify's order export: one row per line, the fields of the order on its first row only.

A refund becomes a return of its own. The file has no date for it, so it gets the last date of the
order. A full refund returns the lines; for a partial one, the file says neither which lines it was
for nor how much of it was tax: it becomes a single line "refund". A canceled order is refunded too,
but it is no sale in the first place.
"""

from imports.formats import Format, amount_sql, written

WHOLE_ORDER = (
    "financialstatus", "paidat", "fulfillmentstatus", "fulfilledat", "createdat", "cancelledat",
    "subtotal", "total", "discountamount", "refundedamount",
)  # fmt: skip
FILLED = ", ".join(
    f"first_value(nullif(trim({column}), '') ignore nulls) over whole as {column}"
    for column in WHOLE_ORDER
)
GROSS = f"{amount_sql('lineitemprice')}::double * {amount_sql('lineitemquantity')}"
LINE_DISCOUNTS = f"coalesce({amount_sql('lineitemdiscount')}, 0)"
# By the documentation the discount amount includes the lines' own discounts, but not in every
# export: the subtotal decides.
ORDER_DISCOUNT = f"""
case when line_discounts > 0
          and abs({amount_sql("subtotal")} + {amount_sql("discountamount")} - gross) < 0.005
     then {written(f"{amount_sql('discountamount')} - line_discounts")} else discountamount end
"""
ROWS = f"""
from (
    with filled as (
        select * replace ({FILLED}),
               row_number() over (partition by name order by record) as line_number,
               sum({GROSS}) over whole as gross, sum({LINE_DISCOUNTS}) over whole as line_discounts
        from raw
        window whole as (partition by name order by record
                         rows between unbounded preceding and unbounded following)
    ), prepared as (
        select * replace ({ORDER_DISCOUNT} as discountamount),
               case when cancelledat is not null or {amount_sql("refundedamount")} = 0 then null
                    when {amount_sql("refundedamount")} >= {amount_sql("total")} then 'all'
                    when refundedamount is not null then 'part' end as refund_kind
        from filled
    ), returned as (
        select * replace (name || '-refund' as name,
                          greatest(createdat, paidat, fulfilledat) as createdat)
        from prepared where refund_kind is not null
    )
    select *, 'sale' as doc_kind from prepared
    union all
    select *, 'return' from returned where refund_kind = 'all'
    union all
    select * replace ('refund' as lineitemsku, 'Refund' as lineitemname, '1' as lineitemquantity,
                      refundedamount as lineitemprice, null as lineitemdiscount,
                      null as discountamount, null as shipping, null as taxes), 'return'
    from returned where refund_kind = 'part' and line_number = 1
)
"""

SHOPIFY = Format(
    name="shopify",
    title="Shopify orders",
    comes_from="Shopify admin: Orders → Export, as CSV",
    required=(
        "name", "financialstatus", "createdat", "lineitemquantity", "lineitemname", "lineitemprice",
    ),
    optional=(
        "email", "paidat", "fulfillmentstatus", "fulfilledat", "currency", "subtotal", "shipping",
        "taxes", "total", "discountamount", "lineitemsku", "lineitemdiscount", "billingname",
        "billingcountry", "shippingname", "shippingcountry", "cancelledat", "refundedamount", "id",
        "tags",
    ),
    aliases={"canceledat": "cancelledat"},
    rows=ROWS,
    fields={
        "document": "name",
        "kind": "doc_kind",
        "placed": "createdat",
        "status": """case
            when cancelledat is not null or financialstatus = 'voided' then 'canceled'
            when fulfillmentstatus = 'fulfilled' then 'shipped'
            when financialstatus in ('paid', 'partially_refunded', 'refunded') then 'paid'
            else 'pending' end""",
        "customer_name": "coalesce(nullif(trim(billingname), ''), shippingname)",
        "email": "email",
        "country": "coalesce(nullif(trim(shippingcountry), ''), billingcountry)",
        "currency": "currency",
        "order_discount": "discountamount",
        "shipping": "shipping",
        "order_tax": "taxes",
        # The file does not say it. If subtotal and shipping make the total, to half a cent, prices
        # include the tax.
        "tax_included": f"case when {amount_sql('taxes')} > 0 then "
        f"cast(abs({amount_sql('subtotal')} + coalesce({amount_sql('shipping')}, 0) "
        f"- {amount_sql('total')}) "
        "< 0.005 as varchar) end",
        # Many shops have no SKUs: then the name is the SKU.
        "sku": "coalesce(nullif(trim(lineitemsku), ''), left(lineitemname, 100))",
        "product": "lineitemname",
        "quantity": "lineitemquantity",
        "unit_price": "lineitemprice",
        "discount": "lineitemdiscount",
    },
    dates=("%Y-%m-%d %H:%M:%S %z",),
)  # fmt: skip
