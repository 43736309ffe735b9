"""The "Online Retail" files of the UCI repository, and other files with the same columns."""

from imports.formats import Format, Rule

RETURN = "starts_with(upper(invoiceno), 'C')"

UCI = Format(
    name="uci",
    title="UCI Online Retail",
    comes_from="the Online Retail files of the UCI repository, and tills that write the same",
    required=("invoiceno", "stockcode", "quantity", "invoicedate", "unitprice"),
    optional=("description", "customerid", "country"),
    aliases={"invoice": "invoiceno", "price": "unitprice"},  # Online Retail II
    fields={
        "document": "invoiceno",
        "kind": f"case when {RETURN} then 'return' else 'sale' end",
        "placed": "invoicedate",
        "customer": "regexp_replace(trim(customerid), '[.]0+$', '')",  # a column with gaps: 17850.0
        "country": "country",
        "sku": "stockcode",
        "product": "description",
        # The file counts returned pieces below zero; in the books, those of a return are positive.
        "quantity": f"case when {RETURN} then ltrim(trim(quantity), '-') else quantity end",
        "unit_price": "unitprice",
    },
    rules=(
        Rule(
            "Quantity",
            "stock_correction",
            "a quantity below zero outside of a return (C…) corrects stock and is no sale",
            "kind = 'sale' and quantity < 0",
        ),
    ),
    dates=("%m/%d/%Y %H:%M", "%m/%d/%y %H:%M"),
)
