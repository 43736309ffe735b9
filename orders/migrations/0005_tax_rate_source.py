from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0004_shipping_tax"),
    ]

    operations = [
        migrations.AddField(
            model_name="orderitem",
            name="tax_rate_source",
            field=models.CharField(
                blank=True,
                choices=[
                    ("country", "the country's rate"),
                    ("file", "declared by the file"),
                    ("computed", "computed from tax and net amount"),
                ],
                default="",
                help_text="Empty: not known.",
                max_length=8,
            ),
        ),
    ]
