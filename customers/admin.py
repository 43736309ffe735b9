from django.contrib import admin

from core.admin import ScopedAdmin
from customers.api import TAKEN, UNIQUE_FIELDS
from customers.models import Country, Customer


@admin.register(Country)
class CountryAdmin(ScopedAdmin):
    list_display = ("name", "code", "currency", "taxes_shipping")
    list_filter = ("taxes_shipping", "currency")
    search_fields = ("name", "=code", "=currency")


@admin.register(Customer)
class CustomerAdmin(ScopedAdmin):
    list_display = ("name", "code", "email", "country", "registered_at")
    list_filter = ("country", "registered_at")
    list_select_related = ("country",)
    search_fields = ("name", "code", "email")
    autocomplete_fields = ("country",)
    date_hierarchy = "registered_at"
    show_full_result_count = False

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        if not request.user.sees_every_country:
            for name in set(UNIQUE_FIELDS) & form.base_fields.keys():
                form.base_fields[name].error_messages["unique"] = TAKEN
        return form
