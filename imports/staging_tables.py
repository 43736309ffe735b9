"""The tables of an import's staging database: the one place that names their columns.

    raw → staged → checked → grouped → documents → lines, orders → the books

`@step` declares at each function which of them it reads and writes: see `imports/steps.py`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class StagingTable:
    """`columns` maps a name to its type and meaning; an empty type is the format's own text."""

    name: str
    meaning: str
    columns: dict[str, tuple[str, str]]
    more: bool = False  # there are further columns: of the file, or of the table it is made from

    @property
    def create_sql(self) -> str:
        columns = ", ".join(f'"{name}" {kind}' for name, (kind, _) in self.columns.items())
        return f"create or replace table {self.name} ({columns})"


MONEY = "decimal(18, 4)"
RECORD = ("bigint", "the record of the file, from 1")
DOCUMENT = ("varchar", "number of the order or return in its source")
UTC_TIME = ("timestamp", "when it was placed, in UTC; null if the text cannot be read")
MADE = ("boolean", "created by this import")
SKU = ("varchar", "article number, byte for byte")
CURRENCY = ("varchar", "three letters")
TEXT = ("varchar", "as in the file")
LOCAL_TIME = ("timestamp", "the same by the shop's clock")
# The fields of a document as a whole: see imports/formats/__init__.py. Fingerprints hash them in
# this order: with another one, every stored order would look changed when its file comes again.
HEADER = {
    "kind": ("varchar", "sale or return"),
    "status": ("varchar", "one of orders.Order.Status"),
    "customer": ("varchar", "the customer's code; null for a guest"),
    "customer_name": ("varchar", "the customer's name"),
    "email": ("varchar", "the customer's address, in lower case"),
    "country": ("varchar", "name or ISO code, as in the file"),
    "currency": ("varchar", "three capital letters; null means the base currency"),
    "order_discount": (MONEY, "discount on the whole order"),
    "shipping": (MONEY, "shipping of the whole order"),
    "order_tax": (MONEY, "tax on the whole order"),
    "tax_included": ("varchar", "'true' where prices include tax"),
}
# Reading a file
TABLES = (
    StagingTable(
        "raw", "The records of the file as text, under the format's column names.",
        {"record": RECORD}, more=True,
    ),
    StagingTable("texts", "The distinct texts in the column of the date.",
                 {"text": TEXT}),
    StagingTable(
        "timestamps", "What each distinct text of a date means.",
        {
            "text": TEXT, "utc_time": UTC_TIME, "local_time": LOCAL_TIME,
            "lost": ("boolean", "a local time that the clocks skipped"),
        },
    ),
    StagingTable(
        "checked", "A row a line, typed, with the first rule it breaks. Columns that the file "
        "lacks are absent.",
        {
            "record": RECORD, "utc_time": UTC_TIME, "local_time": LOCAL_TIME, "document": DOCUMENT,
            **HEADER, "sku": SKU, "product": ("varchar", "name of the article"),
            "category": ("varchar", "its category"),
            "quantity": (MONEY, "pieces; whole numbers where no rule is broken"),
            "unit_price": (MONEY, "price of one piece"),
            "discount": (MONEY, "discount on the line"), "tax": (MONEY, "tax on the line"),
            "tax_rate": (MONEY, "declared rate in percent"),
            "line_total": (MONEY, "amount of the line after its discount"),
            "discount_percent": (MONEY, "discount as the file writes it: 15 or 0.15"),
            "problem": ("integer", "index in Staging.rules; null if the row is fine"),
            "rounded": ("boolean", "an amount had more than four decimals"),
        },
    ),
    # Comparing with the books
    StagingTable(
        "corrections", "The rejected row that each record of a corrected file comes from.",
        {
            "record": RECORD, "run": ("bigint", "id of the import that rejected it"),
            "reject": ("bigint", "its record in that import's file"),
        },
    ),
    StagingTable(
        "accepted", "Rejected rows whose correction is in the books already.",
        {"run": ("bigint", "id of the import"), "reject": ("bigint", "record in its file")},
    ),
    StagingTable("rejected", "Records that are not stored.",
                 {"record": RECORD, "rule": ("integer", "index in Staging.rules")}),
    StagingTable(
        "grouped", "A row a document: what its rows say together, and whether they contradict.",
        {
            "document": DOCUMENT, **HEADER, "utc_time": UTC_TIME, "local_time": LOCAL_TIME,
            "first": ("bigint", "its first record"),
            "currencies": ("bigint", "how many currencies its rows name"),
            "lines": ("bigint", "rows that are not rejected"),
            # Quantities may have four decimals until they are checked, and prices have four.
            "subtotal": ("decimal(38, 8)", "sum of quantity × price"),
            "discount": ("decimal(38, 4)", "sum of the lines' discounts"),
            "lines_hash": ("hugeint", "hash of the lines, in any order"),
        },
        more=True,  # several_<column>: do its rows differ in it?
    ),
    StagingTable("spellings", "Names of countries in documents that use several.",
                 {"document": DOCUMENT, "text": TEXT}),
    StagingTable(
        "spelled", "The country that each of those names means.",
        {
            "text": TEXT,
            "country": ("varchar", "id of the country, or the name in lower case if unknown"),
        },
    ),
    StagingTable(
        "rates", "Exchange rates of the books.",
        {
            "currency": CURRENCY, "day": ("date", "from when it holds"),
            "rate": ("decimal(18, 10)", "to the base currency"),
        },
    ),
    StagingTable(
        "stored", "Documents that this source brought before.",
        {
            "document": DOCUMENT, "order_id": ("bigint", "id of the order"),
            "fingerprint": ("varchar", "hash of the content of the file then; null from the API"),
            "locked": ("boolean", "goods of it were returned in the shop"),
        },
    ),
    StagingTable(
        "documents", "`grouped` with exchange rate and comparison with the books.",
        {
            "document": DOCUMENT, "fingerprint": ("varchar", "hash of header and lines"),
            "exchange_rate": ("decimal(20, 10)", "to the base currency; null if unknown"),
            "order_id": ("bigint", "id of the stored order; null if new"),
            "action": ("varchar", "new, unchanged, changed or added (lines of corrected rows)"),
            "locked": ("boolean", "it changed, but goods of it were returned"),
        },
        more=True,
    ),
    StagingTable("refused", "Documents that break a rule as a whole.",
                 {"document": DOCUMENT, "rule": ("integer", "index in Staging.rules")}),
    StagingTable(
        "lines", "The lines to be stored, order discount and tax spread over them.",
        {
            "record": RECORD, "document": DOCUMENT, "sku": SKU,
            "product": ("varchar", "name of the article"), "category": ("varchar", "its category"),
            "quantity": ("integer", "pieces"), "unit_price": (MONEY, "price of one piece"),
            "discount": (MONEY, "with its share of the order's discount"),
            "tax": (MONEY, "with its share of the order's tax"),
            "declared": (MONEY, "tax rate of the file, in percent"),
        },
        more=True,  # `line`, a number, while tax rates are looked for
    ),
    StagingTable(
        "orders", "The orders to be stored: `documents` with the sums of their lines.",
        {
            "document": DOCUMENT, "subtotal": ("decimal(38, 4)", "sum of quantity × price"),
            "discount": ("decimal(38, 4)", "sum of the lines' discounts"),
            "tax": ("decimal(38, 4)", "sum of the lines' tax"),
            "tax_included": ("boolean", "prices include tax"),
            "freight": (MONEY, "shipping, 0 if none"),
            "total": ("decimal(38, 4)", "what the customer paid"),
        },
        more=True,
    ),
    StagingTable(
        "reject_rows", "Rejected rows as people read them; the columns of imports_reject.",
        {
            "record": RECORD, "line": ("bigint", "its line in the file; null in Parquet"),
            "column": ("varchar", "the file's own name of the column"),
            "code": ("varchar", "see docs/importing.md"),
            "reason": ("varchar", "the same as a sentence"),
            "raw": ("varchar", "the row as in the file"),
        },
    ),
    # Writing to the books; `made` marks what this import creates
    StagingTable("countries", "Countries of the file.",
                 {"text": TEXT, "id": ("bigint", "id of the country"), "made": MADE}),
    StagingTable(
        "categories", "Categories of the file.",
        {
            "name": ("varchar", "as in the file"), "id": ("bigint", "id of the category"),
            "made": MADE,
        },
    ),
    StagingTable("products", "All products of the books.",
                 {"id": ("bigint", "id of the product"), "sku": SKU, "made": MADE}),
    StagingTable(
        "customers", "All customers of the books.",
        {
            "id": ("bigint", "id of the customer"), "code": ("varchar", "the customer's code"),
            "email": ("varchar", "the customer's address"), "made": MADE,
        },
    ),
    StagingTable(
        "people", "Customers of the file.",
        {
            "code": ("varchar", "code, or address where there is none"),
            "name": ("varchar", "name in the latest order"),
            "email": ("varchar", "address in the latest order"),
            "country": ("bigint", "id of the country of the latest order"),
            "since": ("timestamp", "first order, in UTC"), "first": ("bigint", "first record"),
            "id": ("bigint", "id of the customer"),
            "owns_email": ("boolean", "the address is free: customers share none"), "made": MADE,
        },
    ),
    StagingTable("numbers", "Ids of the orders that were just added.",
                 {"document": DOCUMENT, "id": ("bigint", "id of the order")}),
    # Tax rates
    StagingTable(
        "taxed", "Lines with tax, whose rate is looked for.",
        {
            "line": ("bigint", "number of the line"), "country": ("bigint", "id of the country"),
            "day": ("date", "local day of the order"),
            "amount": (MONEY, "amount of the line after its discount"),
            "tax": (MONEY, "tax on it"), "quantity": ("integer", "pieces"),
            "included": ("boolean", "the amount includes the tax"),
            "declared": (MONEY, "tax rate of the file"), "currency": CURRENCY,
            "spread": ("integer", "1 where it is a share of the order's tax"),
        },
    ),
    StagingTable("coins", "Smallest coin of each currency.",
                 {"currency": CURRENCY, "coin": ("double", "0.01 of the euro")}),
    StagingTable(
        "country_rates", "Tax rates of the countries.",
        {
            "country": ("bigint", "id of the country"), "rate": ("decimal(6, 3)", "in percent"),
            "since": ("date", "first day"),
            "until": ("date", "day after the last; null if it still holds"),
        },
    ),
    StagingTable(
        "nominal", "The rate of each line of `taxed`.",
        {
            "line": ("bigint", "number of the line"), "rate": ("decimal(6, 3)", "in percent"),
            "source": ("varchar", "one of OrderItem.RateSource"),
        },
    ),
    # Voucher histories
    StagingTable(
        "checked_vouchers", "A row a voucher, typed, with the first rule it breaks.",
        {
            "record": RECORD, "utc_time": UTC_TIME, "local_time": LOCAL_TIME,
            "country": ("varchar", "name or ISO code, as in the file"),
            "first_order": ("date", "the receiver's first order"),
            "last_order": ("date", "the receiver's latest order"),
            "orders": (MONEY, "how many orders the receiver had"),
            "amount": (MONEY, "value of the voucher"),
            "problem": ("integer", "index in Staging.rules; null if the row is fine"),
        },
        more=True,  # <column>_text: as in the file
    ),
    StagingTable("stored_vouchers", "Vouchers of the books.",
                 {"fingerprint": ("varchar", "hash of the content of the file")}),
    StagingTable(
        "vouchers", "The vouchers to be stored: rows of `checked_vouchers`.",
        {
            "record": RECORD, "country": ("varchar", "name or ISO code, as in the file"),
            "fingerprint": ("varchar", "hash of the row, and how often it was there before"),
        },
        more=True,
    ),
)  # fmt: skip
STAGING_TABLES = {table.name: table for table in TABLES}
