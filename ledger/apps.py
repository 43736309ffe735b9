from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"

    def ready(self) -> None:
        from core import health, schedules
        from ledger import receivers  # noqa: F401
        from ledger.sources import files_state

        health.register_check("ledger", files_state)
        schedules.every(60, "ledger.thinning.tidy", app=self)
        schedules.every(1, "ledger.hot_writer.refresh_hot_copy", app=self)
