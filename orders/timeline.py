"""What happened to an order, and when, as far as the books know it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from orders.models import Order


@dataclass(frozen=True)
class Event:
    title: str
    at: datetime | None  # None where the books know that it happened, but not when
    by: str = ""
    document: Order | None = None  # the return


def order_timeline(order: Order, returns: Iterable[Order]) -> list[Event]:
    """From the day on which the order was placed to its last return."""
    if order.kind == Order.Kind.RETURN:
        return [Event("Returned", order.placed_at)]
    events = [Event("Placed", order.placed_at), *status_events(order)]
    events += [Event("Returned", back.placed_at, document=back) for back in returns]
    latest = max(event.at for event in events if event.at and not event.document)
    return sorted(events, key=lambda event: event.at or latest)


def status_events(order: Order) -> list[Event]:
    changes = list(order.status_changes.select_related("changed_by"))
    events = [
        Event(change.get_status_display(), change.changed_at, str(change.changed_by or ""))
        for change in changes
    ]
    # An imported order came with its status, but without the moment of it.
    if order.status not in {Order.Status.PENDING, *(change.status for change in changes)}:
        events.append(Event(order.get_status_display(), None))
    return events
