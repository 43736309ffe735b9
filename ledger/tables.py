"""The tables of the ledger: their columns, and the rows of the books that they are made of.

`book_sql` runs alike on SQLite, MariaDB and PostgreSQL; values may come back as text.
`transform` is DuckDB's SQL that makes the table from those `{rows}`. Money is in the base currency;
amounts of returns are negative.
"""

from dataclasses import dataclass, field

from django.conf import settings

MONEY = "decimal(18, 4)"


@dataclass(frozen=True)
class TableDefinition:
    book_sql: str
    columns: dict[str, str]  # the name and type of each, as Ibis and DuckDB both understand it
    transform: str
    order_by: str
    book_id: str  # the column of `book_sql` by which changed rows are found …
    key: str  # … and the column of the table that has the same ids
    # SQL of the columns that depend on the row before, in that order. `lag(…) over ()` sees it.
    of_sorted: dict[str, str] = field(default_factory=dict)

    def query(self, rows: str) -> str:
        """SQL for the table, where `rows` is SQL for the rows of `book_sql`."""
        values = ", ".join(
            f"cast({name} as {kind}) as {name}"
            for name, kind in self.columns.items()
            if name not in self.of_sorted
        )
        made = self.transform.format(rows=rows)
        table = f"select {values} from ({made}) order by {self.order_by}"
        added = "".join(f", {value} as {name}" for name, value in self.of_sorted.items())
        return f"select *{added} from ({table})" if added else table


def local_time(moment: str) -> str:
    # The inner call says that the books' time is in UTC, the outer one converts it.
    return f"timezone('{settings.TIME_ZONE}', timezone('UTC', cast({moment} as timestamp)))"


def in_base_currency(amount: str) -> str:
    """The amount × rate. With 18 digits instead of 20 DuckDB multiplies in 64 bits, too few."""
    exchanged = f"cast(cast({amount} as decimal(20, 4)) * rate as {MONEY})"
    return f"case when rate = 1 then cast({amount} as {MONEY}) else {exchanged} end"


# Orders and returns of a month. Not stored: a step on the way to both lines and orders.
DOCUMENTS = TableDefinition(
    """
    select id, number, source, kind, status, returns_id, customer_id, country_id, placed_at,
        placed_on, exchange_rate, tax_included, shipping, shipping_tax, voucher_amount
    from orders_order
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
        {local_time("placed_at")} as placed_at, id as order_id,
        placed_on as day, exchange_rate as rate, tax_included as taxed, voucher_amount as voucher
    from ({{rows}}) t
    """,
    "day, order_id",
    book_id="id",
    key="order_id",
)

SUMMED_COLUMNS = {
    "units": "int64",
    "returned_units": "int64",
    "gross": MONEY,
    "discount": MONEY,
    "returned": MONEY,
    "revenue": MONEY,
    "tax": MONEY,
    "costed": MONEY,  # revenue of the units whose cost is known; margin is this less that cost
    "cost": MONEY,
}

# Where prices include tax, gross and discount are shown without it: the net amount is exact to the
# stored tax, and the discount's share of the tax is taken off the discount.
LINES = TableDefinition(
    """
    select i.id, i.order_id, i.product_id, i.quantity, i.unit_price, i.unit_cost, i.discount,
        i.tax_rate, i.tax
    from orders_orderitem i join orders_order o on o.id = i.order_id
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
        **SUMMED_COLUMNS,
        "first_of_product": "boolean",  # true on one line of each product of an order
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
        select *, {in_base_currency("own_net")} as net, {in_base_currency("own_off")} as off,
            {in_base_currency("own_tax")} as base_tax, {in_base_currency("cost")} as base_cost
        from priced
    )
    select * exclude (cost, discount), quantity * sold as units, quantity * back as returned_units,
        (net + off) * sold as gross, off * sold as discount, net * back as returned,
        net * (sold - back) as revenue, base_tax * (sold - back) as tax,
        case when cost is null then 0 else net * (sold - back) end as costed,
        coalesce(base_cost * (sold - back), 0) as cost
    from exchanged
    """,
    "day, order_id, product_id, line_id",
    book_id="i.order_id",
    key="order_id",
    # The rows are sorted anyway; a window of each order's products would take as long again.
    of_sorted={
        "first_of_product": "order_id is distinct from lag(order_id) over ()"
        " or product_id is distinct from lag(product_id) over ()"
    },
)

