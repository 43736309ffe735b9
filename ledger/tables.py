"""What the ledger holds: for each part the rows of the books it is made of, and its columns.

`books` is SQL that SQLite, MariaDB and PostgreSQL read alike; values may come back as text.
`shape` is DuckDB's SQL that makes the part of those `{rows}`. Money is in the base currency, signed
as it counts: a return takes away.
"""

from dataclasses import dataclass

from django.conf import settings

MONEY = "decimal(18, 4)"


@dataclass(frozen=True)
class Part:
    books: str
    columns: dict[str, str]  # the name and type of each, as Ibis and DuckDB both understand it
    shape: str
    order: str

    def query(self, rows: str) -> str:
        """SQL for the part, where `rows` is SQL for what `books` gave."""
        values = ", ".join(
            f"cast({name} as {kind}) as {name}" for name, kind in self.columns.items()
        )
        return f"select {values} from ({self.shape.format(rows=rows)}) order by {self.order}"


def local(moment: str) -> str:
    return f"timezone('{settings.TIME_ZONE}', timezone('UTC', cast({moment} as timestamp)))"


def base(amount: str) -> str:
    """The amount in the base currency. 20 digits: with 18 DuckDB multiplies in 64 bits, too few."""
    exchanged = f"cast(cast({amount} as decimal(20, 4)) * rate as {MONEY})"
    return f"case when rate = 1 then cast({amount} as {MONEY}) else {exchanged} end"


# Orders and returns of a month, as lines and orders both need them: no part of its own.
DOCUMENTS = Part(
    """
    select id, number, source, kind, status, returns_id, customer_id, country_id, placed_at,
        placed_on, exchange_rate, tax_included, shipping, shipping_tax, voucher_amount
    from orders_order
    where placed_on >= '{start}' and placed_on < '{end}' and id between {first} and {last}
    """,
    {
        "order_id": "int64",
        "number": "string",
        "source": "string",
        "returns_id": "int64",
        "kind": "string",
        "status": "string",
        "customer_id": "int64",
        "country_id": "int64",
        "placed_at": "timestamp",
        "day": "date",
        "rate": "decimal(15, 10)",
        "taxed": "boolean",
        "shipping": "decimal(15, 4)",  # without its tax
        "shipping_tax": "decimal(15, 4)",
        "voucher": "decimal(15, 4)",
    },
    f"""
    select * exclude placed_at replace (
            cast(shipping as decimal(15, 4)) - case when cast(tax_included as boolean)
                then cast(shipping_tax as decimal(15, 4)) else 0 end as shipping),
        {local("placed_at")} as placed_at, id as order_id,
        placed_on as day, exchange_rate as rate, tax_included as taxed, voucher_amount as voucher
    from ({{rows}}) t
    """,
    "day, order_id",
)

COUNTED = {
    "units": "int64",
    "returned_units": "int64",
    "gross": MONEY,
    "discount": MONEY,
    "returned": MONEY,
    "revenue": MONEY,
    "tax": MONEY,
    "costed": MONEY,  # revenue of units whose cost is known, and that cost: margin is between them
    "cost": MONEY,
}

