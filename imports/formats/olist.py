"""Olist's Brazilian marketplace: a zip of tables; the order items are the lines.

A row is one piece. The customer is customer_unique_id: customer_id differs for every order. Orders
without items (mostly never delivered) are rejected: there is nothing to store. The products have
no names.
"""

from imports.formats import Format, Rule, amount_sql, written

# Left joins, so that an item without its order is rejected and not lost; one row of each table,
# because a duplicate would double the pieces.
ROWS = f"""
from (
    select raw.*, o.orderstatus, o.orderpurchasetimestamp, c.customeruniqueid,
           p.productcategoryname,
           {written(f"sum({amount_sql('raw.freightvalue')}) over (partition by raw.orderid)")}
               as order_freight
    from raw
    left join (select distinct on (orderid) * from olistordersdataset order by record) o
           on o.orderid = raw.orderid
    left join (select distinct on (customerid) * from olistcustomersdataset order by record) c
           on c.customerid = o.customerid
    left join (select distinct on (productid) * from olistproductsdataset order by record) p
           on p.productid = raw.productid
)
"""

OLIST = Format(
    name="olist",
    title="Olist marketplace",
    comes_from="the zip of Olist’s public dataset, or your own with its four files",
    required=("orderid", "orderitemid", "productid", "price", "freightvalue"),
    optional=("sellerid", "shippinglimitdate"),
    tables=("olistordersdataset", "olistcustomersdataset", "olistproductsdataset"),
    unused_rules={
        "olistordersdataset": Rule(
            "order_id",
            "no_items",
            "the order has no items, so there is nothing to store",
            "orderid is null or orderid not in (select orderid from raw where orderid is not null)",
        )
    },
    rows=ROWS,
    fields={
        "document": "orderid",
        "placed": "orderpurchasetimestamp",
        "status": """case
            when orderstatus in ('approved', 'processing', 'invoiced') then 'paid'
            when orderstatus = 'created' then 'pending'
            when orderstatus = 'unavailable' then 'canceled'
            else orderstatus end""",
        "customer": "customeruniqueid",
        "country": "'Brazil'",
        "currency": "'BRL'",
        "shipping": "order_freight",
        "sku": "productid",
        "product": "concat_ws(' ', coalesce(nullif(productcategoryname, ''), 'product'), "
        "left(productid, 8))",
        "category": "productcategoryname",
        "quantity": "'1'",
        "unit_price": "price",
    },
)
