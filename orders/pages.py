"""The page of an order: its items and amounts, and the actions that are possible now."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import for_roles
from accounts.models import User
from catalog.services import OutOfStock, StockRefused
from customers.models import Customer
from orders import services
from orders.forms import ReturnForm
from orders.models import Order
from orders.pricing import OrderRefused
from orders.tax import order_tax_by_rate
from orders.timeline import order_timeline

Status = Order.Status
REFUSALS = (
    OrderRefused,
    OutOfStock,
    StockRefused,
    services.WrongState,
    services.TooManyReturned,
)
# The buttons of each status. Whether an action is still possible is up to the services.
ACTIONS = {
    Status.PENDING: ("pay", "cancel"),
    Status.PAID: ("ship", "cancel", "return_items"),
    Status.SHIPPED: ("deliver", "return_items"),
    Status.DELIVERED: ("return_items",),
}
CANCEL_WARNINGS = {
    Status.PENDING: "Its items are restocked. This cannot be undone.",
    Status.PAID: "Its items are restocked. The payment is not refunded automatically. "
    "This cannot be undone.",
}


@never_cache
@require_safe
@for_roles("orders", "retrieve")
def order_page(request: HttpRequest, pk: int) -> HttpResponse:
    return render_order(request, find_order(request, pk))


def find_order(request: HttpRequest, pk: int) -> Order:
    # 404 and not 403: orders of other countries do not exist for a country manager.
    orders = Order.objects.for_user(request.user).select_related("customer", "country")
    return get_object_or_404(orders.with_items(), pk=pk)


def render_order(
    request: HttpRequest, order: Order, status: int = 200, **context: Any
) -> HttpResponse:
    lines, related = list(order.items.all()), related_orders(request.user, order)
    actions = {action for action in possible_actions(order) if request.user.may("orders", action)}
    defaults = {
        "section": "orders",
        "order": order,
        "lines": lines,
        "rates": order_tax_by_rate(order, lines),
        "customer": customer_of(request.user, order),
        "related": related,
        "timeline": order_timeline(order, related),
        "actions": actions,
        "cancel_warning": CANCEL_WARNINGS.get(order.status, ""),
        "form": ReturnForm(order=order) if "return_items" in actions else None,
        "base": settings.BASE_CURRENCY,
    }
    return render(request, "orders/detail.html", defaults | context, status=status)


def possible_actions(order: Order) -> tuple[str, ...]:
    lines = order.items.all()
    impossible = set()
    # As in `services.cancel`: after a return only the rest can be returned.
    if any(line.returned for line in lines):
        impossible.add("cancel")
    if all(line.returned == line.quantity for line in lines):
        impossible.add("return_items")
    return tuple(action for action in ACTIONS.get(order.status, ()) if action not in impossible)


def customer_of(user: User, order: Order) -> dict | None:
    """The customer's name; linked only for users who may see the customer."""
    if order.customer is None:
        return None
    # An order can be in one of the user's countries and its customer in another.
    is_visible = Customer.objects.for_user(user).filter(pk=order.customer_id).exists()
    return {"name": order.customer.name, "link": is_visible and user.may("customers", "retrieve")}


def related_orders(user: User, order: Order) -> list[Order]:
    """The original order of a return, or the returns of an order."""
    orders = Order.objects.for_user(user)
    if order.returns_id:
        return list(orders.filter(pk=order.returns_id))
    return list(orders.filter(returns=order).order_by("placed_at", "pk"))


def action_view(action: str, message: str) -> Callable[..., HttpResponse]:
    """A view that runs an action of the services, or explains why it is not possible any more."""

    @require_POST
    @for_roles("orders", action)
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        try:
            getattr(services, action)(find_order(request, pk), request.user)
        except REFUSALS as refusal:
            # Read again: it was refused because somebody else has changed it.
            return render_order(request, find_order(request, pk), 409, refusal=str(refusal))
        messages.success(request, message)
        return redirect("order", pk)

    return view


pay = action_view("pay", "Order marked as paid.")
ship = action_view("ship", "Order marked as shipped.")
deliver = action_view("deliver", "Order marked as delivered.")
cancel = action_view("cancel", "Order canceled and items restocked.")


@require_POST
@for_roles("orders", "return_items")
def return_items(request: HttpRequest, pk: int) -> HttpResponse:
    order = find_order(request, pk)
    form = ReturnForm(request.POST, order=order)
    if not form.is_valid():
        return render_order(request, order, 400, form=form)
    try:
        back = form.save()
    except REFUSALS as refusal:
        return render_order(request, find_order(request, pk), 409, refusal=str(refusal))
    messages.success(request, f"Return created for order {order.number}.")
    return redirect("order", back.pk)
