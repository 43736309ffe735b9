from django.apps import AppConfig
from django.core.signals import request_started
from django.db.backends.signals import connection_created

from core.menu import MenuEntry


class ShopSettingsConfig(AppConfig):
    name = "shop_settings"
    menu = (MenuEntry(10, "/settings/", "Settings", "settings", "settings", "shop"),)

    def ready(self) -> None:
        from django_q.signals import pre_execute

        from shop_settings import saved

        request_started.connect(saved.apply_when_due, dispatch_uid="saved settings")
        connection_created.connect(saved.apply_at_first, dispatch_uid="saved settings")
        pre_execute.connect(saved.apply_now, dispatch_uid="saved settings")
