"""Fits voucher uses by segment: counts of past vouchers, and the vouchers issued since."""

from collections.abc import Iterator
from datetime import datetime

import ibis
import pyarrow as pa
from django.utils import timezone
from ibis import _

from analytics.predictions.fit import FitResult, NotEnoughData, fit, read_query
from analytics.semantics.customer_queries import SOLD
from analytics.semantics.shop import ever
from imports.models import VoucherSent
from ledger.models import Snapshot
from orders.models import Order
from recommendations.models import Voucher
from recommendations.segments import clear_cached_vouchers, kinds, rfm_group_by_customer
from recommendations.vouchers import Bounds, Groups, Sent, Tally, most_used

SET_ASIDE = 99  # the position of unusable vouchers: after all segments


@fit("vouchers", "vouchers", "issued")
def vouchers(snapshot: Snapshot) -> FitResult:
    """Past vouchers by segment, from imported files and from the shop's own orders."""
    tally = Tally(*kinds().values())
    for sent in (*from_files(), *from_orders(snapshot)):
        tally.count_voucher(sent)
    rows = [row for kind in kinds().values() for row in tally_rows(tally, kind)]
    issued = list(Voucher.objects.values("customer_id", "country_id", "held_out", "issued_on"))
    if not rows and not issued:
        raise NotEnoughData("No vouchers were used in orders or imported yet.")
    # Before this fit is in use: who asks meanwhile caches the last one for CACHE_SECONDS more.
    clear_cached_vouchers({row["country_id"] for row in rows})
    return FitResult(
        {"vouchers": pa.Table.from_pylist(rows, VOUCHERS), "issued": issued_table(issued)},
        f"{sum(row['times'] for row in rows if row['segment_name'] == 'frequent_segment'):,} "
        f"past vouchers, as of {timezone.localdate():%-d %b %Y}.",
    )


VOUCHERS = pa.schema(
    {
        "country_id": pa.int64(), "segment_name": pa.string(), "place": pa.int64(),
        "segment": pa.string(), "amount": pa.decimal128(18, 4), "times": pa.int64(),
        "customers": pa.int64(), "chosen": pa.bool_(),
    }
)  # fmt: skip
ISSUED = pa.schema(
    {
        "customer_id": pa.int64(), "country_id": pa.int64(), "held_out": pa.bool_(),
        "issued_on": pa.date32(),
    }
)  # fmt: skip


def issued_table(rows: list[dict]) -> pa.Table:
    return pa.Table.from_pylist(rows, ISSUED)


def from_files() -> Iterator[Sent]:
    rows = VoucherSent.objects.values_list(
        "country_id", "amount", "orders", "last_order", "sent_at"
    )
    for country, amount, orders, last_order, sent_at in rows.order_by().iterator(10_000):
        yield Sent(country, amount, orders, days_between(last_order, sent_at))


def days_between(last_order, sent_at: datetime) -> int | None:
    """The reference date of a past voucher is the day it was sent."""
    return last_order and (timezone.localdate(sent_at) - last_order).days


def from_orders(snapshot: Snapshot) -> Iterator[Sent]:
    """Redeemed vouchers, with the customer's earlier orders and the days since the last one."""
    sales = ever().history.filter(SOLD)
    before = ibis.window(group_by="customer_id", order_by=["placed_at", "order_id"])
    each = sales.select(
        "customer_id",
        "country_id",
        "order_id",
        "voucher",
        # row_number begins at 0: it is the number of orders before this one.
        orders=ibis.row_number().over(before),
        days=_.day.delta(_.day.lag(1).over(before), unit="day"),
    )
    used = read_query(
        snapshot, each.filter(_.voucher > 0).order_by("customer_id", "orders")
    ).to_pylist()
    # The ledger has amounts in the base currency, where 5.00 dollars differ from day to day.
    amounts = dict(Order.objects.filter(voucher_amount__gt=0).values_list("pk", "voucher_amount"))
    groups = rfm_group_by_customer(snapshot) if used else {}
    for row in used:
        buyer, amount = row["customer_id"], amounts.get(row["order_id"])
        yield Sent(row["country_id"], amount, row["orders"], row["days"], buyer, groups.get(buyer))


def tally_rows(tally: Tally, kind: Bounds | Groups) -> Iterator[dict]:
    for country, name, place in sorted(tally.uses):
        if name == kind.name:
            uses = tally.uses_of(country, name, place)
            for use in uses:
                yield {
                    "country_id": country, "segment_name": name, "place": place,
                    "segment": kind.label(place), **use._asdict(),
                    "chosen": use == most_used(uses),
                }  # fmt: skip
    for (country, name, reason), times in sorted(tally.set_aside.items()):
        if name == kind.name:
            yield {
                "country_id": country, "segment_name": name, "place": SET_ASIDE,
                "segment": f"set aside: {reason}", "times": times, "customers": 0, "chosen": False,
            }  # fmt: skip
