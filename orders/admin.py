from collections.abc import Callable, Sequence

from django.contrib import admin, messages
from django.http import HttpRequest

from accounts.models import User
from core.admin import ReadOnlyAdmin, ScopedAdmin
from orders import services
from orders.models import ExchangeRate, ItemQuerySet, Order, OrderItem, OrderQuerySet, TaxRate


class OrderItemInline(admin.TabularInline):
    """Prices and rates of items are frozen, so they are read-only."""

    model = OrderItem
    fields = readonly_fields = (
        "product", "quantity", "unit_price", "unit_cost", "discount", "tax_rate",
        "tax_rate_source", "tax", "returned",
    )  # fmt: skip
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> ItemQuerySet:
        # An inline has a queryset of its own, which ScopedAdmin does not narrow.
        return super().get_queryset(request).for_user(request.user).select_related("product")

    def has_add_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Orders are read-only; the actions of the list change their status."""

    changed_by = (
        "Orders cannot be added, edited or deleted here. Create them with the API "
        "(POST /api/orders/) or import a file. Use the actions of the list to change their status."
    )
    inlines = (OrderItemInline,)
    list_display = (
        "number",
        "kind",
        "placed_at",
        "customer",
        "country",
        "status",
        "total",
        "currency",
    )
    list_filter = ("status", "kind", "country", "placed_on")
    list_select_related = ("customer", "country")
    search_fields = ("number", "customer__code", "customer__name", "customer__email")
    date_hierarchy = "placed_on"
    # Otherwise each search would also count the whole table.
    show_full_result_count = False
    actions = ("mark_paid", "mark_shipped", "mark_delivered", "cancel")
    fieldsets = (
        (None, {"fields": (
            "number", "kind", "status", "returns", "customer", "country", "placed_at",
        )}),
        ("Amounts", {"fields": (
            "subtotal", "discount", "voucher_value", "voucher_amount", "shipping",
            "shipping_tax", "tax", "tax_included", "total", "currency", "exchange_rate",
        )}),
    )  # fmt: skip

    def get_list_display(self, request: HttpRequest) -> Sequence[str]:
        """Codes instead of names for users who may not list customers."""
        if request.user.has_perm("customers.view_customer"):
            return self.list_display
        return ["customer__code" if name == "customer" else name for name in self.list_display]

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        if request.user.has_perm("customers.view_customer"):
            return self.search_fields
        # Otherwise searching for an e-mail address would show whose order it is.
        return ("number", "customer__code")

    def has_change_status_permission(self, request: HttpRequest) -> bool:
        actions = ("pay", "ship", "deliver", "cancel")
        return all(request.user.may("orders", action) for action in actions)

    @admin.action(description="Mark selected orders as paid", permissions=["change_status"])
    def mark_paid(self, request: HttpRequest, orders: OrderQuerySet) -> None:
        self._change_status(request, orders, services.pay)

    @admin.action(description="Mark selected orders as shipped", permissions=["change_status"])
    def mark_shipped(self, request: HttpRequest, orders: OrderQuerySet) -> None:
        self._change_status(request, orders, services.ship)

    @admin.action(description="Mark selected orders as delivered", permissions=["change_status"])
    def mark_delivered(self, request: HttpRequest, orders: OrderQuerySet) -> None:
        self._change_status(request, orders, services.deliver)

    @admin.action(description="Cancel selected orders", permissions=["change_status"])
    def cancel(self, request: HttpRequest, orders: OrderQuerySet) -> None:
        self._change_status(request, orders, services.cancel)

    def _change_status(
        self, request: HttpRequest, orders: OrderQuerySet, action: Callable[[Order, User], Order]
    ) -> None:
        """A refused order does not stop the others; each refusal becomes a message."""
        updated = 0
        for order in orders.order_by("pk"):
            try:
                order = action(order, request.user)
            except services.WrongState as error:
                self.message_user(request, f"{order}: {error}", messages.ERROR)
            else:
                updated += 1
                self.log_change(request, order, f"Status changed to {order.status}.")
        if updated:
            noun = "order" if updated == 1 else "orders"
            self.message_user(request, f"{updated} {noun} updated.", messages.SUCCESS)


@admin.register(OrderItem)
class OrderItemAdmin(ReadOnlyAdmin):
    changed_by = (
        "Items cannot be added, edited or deleted here. Use the API (/api/order-items/) to change "
        "the items of a pending order."
    )
    list_display = ("order", "product", "quantity", "unit_price", "discount", "tax_rate", "tax")
    list_filter = ("order__kind", "order__country", "product__category")
    list_select_related = ("order", "product")
    search_fields = ("order__number", "product__sku", "product__name")
    show_full_result_count = False


@admin.register(TaxRate)
class TaxRateAdmin(ScopedAdmin):
    list_display = ("country", "category", "rate", "valid_from")
    list_filter = ("country", "category")
    list_select_related = ("country", "category")
    search_fields = ("country__name", "=country__code")
    autocomplete_fields = ("country", "category")
    date_hierarchy = "valid_from"


@admin.register(ExchangeRate)
class ExchangeRateAdmin(ScopedAdmin):
    list_display = ("date", "currency", "rate")
    list_filter = ("currency",)
    search_fields = ("=currency",)
    date_hierarchy = "date"
    show_full_result_count = False
