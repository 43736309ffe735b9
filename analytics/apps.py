from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    name = "analytics"
    ledger_tables = "analytics.predictions.tables.TABLES"
    report_packages = ("analytics.reports", "analytics.predictions.reports")
    fit_packages = ("analytics.predictions.fits",)

    def ready(self):
        from django.conf import settings

        from analytics.predictions import receivers  # noqa: F401
        from core import schedules

        long = settings.LONG_JOBS
        schedules.every(10, "analytics.predictions.fit.fit_due", app=self, cluster=long)
        schedules.every_night("analytics.predictions.fit.fit_models", app=self, cluster=long)