# Most reports need no products: they read the orders, whose amounts are summed here once. The tax
# of an order is that on its lines and on its shipping.
_SUMS = ", ".join(f"sum({name}) as {name}" for name in SUMMED_COLUMNS)
# An order without lines has no sums.
_FILLED = ", ".join(f"coalesce(sums.{name}, 0) as {name}" for name in SUMMED_COLUMNS)
ORDERS = TableDefinition(
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
        **SUMMED_COLUMNS,
        "shipping": MONEY,
        "voucher": MONEY,
    },
    f"""
    with summed as (
        select documents.*, {_FILLED}, case when kind = 'sale' then 1 else -1 end as sign
        from temp.documents
        left join (select order_id, {_SUMS} from temp.lines group by order_id) sums using (order_id)
    )
    select * replace (tax + sign * {in_base_currency("shipping_tax")} as tax,
        sign * {in_base_currency("shipping")} as shipping,
        case when kind = 'sale' then {in_base_currency("voucher")} else 0 end as voucher)
    from summed
    """,
    "day, order_id",
    book_id="",
    key="order_id",
)

CUSTOMERS = TableDefinition(
    "select id, code, name, country_id, registered_at from customers_customer",
    {
        "customer_id": "int64",
        "code": "string",
        "customer": "string",
        "country_id": "int64",
        "registered_on": "date",
    },
    f"""
    select *, id as customer_id, name as customer, {local_time("registered_at")} as registered_on
    from ({{rows}}) t
    """,
    "customer_id",
    book_id="id",
    key="customer_id",
)

# The tree is walked from its roots: categories in a circle have none and are not reached. In the
# first step `parent_id` is NULL, and of the type that MariaDB and PostgreSQL want in the next ones.
PRODUCTS = TableDefinition(
    """
    with recursive tree as (
        select id, 1 as depth, id as id_1, parent_id as id_2, parent_id as id_3
        from catalog_category where parent_id is null
        union all
        select c.id, tree.depth + 1, tree.id_1,
            case when tree.depth = 1 then c.id else tree.id_2 end,
            case when tree.depth = 2 then c.id else tree.id_3 end
        from catalog_category c join tree on tree.id = c.parent_id
    )
    select p.id, p.sku, p.name, p.price, p.cost, p.category_id, p.is_active, c.name as category,
        coalesce(c1.name, c.name) as category_1, c2.name as category_2, c3.name as category_3
    from catalog_product p left join catalog_category c on c.id = p.category_id
        left join tree on tree.id = p.category_id
        left join catalog_category c1 on c1.id = tree.id_1
        left join catalog_category c2 on c2.id = tree.id_2
        left join catalog_category c3 on c3.id = tree.id_3
    """,
    {
        "product_id": "int64",
        "sku": "string",
        "product": "string",
        "category_id": "int64",
        "category": "string",
        # On the way from the root to the category, which may be deeper, or not so deep: then NULL.
        "category_1": "string",
        "category_2": "string",
        "category_3": "string",
        "price": MONEY,
        "unit_cost": MONEY,
        "is_active": "boolean",
    },
    "select *, id as product_id, name as product, cost as unit_cost from ({rows}) t",
    "product_id",
    book_id="p.id",
    key="product_id",
)

PRODUCT_TAGS = TableDefinition(
    """
    select pt.product_id, t.name as tag
    from catalog_product_tags pt join catalog_tag t on t.id = pt.tag_id
    """,
    {"product_id": "int64", "tag": "string"},
    "select * from ({rows}) t",
    "product_id, tag",
    book_id="pt.product_id",
    key="product_id",
)

INVENTORY = TableDefinition(
    "select product_id, quantity, reorder_level, lead_time_days from catalog_inventory",
    {
        "product_id": "int64",
        "on_hand": "int64",
        "reorder_level": "int64",
        "lead_time_days": "int64",
    },
    "select *, quantity as on_hand from ({rows}) t",
    "product_id",
    book_id="product_id",
    key="product_id",
)

COUNTRIES = TableDefinition(
    "select id, name, code from customers_country",
    {"country_id": "int64", "country": "string", "country_code": "string"},
    "select *, id as country_id, name as country, code as country_code from ({rows}) t",
    "country_id",
    book_id="id",
    key="country_id",
)

# Tables of one file each; lines and orders have a file a month.
UNPARTITIONED = {
    "customers": CUSTOMERS,
    "products": PRODUCTS,
    "product_tags": PRODUCT_TAGS,
    "inventory": INVENTORY,
    "countries": COUNTRIES,
}
BOOK_TABLES = {"lines": LINES, "orders": ORDERS, **UNPARTITIONED}
