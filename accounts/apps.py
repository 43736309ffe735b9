from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in

from core.schedules import every


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self):
        from accounts.places import remember  # models are not there before

        user_logged_in.connect(remember, dispatch_uid="accounts.places")
        # The worker's heartbeat as well: `/healthz` takes an overdue schedule for a missing worker.
        every(1, "accounts.services.tidy", app=self)
