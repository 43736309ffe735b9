"""The page of an order: what was sold, what it came to, and what may be done with it now."""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import for_roles
from catalog.services import OutOfStock, StockRefused
from customers.models import Customer
from orders import services
from orders.forms import ReturnForm
from orders.models import Order
from orders.pricing import OrderRefused
from orders.tax import order_tax_by_rate

Status = Order.Status
REFUSALS = (
    OrderRefused,
    OutOfStock,
    StockRefused,
    services.WrongState,
    services.TooManyReturned,
)
# What is offered in a state; whether it is still possible is for the services to say.
STEPS = {
    Status.PENDING: ("pay", "cancel"),
    Status.PAID: ("ship", "cancel", "return_items"),
    Status.SHIPPED: ("deliver", "return_items"),
    Status.DELIVERED: ("return_items",),
}
CANCEL_WORDS = {
    Status.PENDING: "Its pieces go back on the shelf. A canceled order stays canceled.",
    Status.PAID: "It is paid: the money has to be given back apart from this. Its pieces go back "
    "on the shelf. A canceled order stays canceled.",
}


@never_cache
@require_safe
@for_roles("orders", "retrieve")
def one(request, pk):
    return page(request, find(request, pk))


def find(request, pk: int) -> Order:
    orders = Order.objects.for_user(request.user).select_related("customer", "country")
    return get_object_or_404(orders.with_items(), pk=pk)


def page(request, order: Order, status=200, **more):
    lines = list(order.items.all())
    may = {step for step in steps(order) if request.user.may("orders", step)}
    context = {
        "section": "orders",
        "order": order,
        "lines": lines,
        "rates": order_tax_by_rate(order, lines),
        "customer": customer_of(request.user, order),
        "related": related(request.user, order),
        "may": may,
        "cancel_words": CANCEL_WORDS.get(order.status, ""),
        "form": ReturnForm(order=order) if "return_items" in may else None,
        "base": settings.BASE_CURRENCY,
    }
    return render(request, "orders/detail.html", context | more, status=status)


def steps(order: Order) -> tuple[str, ...]:
    """What can be done with it in its state, as far as the books tell now."""
    lines = order.items.all()
    impossible = set()
    if any(line.returned for line in lines):
        impossible.add("cancel")
    if all(line.returned == line.quantity for line in lines):
        impossible.add("return_items")
    return tuple(step for step in STEPS.get(order.status, ()) if step not in impossible)


def customer_of(user, order: Order) -> dict | None:
    """Who bought; a link only for those who may open it."""
    if order.customer is None:
        return None
    seen = Customer.objects.for_user(user).filter(pk=order.customer_id).exists()
    return {"name": order.customer.name, "link": seen and user.may("customers", "retrieve")}


def related(user, order: Order) -> list[Order]:
    """The sale that a return gives back, or the returns of a sale."""
    orders = Order.objects.for_user(user)
    if order.returns_id:
        return list(orders.filter(pk=order.returns_id))
    return list(orders.filter(returns=order).order_by("placed_at", "pk"))


def step(action: str, done: str):
    """A page that takes one step, or says why it cannot be taken any more."""

    @require_POST
    @for_roles("orders", action)
    def taken(request, pk):
        try:
            getattr(services, action)(find(request, pk))
        except REFUSALS as refusal:
            return page(request, find(request, pk), status=409, refusal=str(refusal))
        messages.success(request, done)
        return redirect("order", pk)

    return taken


pay = step("pay", "The order is paid.")
ship = step("ship", "The order is shipped.")
deliver = step("deliver", "The order is delivered.")
cancel = step("cancel", "The order is canceled; its pieces are on the shelf again.")


@require_POST
@for_roles("orders", "return_items")
def return_items(request, pk):
    order = find(request, pk)
    form = ReturnForm(request.POST, order=order)
    if not form.is_valid():
        return page(request, order, status=400, form=form)
    try:
        back = form.save()
    except REFUSALS as refusal:
        return page(request, find(request, pk), status=409, refusal=str(refusal))
    messages.success(request, f"{order.number} is given back with this document.")
    return redirect("order", back.pk)
