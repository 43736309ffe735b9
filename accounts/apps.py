from django.apps import AppConfig

from config.schedules import every


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self):
        # The worker's heartbeat as well: `/healthz` takes an overdue schedule for a missing worker.
        every(1, "accounts.services.tidy", app=self)
