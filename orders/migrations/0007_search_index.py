from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0005_search_index"),
        ("orders", "0006_plain_help_texts"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["number"], name="order_number", opclasses=["varchar_pattern_ops"]
            ),
        ),
    ]
