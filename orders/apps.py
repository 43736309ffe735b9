from django.apps import AppConfig

from core.schedules import every


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        every(60, "orders.idempotency.forget_old", app=self)  # minutes
