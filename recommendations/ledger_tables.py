"""The tables that the fits of recommendations and vouchers write into the ledger."""

from ledger.tables import MONEY

TABLES: dict[str, dict[str, str]] = {
    "vouchers": {  # how often each amount was used in each segment; no amount: what was set aside
        "country_id": "int64",
        "segment_name": "string",
        "place": "int64",
        "segment": "string",
        "amount": MONEY,
        "times": "int64",
        "customers": "int64",
        "chosen": "boolean",
    },
    "issued": {  # vouchers of ours, and those that were held back to compare with
        "customer_id": "int64",
        "country_id": "int64",
        "held_out": "boolean",
        "issued_on": "date",
    },
    "goods": {  # what the customers bought, all together, up to `as_of`; see recommendations
        "product_id": "int64",
        "buyers": "int64",
        "again": "int64",
        "baskets": "int64",
        "recent": "double",
        "as_of": "date",
    },
    "related": {  # how well a product goes with another that was bought
        "kind": "string",
        "product_id": "int64",
        "other_id": "int64",
        "weight": "double",
    },
    "recommendation_tests": {  # how each way to recommend did in the last weeks
        "question": "string",
        "method": "string",
        "customers": "int64",
        "recall": "double",
        "chosen": "boolean",
    },
}
