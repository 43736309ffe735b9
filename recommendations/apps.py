from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    name = "recommendations"
    report_entries = "recommendations.report_entries.ENTRIES"
    ledger_tables = "recommendations.ledger_tables.TABLES"
    report_packages = ("recommendations.reports",)
    fit_packages = ("recommendations.fits",)

    def ready(self) -> None:
        from recommendations import receivers  # noqa: F401
