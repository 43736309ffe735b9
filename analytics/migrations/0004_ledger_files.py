from django.db import migrations, models

FIELDS = [
    (
        "id",
        models.BigAutoField(
            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
        ),
    ),
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
OPTIONS = {
    "ordering": ("part", "first"),
    "constraints": [
        models.UniqueConstraint(fields=("part", "first"), name="one_file_a_part"),
        models.CheckConstraint(
            condition=models.Q(last__gte=models.F("first")), name="last_not_before_first"
        ),
    ],
}


def from_lists(apps, schema_editor):
    """The list of each snapshot becomes rows: one a file, with the snapshots that had it."""
    Snapshot = apps.get_model("analytics", "Snapshot")
    LedgerFile = apps.get_model("analytics", "LedgerFile")
    rows, current, before = [], {}, 0
    for snapshot in Snapshot.objects.order_by("number").iterator(chunk_size=500):
        for part in [part for part, row in current.items() if snapshot.files.get(part) != row.name]:
            current.pop(part).last = before
        for part in snapshot.files.keys() - current.keys():
            name = snapshot.files[part]
            current[part] = LedgerFile(part=part, name=name, first=snapshot.number)
            rows.append(current[part])
        before = snapshot.number
    LedgerFile.objects.bulk_create(rows, batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("analytics", "0003_tables_of_fits")]

    operations = [
        migrations.CreateModel(name="LedgerFile", fields=FIELDS, options=OPTIONS),
        migrations.RunPython(from_lists, migrations.RunPython.noop),
        # With a default, so that the way back works too.
        migrations.AlterField("snapshot", "files", models.JSONField(default=dict)),
        migrations.RemoveField("snapshot", "files"),
    ]
