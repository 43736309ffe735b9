from django.contrib import admin

from core.admin import ReadOnlyAdmin
from recommendations.models import Voucher


@admin.register(Voucher)
class VoucherAdmin(ReadOnlyAdmin):
    """Issued vouchers, and those of the control group, which were not sent."""

    list_display = ("customer", "amount", "segment", "held_out", "issued_on")
    list_filter = ("held_out", "segment_name", "country")
    search_fields = ("customer__name", "customer__code")
    list_select_related = ("customer",)
