"""The status of orders: changed on condition, or locked for whoever edits the order."""

from django.db import transaction

from accounts.models import User
from orders.models import Order, StatusChange

Status = Order.Status


class WrongState(Exception):
    """The status of the order does not allow this; somebody else may have changed it."""


@transaction.atomic
def change_status(order: Order, old: list[str], new: str, by: User | None = None) -> Order:
    """Conditional on the old status: of two people who change it at once, one is refused."""
    sale = Order.objects.sales().filter(pk=order.pk)
    if not sale.filter(status__in=old).update(status=new):
        status = sale.values_list("status", flat=True).first()
        subject = f"A {status} order" if status else "A return"
        raise WrongState(f"{subject} cannot be changed to {new}.")
    StatusChange.objects.create(order_id=order.pk, status=new, changed_by=by)
    # update() changes no object in memory: `order` still has the old status.
    return Order.objects.get(pk=order.pk)


def locked(order: Order) -> Order:
    # SQLite ignores FOR UPDATE; its transactions hold the only write lock from their start.
    return Order.objects.select_for_update().get(pk=order.pk)


def locked_pending(order: Order) -> Order:
    order = locked(order)
    if order.status != Status.PENDING:
        raise WrongState(f"A {order.status} order cannot be edited.")
    return order
