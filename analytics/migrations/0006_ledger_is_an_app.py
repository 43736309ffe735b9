"""The models of the ledger belong to the app `ledger` now; their tables stay as they are."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("analytics", "0005_fit_requests"), ("ledger", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name) for name in ("Dirty", "LedgerFile", "Snapshot")
            ]
        )
    ]
