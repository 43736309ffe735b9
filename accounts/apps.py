from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in

from core.actions import Action
from core.schedules import every


class AccountsConfig(AppConfig):
    name = "accounts"
    actions = (
        Action("Switch to light or dark", "/account/#theme", "me", "retrieve"),
        Action("Change password", "/account/password/", "me", "change_password"),
    )

    def ready(self):
        from accounts.sign_ins import remember_browser  # needs the models

        user_logged_in.connect(remember_browser, dispatch_uid="accounts.sign_ins")
        # Also the worker's heartbeat: `/healthz` reports an overdue schedule as a missing worker.
        every(1, "accounts.services.tidy", app=self)  # minute
