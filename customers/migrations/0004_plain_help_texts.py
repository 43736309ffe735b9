import django.core.validators
from django.db import migrations, models

import core.fields


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0003_taxes_shipping"),
    ]

    operations = [
        migrations.AlterField(
            model_name="country",
            name="code",
            field=core.fields.KeyField(
                blank=True,
                max_length=2,
                validators=[
                    django.core.validators.RegexValidator(
                        "^[A-Z]{2}$", "Enter a two-letter ISO 3166 code, like DE."
                    )
                ],
            ),
        ),
        migrations.AlterField(
            model_name="country",
            name="currency",
            field=models.CharField(
                blank=True,
                help_text="Currency of orders from this country. Leave empty for the base currency.",
                max_length=3,
                validators=[
                    django.core.validators.RegexValidator(
                        "^[A-Z]{3}$", "Enter a three-letter ISO 4217 code, like EUR."
                    )
                ],
            ),
        ),
        migrations.AlterField(
            model_name="country",
            name="taxes_shipping",
            field=models.BooleanField(
                default=False,
                help_text="Tax shipping at the rates of the goods, in proportion to their amounts.",
            ),
        ),
    ]
