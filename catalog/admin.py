from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.template.response import TemplateResponse
from django.urls import reverse

from catalog.models import Category, Inventory, Product, StockMovement, Tag
from catalog.services import correct_stock, restock
from core.admin import ReadOnlyAdmin, ScopedAdmin

MAX_DELIVERY = 1_000_000


@admin.register(Category)
class CategoryAdmin(ScopedAdmin):
    list_display = ("name", "parent")
    list_filter = ("parent",)
    list_select_related = ("parent",)
    search_fields = ("name",)
    autocomplete_fields = ("parent",)


@admin.register(Tag)
class TagAdmin(ScopedAdmin):
    search_fields = ("name",)


class RestockForm(forms.Form):
    """The units that arrived of each product, and the delivery note."""

    note = forms.CharField(max_length=200, required=False, label="Delivery note")

    def __init__(self, products, data=None):
        super().__init__(data)
        self.products = {f"pieces_{product.pk}": product for product in products}
        for name, product in self.products.items():
            self.fields[name] = forms.IntegerField(
                label=str(product), required=False, min_value=1, max_value=MAX_DELIVERY
            )

    def clean(self):
        if not self.errors and not any(self.cleaned_data.get(name) for name in self.products):
            raise forms.ValidationError("Enter a quantity for at least one product.")
        return self.cleaned_data

    def deliveries(self):
        """(product, units) in product order: two deliveries at once cannot deadlock."""
        by_product = sorted(self.products.items(), key=lambda item: item[1].pk)
        pairs = ((product, self.cleaned_data[name]) for name, product in by_product)
        return [(product, units) for product, units in pairs if units]


@admin.register(Product)
class ProductAdmin(ScopedAdmin):
    list_display = ("sku", "name", "category", "price", "cost", "inventory__quantity", "is_active")
    list_display_links = ("sku", "name")
    list_filter = ("is_active", "category", "tags")
    list_select_related = ("category", "inventory")
    search_fields = ("sku", "name")
    autocomplete_fields = ("category", "tags")
    readonly_fields = ("created_at",)
    actions = ("activate", "deactivate", "restock")

    @admin.action(description="Activate selected products", permissions=["change"])
    def activate(self, request, products):
        self._set_active(request, products, is_active=True)

    @admin.action(description="Deactivate selected products", permissions=["change"])
    def deactivate(self, request, products):
        self._set_active(request, products, is_active=False)

    def _set_active(self, request, products, is_active):
        # One by one, because each product has a history of its own in the admin.
        for product in products.exclude(is_active=is_active):
            Product.objects.filter(pk=product.pk).update(is_active=is_active)
            self.log_change(request, product, [{"changed": {"fields": ["is_active"]}}])
        self.message_user(request, "Products updated.", messages.SUCCESS)

    def has_restock_permission(self, request):
        # Restocking changes the stock, not the product.
        return request.user.has_perm("catalog.change_inventory")

    @admin.action(description="Restock selected products", permissions=["restock"])
    def restock(self, request, products):
        """Show a form for the units that arrived, then record them as stock movements."""
        # The list also calls with a POST, which names the products but has no quantities yet.
        form = RestockForm(products, request.POST if "arrived" in request.POST else None)
        if form.is_valid():
            with transaction.atomic():
                for product, units in form.deliveries():
                    restock(product, units, note=form.cleaned_data["note"])
                    self.log_change(request, product, f"Restocked {units} units.")
            units = sum(units for _, units in form.deliveries())
            self.message_user(request, f"Added {units:,} units to stock.", messages.SUCCESS)
            return None
        context = self.admin_site.each_context(request) | {
            "title": "Restock products", "form": form, "products": products, "opts": self.opts,
            "cancel_url": reverse("admin:catalog_product_changelist"),
        }  # fmt: skip
        return TemplateResponse(request, "admin/restock.html", context)


class StockFilter(admin.SimpleListFilter):
    title = "stock"
    parameter_name = "stock"

    def lookups(self, request, model_admin):
        return [("low", "Low"), ("empty", "Out of stock")]

    def queryset(self, request, rows):
        choices = {"low": rows.low, "empty": lambda: rows.filter(quantity=0)}
        return choices.get(self.value(), rows.all)()


class InventoryForm(forms.ModelForm):
    """The quantity is not edited directly: a count becomes a movement of the difference."""

    counted = forms.IntegerField(
        min_value=0,
        max_value=2**31 - 1,  # where PostgreSQL's integer column ends
        required=False,
        label="Counted quantity",
        help_text="Units counted in stock. Leave empty to keep the quantity.",
    )
    note = forms.CharField(max_length=200, required=False)

    class Meta:
        model = Inventory
        fields = ("product", "reorder_level", "lead_time_days")


@admin.register(Inventory)
class InventoryAdmin(ScopedAdmin):
    form = InventoryForm
    fields = ("product", "quantity", "counted", "note", "reorder_level", "lead_time_days")
    list_display = ("product", "quantity", "reorder_level", "lead_time_days", "last_restocked_at")
    list_filter = (StockFilter, "product__category")
    list_select_related = ("product",)
    search_fields = ("product__sku", "product__name")
    autocomplete_fields = ("product",)

    def get_readonly_fields(self, request, obj=None):
        return ("product", "quantity") if obj else ("quantity",)

    @transaction.atomic
    def save_model(self, request, obj, form, change):
        """Write only the edited fields: a sale may have changed the quantity meanwhile."""
        edited = [name for name in ("reorder_level", "lead_time_days") if name in form.changed_data]
        obj.save(update_fields=edited if change else None)
        if (counted := form.cleaned_data["counted"]) is not None:
            kind = StockMovement.Kind.CORRECTION if change else StockMovement.Kind.OPENING
            correct_stock(obj.product, counted, kind=kind, note=form.cleaned_data["note"])

    def has_delete_permission(self, request, obj=None):
        """A counter with movements stays: the sum of the movements has to equal it."""
        has_no_movements = obj is not None and not obj.product.movements.exists()
        return has_no_movements and super().has_delete_permission(request, obj)


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdmin):
    changed_by = (
        "Stock movements cannot be added, edited or deleted here. Restock products or enter a "
        "counted quantity in the inventory."
    )
    list_display = ("moved_at", "product", "kind", "quantity", "source", "note")
    list_filter = ("kind", "product__category")
    list_select_related = ("product",)
    search_fields = ("product__sku", "product__name", "=source", "note")
    date_hierarchy = "moved_at"
    show_full_result_count = False
