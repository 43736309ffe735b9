from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in

from core.schedules import every


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self):
        from accounts.sign_ins import remember_browser  # needs the models

        user_logged_in.connect(remember_browser, dispatch_uid="accounts.sign_ins")
        # Also the worker's heartbeat: `/healthz` reports an overdue schedule as a missing worker.
        every(1, "accounts.services.tidy", app=self)  # minute
