from django.apps import AppConfig

from core.menu import MenuEntry


def section_entry(position: int, label: str, in_bar: bool = False) -> MenuEntry:
    name = label.lower()
    pages = "analytics.pages.sections.menu_pages"
    return MenuEntry(
        position, f"/reports/{name}/", label, "reports", name, in_bar=in_bar, pages=pages
    )


class AnalyticsConfig(AppConfig):
    name = "analytics"
    ledger_tables = "analytics.predictions.tables.TABLES"
    report_packages = ("analytics.reports", "analytics.predictions.reports")
    fit_packages = ("analytics.predictions.fits",)
    report_entries = "analytics.pages.report_entries.ENTRIES"

    menu = (
        MenuEntry(10, "/", "Home", "reports", "home", in_bar=True),
        section_entry(20, "Sales", in_bar=True),
        section_entry(30, "Customers", in_bar=True),
        section_entry(40, "Products"),
        section_entry(50, "Inventory"),
        section_entry(60, "Marketing"),
        section_entry(70, "Forecast"),
        MenuEntry(80, "/explore/", "Explore", "reports", "explore"),
        MenuEntry(10, "/orders/", "Orders", "orders", "orders", group="orders", in_bar=True),
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