# Where prices contain the tax, gross and discount are shown without it: what the line earned is
# exact to the stored tax, and the discount's share of the tax comes off the discount.
LINES = Part(
    """
    select i.id, i.order_id, i.product_id, i.quantity, i.unit_price, i.unit_cost, i.discount,
        i.tax_rate, i.tax
    from orders_orderitem i join orders_order o on o.id = i.order_id
    where o.placed_on >= '{start}' and o.placed_on < '{end}'
        and i.order_id between {first} and {last}
    """,
    {
        "line_id": "int64",
        "order_id": "int64",
        "product_id": "int64",
        "kind": "string",
        "status": "string",
        "customer_id": "int64",
        "country_id": "int64",
        "placed_at": "timestamp",
        "day": "date",
        "tax_rate": "decimal(6, 3)",
        **COUNTED,
    },
    f"""
    with items as (
        select id as line_id, cast(order_id as bigint) as order_id, product_id, tax_rate,
            cast(quantity as integer) as quantity, cast(tax as decimal(15, 4)) as tax,
            cast(discount as decimal(15, 4)) as discount,
            cast(unit_price as decimal(15, 4)) * cast(quantity as integer) as amount,
            cast(unit_cost as decimal(15, 4)) * cast(quantity as integer) as cost
        from ({{rows}}) t
    ), priced as (
        select items.* exclude tax, documents.* exclude order_id, tax as own_tax,
            amount - discount - case when taxed then tax else 0 end as own_net,
            case when taxed then discount / (1 + cast(tax_rate as double) / 100) else discount end
                as own_off,
            case when kind = 'sale' then 1 else 0 end as sold,
            case when kind = 'sale' then 0 else 1 end as back
        from items join temp.documents using (order_id)
    ), exchanged as (
        select *, {base("own_net")} as net, {base("own_off")} as off,
            {base("own_tax")} as base_tax, {base("cost")} as base_cost
        from priced
    )
    select * exclude (cost, discount), quantity * sold as units, quantity * back as returned_units,
        (net + off) * sold as gross, off * sold as discount, net * back as returned,
        net * (sold - back) as revenue, base_tax * (sold - back) as tax,
        case when cost is null then 0 else net * (sold - back) end as costed,
        coalesce(base_cost * (sold - back), 0) as cost
    from exchanged
    """,
    "day, order_id, line_id",
)

# Most questions need no products: they read the orders, whose amounts are summed here once. The
# tax of an order is that on its lines and on its shipping.
_SUMS = ", ".join(f"sum({name}) as {name}" for name in COUNTED)
_FOUND = ", ".join(f"coalesce(sums.{name}, 0) as {name}" for name in COUNTED)
ORDERS = Part(
    "",
    {
        "order_id": "int64",
        "number": "string",
        "source": "string",
        "returns_id": "int64",
        "kind": "string",
        "status": "string",
        "customer_id": "int64",
        "country_id": "int64",
        "placed_at": "timestamp",
        "day": "date",
        **COUNTED,
        "shipping": MONEY,
        "voucher": MONEY,
    },
    f"""
    with summed as (
        select documents.*, {_FOUND}, case when kind = 'sale' then 1 else -1 end as sign
        from temp.documents
        left join (select order_id, {_SUMS} from temp.lines group by order_id) sums using (order_id)
    )
    select * replace (tax + sign * {base("shipping_tax")} as tax,
        sign * {base("shipping")} as shipping,
        case when kind = 'sale' then {base("voucher")} else 0 end as voucher)
    from summed
    """,
    "day, order_id",
)

CUSTOMERS = Part(
    "select id, code, name, country_id, registered_at from customers_customer",
    {
        "customer_id": "int64",
        "code": "string",
        "customer": "string",
        "country_id": "int64",
        "registered_on": "date",
    },
    f"""
    select *, id as customer_id, name as customer, {local("registered_at")} as registered_on
    from ({{rows}}) t
    """,
    "customer_id",
)

PRODUCTS = Part(
    """
    select p.id, p.sku, p.name, p.price, p.cost, p.category_id, p.is_active, c.name as category
    from catalog_product p left join catalog_category c on c.id = p.category_id
    """,
    {
        "product_id": "int64",
        "sku": "string",
        "product": "string",
        "category_id": "int64",
        "category": "string",
        "price": MONEY,
        "unit_cost": MONEY,
        "is_active": "boolean",
    },
    "select *, id as product_id, name as product, cost as unit_cost from ({rows}) t",
    "product_id",
)

INVENTORY = Part(
    "select product_id, quantity, reorder_level, lead_time_days from catalog_inventory",
    {
        "product_id": "int64",
        "on_hand": "int64",
        "reorder_level": "int64",
        "lead_time_days": "int64",
    },
    "select *, quantity as on_hand from ({rows}) t",
    "product_id",
)

COUNTRIES = Part(
    "select id, name, code from customers_country",
    {"country_id": "int64", "country": "string", "country_code": "string"},
    "select *, id as country_id, name as country, code as country_code from ({rows}) t",
    "country_id",
)

WHOLE = {
    "customers": CUSTOMERS,
    "products": PRODUCTS,
    "inventory": INVENTORY,
    "countries": COUNTRIES,
}
BOOK_TABLES = {"lines": LINES, "orders": ORDERS, **WHOLE}
