"""Countries, products and customers of a file: matched with those in the books, or created.

Each step fills a staging table that maps the file's text to the id of the row.
"""

from collections.abc import Iterable

from django.db import models

from catalog.models import Category, Product
from customers.models import Country, Customer
from imports.models import Import
from imports.staging import Staging
from imports.steps import step
from imports.writers import insert, money_value, sql_now, utc_text

NOWHERE = "Unspecified"
# What an import may create besides orders → the staging table whose column `made` says which
MADE = {
    "customer": "people", "product": "products", "category": "categories", "country": "countries",
}  # fmt: skip


@step(reads="orders vouchers", writes="countries")
def match_countries(staging: Staging, table: str = "orders") -> None:
    """By name or code in any case; unknown names become countries without a code."""
    texts = staging.run(f"select distinct coalesce(country, '{NOWHERE}') from {table} order by 1")
    rows = []
    for (text,) in texts:
        known = Country.objects.named(text)
        rows.append((text, (known or Country.objects.create(name=text)).pk, known is None))
    staging.create("countries")
    staging.insert_rows("countries", rows)


@step(reads="lines categories products", writes="categories products")
def match_products(staging: Staging) -> None:
    """By SKU, byte for byte. A new product gets the latest name and price of the file."""
    names = staging.run("select distinct category from lines where category is not null order by 1")
    categories = [(name, *Category.objects.get_or_create(name=name)) for (name,) in names]
    staging.create("categories")
    rows = [(name, category.pk, made) for name, category, made in categories]
    staging.insert_rows("categories", rows)
    newest = load_keys(staging, "products", Product, "sku")
    # Zero is the price of a gift, and not what the product costs.
    price = "coalesce(arg_max(l.unit_price, l.record) filter (l.unit_price > 0), 0)"
    insert(
        "catalog_product",
        ["sku", "name", "price", "category_id"],
        staging,
        f"""
        select l.sku, coalesce(arg_max(l.product, l.record), l.sku), {money_value(price)},
               any_value(s.id)
        from lines l left join categories s on s.name = l.category
        where l.sku not in (select sku from products) group by l.sku order by min(l.record)
        """,
        # SQL knows nothing of the defaults of Django's models.
        fixed={"description": "", "is_active": True, "created_at": sql_now()},
    )
    # COPY and LOAD DATA return no ids: they are those above the last one from before.
    load_keys(staging, "products", Product, "sku", after=newest)
    # The shop may have added others meanwhile.
    staging.run("update products set made = false where sku not in (select sku from lines)")


@step(reads="orders countries customers people", writes="customers people")
def match_customers(staging: Staging) -> None:
    """By code, else by e-mail. A guest has neither, and becomes no customer."""
    newest = load_keys(staging, "customers", Customer, "code", "email")
    staging.run(
        f"""
        create table people as
        with met as (
            select coalesce(o.customer, o.email) as code,
                   arg_max(o.customer_name, o.utc_time) as name,
                   arg_max(o.email, o.utc_time) as email, arg_max(c.id, o.utc_time) as country,
                   min(o.utc_time) as since, min(o.first) as first
            from orders o join countries c on c.text = coalesce(o.country, '{NOWHERE}')
            where coalesce(o.customer, o.email) is not null group by 1
        )
        select m.*, coalesce(by_code.id, by_email.id) as id, by_email.id is null
                    and row_number() over (partition by m.email order by m.first) = 1 as owns_email,
               coalesce(by_code.id, by_email.id) is null as made
        from met m left join customers by_code on by_code.code = m.code
        left join customers by_email on by_email.email = m.email
        """
    )
    insert(
        "customers_customer",
        ["code", "name", "email", "country_id", "registered_at"],
        staging,
        "select code, coalesce(name, code), case when owns_email then email end, country, "
        f"{utc_text('since')} from people where made order by first",
    )
    load_keys(staging, "customers", Customer, "code", "email", after=newest)
    staging.run(
        "update people set id = customers.id from customers "
        "where people.made and customers.code = people.code"
    )


@step(reads="people products categories countries", writes="")
def record_created_rows(staging: Staging, run: Import, kinds: Iterable[str] = tuple(MADE)) -> None:
    """Record what this import created, for undo."""
    made = " union all ".join(
        f"select '{kind}' as kind, id from {MADE[kind]} where made" for kind in kinds
    )
    insert("imports_created", ["kind", "row_id"], staging, made, fixed={"run_id": run.pk})


def load_keys(
    staging: Staging, table: str, model: type[models.Model], *keys: str, after: int | None = None
) -> int:
    """Load ids and keys of the books into a staging table and return the last id. Rows `after` an
    id are appended as created by this import."""
    if after is None:
        staging.create(table)
    rows = list(model.objects.filter(pk__gt=after or 0).order_by("pk").values_list("pk", *keys))
    made = after is not None
    staging.insert_rows(table, [(*row, made) for row in rows])
    return rows[-1][0] if rows else after or 0
