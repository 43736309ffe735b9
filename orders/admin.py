from django.contrib import admin, messages

from core.admin import ReadOnlyAdmin, ScopedAdmin
from orders import services
from orders.models import ExchangeRate, Order, OrderItem, TaxRate


class ItemsInline(admin.TabularInline):
    """The lines of a document: frozen, so only shown."""

    model = OrderItem
    fields = readonly_fields = (
        "product", "quantity", "unit_price", "unit_cost", "discount", "tax_rate",
        "tax_rate_source", "tax", "returned",
    )  # fmt: skip
    can_delete = False

    def get_queryset(self, request):
        return super().get_queryset(request).for_user(request.user).select_related("product")

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Documents are placed by the shop and changed by what happens to them, never by typing."""

    changed_by = (
        "Orders are placed through the API (POST /api/orders/) or come in files (Imports); prices, "
        "tax and stock are the shop's to work out. Here they are looked at, and the actions of the "
        "list change their state. A canceled one stays in the books."
    )
    inlines = (ItemsInline,)
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

    def get_list_display(self, request):
        """Names only for those who may list customers: a page of orders is a list of people too."""
        if request.user.has_perm("customers.view_customer"):
            return self.list_display
        return ["customer__code" if name == "customer" else name for name in self.list_display]

    def get_search_fields(self, request):
        if request.user.has_perm("customers.view_customer"):
            return self.search_fields
        return ("number", "customer__code")

    def has_trade_permission(self, request):
        steps = ("pay", "ship", "deliver", "cancel")
        return all(request.user.may("orders", step) for step in steps)

    @admin.action(description="Mark selected orders as paid", permissions=["trade"])
    def mark_paid(self, request, orders):
        self._each(request, orders, services.pay)

    @admin.action(description="Mark selected orders as shipped", permissions=["trade"])
    def mark_shipped(self, request, orders):
        self._each(request, orders, services.ship)

    @admin.action(description="Mark selected orders as delivered", permissions=["trade"])
    def mark_delivered(self, request, orders):
        self._each(request, orders, services.deliver)

    @admin.action(description="Cancel selected orders", permissions=["trade"])
    def cancel(self, request, orders):
        self._each(request, orders, services.cancel)

    def _each(self, request, orders, step):
        """One refused order does not hold up the others; each refusal is told with its reason."""
        done = 0
        for order in orders.order_by("pk"):
            try:
                after = step(order)
            except services.WrongState as error:
                self.message_user(request, f"{order}: {error}", messages.ERROR)
            else:
                done += 1
                self.log_change(request, after, f"Now {after.status}.")
        if done:
            self.message_user(request, f"{done} done.", messages.SUCCESS)


@admin.register(OrderItem)
class OrderItemAdmin(ReadOnlyAdmin):
    changed_by = "Lines of a pending order are changed through the API (/api/order-items/)."
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
