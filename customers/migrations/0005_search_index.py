from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0004_plain_help_texts"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                fields=["name"], name="customer_name_prefix", opclasses=["varchar_pattern_ops"]
            ),
        ),
    ]
