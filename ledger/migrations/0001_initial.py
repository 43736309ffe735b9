"""The ledger's tables were made by the app `analytics` and keep their names."""

import uuid

import django.utils.timezone
from django.db import migrations, models

SNAPSHOT = [
    ("number", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
    ("token", models.UUIDField(default=uuid.uuid4, unique=True)),
    ("created_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
]
ID = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")
LEDGER_FILE = [
    ("id", ID),
    ("part", models.CharField(max_length=50)),
    ("name", models.CharField(max_length=150)),
    ("size", models.PositiveBigIntegerField(null=True)),
    ("digest", models.CharField(blank=True, max_length=64)),
    ("first", models.PositiveBigIntegerField(help_text="The first snapshot that has it.")),
    (
        "last",
        models.PositiveBigIntegerField(
            db_index=True, help_text="The last one; empty while the newest has it.", null=True
        ),
    ),
    ("unused_since", models.DateTimeField(help_text="No snapshot that is kept has it.", null=True)),
]
DIRTY = [("id", ID.clone()), ("part", models.CharField(max_length=50))]


class Migration(migrations.Migration):
    initial = True
    dependencies = [("analytics", "0005_fit_requests")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    "Snapshot",
                    SNAPSHOT,
                    options={"db_table": "analytics_snapshot", "ordering": ("-number",)},
                ),
                migrations.CreateModel(
                    "LedgerFile",
                    LEDGER_FILE,
                    options={
                        "db_table": "analytics_ledgerfile",
                        "ordering": ("part", "first"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("part", "first"), name="one_file_a_part"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(last__gte=models.F("first")),
                                name="last_not_before_first",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    "Dirty",
                    DIRTY,
                    options={"db_table": "analytics_dirty", "verbose_name_plural": "dirty"},
                ),
            ]
        )
    ]
