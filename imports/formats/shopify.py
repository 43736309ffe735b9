"""Shopify's order export: a row a line, what concerns the whole order on its first row only.

What was given back becomes a return of its own. The file does not say when, so it is dated on the
last day that the order tells of. A refund of everything returns the lines; of one in part, the file
does not tell which lines it was for nor how much of it was tax: it is one line called "refund".
A canceled order was given its money back, but then it counts as no sale in the first place.
"""

from imports.formats import Format, amount, written

WHOLE_ORDER = (
    "financialstatus", "paidat", "fulfillmentstatus", "fulfilledat", "createdat", "cancelledat",
    "subtotal", "total", "discountamount", "refundedamount",
)  # fmt: skip
FILLED = ", ".join(
    f"first_value(nullif(trim({column}), '') ignore nulls) over whole as {column}"
    for column in WHOLE_ORDER
)
GROSS = f"{amount('lineitemprice')}::double * {amount('lineitemquantity')}"
LINE_DISCOUNTS = f"coalesce({amount('lineitemdiscount')}, 0)"
# The discount amount is said to hold the lines' own discounts, but not every export agrees; what
# the subtotal comes to tells.
ORDER_DISCOUNT = f"""
case when line_discounts > 0
          and abs({amount("subtotal")} + {amount("discountamount")} - gross) < 0.005
     then {written(f"{amount('discountamount')} - line_discounts")} else discountamount end
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
    ), told as (
        select * replace ({ORDER_DISCOUNT} as discountamount),
               case when cancelledat is not null or {amount("refundedamount")} = 0 then null
                    when {amount("refundedamount")} >= {amount("total")} then 'all'
                    when refundedamount is not null then 'part' end as given_back
        from filled
    ), goods_back as (
        select * replace (name || '-refund' as name,
                          greatest(createdat, paidat, fulfilledat) as createdat)
        from told where given_back is not null
    )
    select *, 'sale' as doc_kind from told
    union all
    select *, 'return' from goods_back where given_back = 'all'
    union all
    select * replace ('refund' as lineitemsku, 'Refund' as lineitemname, '1' as lineitemquantity,
                      refundedamount as lineitemprice, null as lineitemdiscount,
                      null as discountamount, null as shipping, null as taxes), 'return'
    from goods_back where given_back = 'part' and line_number = 1
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
        "tax_included": f"case when {amount('taxes')} > 0 then "
        f"cast(abs({amount('subtotal')} + coalesce({amount('shipping')}, 0) - {amount('total')}) "
        "< 0.005 as varchar) end",
        # Many shops never gave their articles numbers: then the name is the article.
        "sku": "coalesce(nullif(trim(lineitemsku), ''), left(lineitemname, 100))",
        "product": "lineitemname",
        "quantity": "lineitemquantity",
        "unit_price": "lineitemprice",
        "discount": "lineitemdiscount",
    },
    dates=("%Y-%m-%d %H:%M:%S %z",),
)  # fmt: skip
