"""Other voucher segments need a new fit."""

from django.dispatch import receiver

from analytics.predictions.fit_requests import request_fits
from shop_settings.services import settings_saved


@receiver(settings_saved)
def fit_other_segments(names: list[str], **_: object) -> None:
    if {"VOUCHER_ORDERS", "VOUCHER_DAYS"} & {*names}:
        request_fits()
