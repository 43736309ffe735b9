from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "analytics"

    def ready(self):
        from django.conf import settings

        from analytics import receivers  # noqa: F401
        from config import schedules

        schedules.every(60, "analytics.ledger.tidy.tidy", app=self)
        long = settings.LONG_JOBS
        schedules.every(10, "analytics.fit.fit_due", app=self, cluster=long)
        schedules.every_night("analytics.fit.fit_models", app=self, cluster=long)
