"""Half a million orders in the books, written by SQL within the database: to import them would take
minutes. They have no lines, which no search reads."""

from collections.abc import Iterable

from django.db import connection

ORDERS, CUSTOMERS, PRODUCTS, COUNTRIES = 500_000, 125_000, 20_000, 8
FIRST_COUNTRY = 900  # behind those of the migrations
FIRST_NAMES = (
    "Anna", "Ben", "Clara", "David", "Emma", "Felix", "Greta", "Hannah", "Ingrid", "Jonas",
    "Katrin", "Lukas", "Margaret", "Nina", "Oscar", "Paul", "Rosa", "Sofia", "Tom", "Walter",
)  # fmt: skip
LAST_NAMES = (
    "Andersson", "Baker", "Becker", "Bernard", "Carter", "Dubois", "Evans", "Fischer", "Garcia",
    "Holm", "Hughes", "Ito", "Jankowski", "Klein", "Lambert", "Moreau", "Nowak", "Olsson",
    "Patel", "Rossi", "Schmid", "Tanaka", "Urban",
)  # fmt: skip


def values(column: str, texts: Iterable[str]) -> str:
    """A table of constants, which all databases write alike, with their places from 0 on."""
    return " union all ".join(f"select {n} as place, {each} as {column}"
                              for n, each in enumerate(texts))  # fmt: skip


DIGITS = values("digit", map(str, range(10)))
# No two databases have the same function for the numbers from 0 to 999,999.
NUMBERS = "(select {} as n from {}) numbers".format(
    " + ".join(f"{10**place} * d{place}.digit" for place in range(6)),
    " cross join ".join(f"({DIGITS}) d{place}" for place in range(6)),
)
STATEMENTS = (
    f"""insert into customers_country (id, name, code, currency, taxes_shipping)
        select {FIRST_COUNTRY} + n, 'Country ' || n, '', '', '0'
        from {NUMBERS} where n < {COUNTRIES}""",
    f"""insert into customers_customer (id, code, name, email, country_id, registered_at)
        select n + 1, 'C' || n, first || ' ' || last,
               lower(first || '.' || last) || n || '@example.com',
               {FIRST_COUNTRY} + n % {COUNTRIES}, '2026-01-01 00:00:00'
        from {NUMBERS}
        join ({values("first", (f"'{name}'" for name in FIRST_NAMES))}) first_names
             on first_names.place = n % {len(FIRST_NAMES)}
        join ({values("last", (f"'{name}'" for name in LAST_NAMES))}) last_names
             on last_names.place = n % {len(LAST_NAMES)}
        where n < {CUSTOMERS}""",
    f"""insert into catalog_product (id, sku, name, description, price, is_active, created_at)
        select n + 1, 'SKU-' || n, 'Mug ' || n, '', 10, '1', '2026-01-01 00:00:00'
        from {NUMBERS} where n < {PRODUCTS}""",
    f"""insert into orders_order
            (id, number, source, kind, customer_id, country_id, status, placed_at, placed_on,
             currency, exchange_rate, tax_included, subtotal, discount, voucher_value,
             voucher_amount, shipping, shipping_tax, tax, total)
        select n + 1, 'A' || (100000 + n), 'shop', 'sale', 1 + n % {CUSTOMERS},
               {FIRST_COUNTRY} + n % {COUNTRIES}, 'paid', '2026-01-01 00:00:00', '2026-01-01',
               'EUR', 1, '1', 10, 0, 0, 0, 0, 0, 0, 10
        from {NUMBERS} where n < {ORDERS}""",
)  # fmt: skip


def write_orders() -> None:
    """Orders, customers and products, into empty books."""
    with connection.cursor() as cursor:
        if connection.vendor == "mysql":
            cursor.execute("set sql_mode = concat(@@sql_mode, ',PIPES_AS_CONCAT')")
        for statement in STATEMENTS:
            cursor.execute(statement)
        if connection.vendor == "postgresql":
            cursor.execute("vacuum analyze")  # as its daemon does a minute later
