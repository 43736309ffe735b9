"""Where people find the reports of this app: the rows behind the monthly workbook."""

from analytics.semantics.entries import Entry

ENTRIES = (
    Entry(
        "sales",
        "Money and orders",
        {
            "Lines": "orders/lines",
            "Amounts": "orders/amounts",
            "Returned": "orders/returned",
        },
        "Orders in detail",
        "What is in each order and return, line by line?",
    ),
    Entry("customers", "Value and groups", "customers/buyers"),
    Entry("products", "What sells", "products/sold"),
)
