"""The tables that fits of recommendations and vouchers add to the ledger."""

from ledger.tables import MONEY

TABLES: dict[str, dict[str, str]] = {
    "vouchers": {  # uses of each amount by segment; without an amount, unusable vouchers
        "country_id": "int64",
        "segment_name": "string",
        "place": "int64",
        "segment": "string",
        "amount": MONEY,
        "times": "int64",
        "customers": "int64",
        "chosen": "boolean",
    },
    "issued": {  # issued vouchers, and those of the control group
        "customer_id": "int64",
        "country_id": "int64",
        "held_out": "boolean",
        "issued_on": "date",
    },
    "goods": {  # counts of purchases up to `as_of`, see recommendations.baskets
        "product_id": "int64",
        "buyers": "int64",
        "again": "int64",
        "baskets": "int64",
        "recent": "double",
        "as_of": "date",
    },
    "related": {  # how well a product goes with another one
        "kind": "string",
        "product_id": "int64",
        "other_id": "int64",
        "weight": "double",
    },
    "recommendation_tests": {  # accuracy of each method in the last weeks
        "question": "string",
        "method": "string",
        "customers": "int64",
        "recall": "double",
        "chosen": "boolean",
    },
}
