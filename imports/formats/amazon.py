"""Amazon's "All Orders" report: a row an item, tab-separated; item-price is the whole line's.

The report does not name the buyers: all are guests, unless it has their addresses. Shipping and
gift wrap are given per item and belong to the order.
"""

from imports.formats import Format, Rule, amount_sql, unit_price_sql, written


def order_sum(*columns: str, less: str = "null") -> str:
    """SQL: the sum of the columns over an order's items, less those of another column."""
    added = " + ".join(f"coalesce({amount_sql(column)}, 0)" for column in columns)
    deducted = f"abs(coalesce({amount_sql(less)}, 0))" if less != "null" else "0"
    return written(f"greatest(sum({added} - {deducted}) over (partition by amazonorderid), 0)")


ITEM_CANCELED = "starts_with(lower(trim(itemstatus)), 'cancel')"
ORDER_CANCELED = "starts_with(lower(trim(orderstatus)), 'cancel')"
PIECES, PAID = amount_sql("quantity"), amount_sql("itemprice")
EACH = unit_price_sql(PAID, PIECES)
PROMOTION = f"coalesce(abs({amount_sql('itempromotiondiscount')}), 0)"

AMAZON = Format(
    name="amazon",
    title="Amazon all orders",
    comes_from="Seller Central: order reports, All Orders, as text",
    required=(
        "amazonorderid", "purchasedate", "orderstatus", "sku", "quantity", "currency", "itemprice",
    ),
    optional=(
        "merchantorderid", "lastupdateddate", "productname", "asin", "itemstatus", "itemtax",
        "shippingprice", "shippingtax", "giftwrapprice", "giftwraptax", "itempromotiondiscount",
        "shippromotiondiscount", "shipcountry", "saleschannel", "buyeremail", "buyername",
    ),
    # An item that was canceled in an order that was not: nothing of it was sold.
    # In a canceled order the quantities stay: its status keeps it out of the sales.
    rows=f"""
    from (select * replace (
        case when {ITEM_CANCELED} and not {ORDER_CANCELED} then '0' else quantity end as quantity
    ) from raw)
    """,
    fields={
        "document": "amazonorderid",
        "placed": "purchasedate",
        "status": """case
            when lower(trim(orderstatus)) like 'cancel%' then 'canceled'
            when lower(trim(orderstatus)) in ('complete', 'shipped - delivered to buyer')
                then 'delivered'
            when lower(trim(orderstatus)) like 'shipped%' then 'shipped'
            when lower(trim(orderstatus)) in ('unshipped', 'partiallyshipped', 'shipping')
                then 'paid'
            when lower(trim(orderstatus)) like 'pending%' then 'pending'
            else orderstatus end""",
        "customer_name": "buyername",
        "email": "buyeremail",
        "country": "shipcountry",
        "currency": "currency",
        "shipping": order_sum("shippingprice", "giftwrapprice", less="shippromotiondiscount"),
        "order_tax": order_sum("shippingtax", "giftwraptax"),
        "sku": "sku",
        "product": "productname",
        "quantity": "quantity",
        # Without pieces there is no price; the row is rejected for its quantity.
        "unit_price": f"case when {PIECES} = 0 then '0' "
        f"else coalesce({written(EACH)}, itemprice) end",
        # A text that is no number stays as it is, so that a rule rejects the row for it.
        "discount": f"coalesce({written(f'{EACH} * {PIECES} - {PAID} + {PROMOTION}')}, "
        "itempromotiondiscount)",
        "tax": "itemtax",
        # In North America tax is added to the price, everywhere else it is part of it.
        "tax_included": """case
            when lower(trim(saleschannel)) in ('amazon.com', 'amazon.ca') then 'false'
            when lower(trim(saleschannel)) like 'amazon.%' then 'true' end""",
    },
    rules=(
        Rule(
            "quantity",
            "canceled_item",
            "the item was canceled before anything of it was sold",
            "quantity = 0",
        ),
    ),
)  # fmt: skip
