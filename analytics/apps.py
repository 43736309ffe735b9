from django.apps import AppConfig

from core.menu import MenuEntry


class AnalyticsConfig(AppConfig):
    name = "analytics"
    ledger_tables = "analytics.predictions.tables.TABLES"
    report_packages = ("analytics.reports", "analytics.predictions.reports")
    fit_packages = ("analytics.predictions.fits",)

    menu = (
        MenuEntry(10, "/", "Home", "reports", "home", in_bar=True),
        MenuEntry(80, "/explore/", "Explore", "reports", "explore"),
        MenuEntry(10, "/orders/", "Orders", "orders", "orders", group="orders", in_bar=True),
        MenuEntry(30, "/customers/", "Customers", "customers", "customers", in_bar=True),
        MenuEntry(40, "/products/", "Products", "products", "products"),
    )

    def ready(self) -> None:
        from django.conf import settings

        # Imported here: models exist only when all apps are loaded.
        from analytics.predictions import receivers  # noqa: F401
        from core import schedules

        long = settings.LONG_JOBS
        # On the worker of long jobs: a fit takes minutes, in which imports and emails would wait.
        schedules.every(10, "analytics.predictions.fit.fit_due", app=self, cluster=long)
        schedules.every_night("analytics.predictions.fit.fit_models", app=self, cluster=long)
