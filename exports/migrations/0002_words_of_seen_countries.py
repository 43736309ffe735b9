from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exports", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="countries",
            field=models.JSONField(
                editable=False,
                help_text="Ids of the countries that its owner saw then; null: all.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="sending",
            name="countries",
            field=models.JSONField(
                help_text="Ids of the countries that its owner saw then; null: all.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="export",
            name="countries",
            field=models.JSONField(
                help_text="Ids of the countries that its owner saw then; null: all.", null=True
            ),
        ),
    ]
