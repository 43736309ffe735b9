from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_changed_at"),
    ]

    operations = [
        migrations.AddField(
            model_name="dirty",
            name="row_id",
            field=models.BigIntegerField(help_text="Empty if any row may have changed.", null=True),
        ),
    ]
