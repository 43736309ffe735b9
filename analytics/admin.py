from django.contrib import admin

from analytics.predictions.models import Fit
from core.admin import ReadOnlyAdmin


@admin.register(Fit)
class FitAdmin(ReadOnlyAdmin):
    """The fitted parameters of the models, and how well they did in backtests."""

    list_display = ("name", "made_at", "read_from", "used_from", "seconds", "is_refusal", "words")
    list_filter = ("name", "is_refusal")
    search_fields = ("name",)
    fields = readonly_fields = (
        "name", "made_at", "seconds", "read_from", "used_from", "is_refusal", "words",
        "parameters", "backtest",
    )  # fmt: skip
