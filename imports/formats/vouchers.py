"""Vouchers sent in the past, with what was known of the receiver (see recommendations).

A missing number of orders or amount stays missing: reports on vouchers count such rows separately.
"""

from imports.formats import Format

VOUCHERS = Format(
    name="vouchers",
    title="Voucher history",
    comes_from="a list of vouchers that were sent, with what was known of each receiver",
    required=(
        "timestamp", "countrycode", "lastorderts", "firstorderts", "totalorders", "voucheramount",
    ),
    aliases={"orderts": "timestamp"},
    fields={
        "sent_at": "timestamp",
        "country": "countrycode",
        "first_order": "firstorderts",
        "last_order": "lastorderts",
        "orders": "totalorders",
        "amount": "voucheramount",
    },
    stores="vouchers",
)  # fmt: skip
