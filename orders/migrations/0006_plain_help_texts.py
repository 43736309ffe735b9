import django.core.validators
from django.db import migrations, models

import core.fields


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0005_tax_rate_source"),
    ]

    operations = [
        migrations.AlterField(
            model_name="exchangerate",
            name="currency",
            field=models.CharField(
                max_length=3,
                validators=[
                    django.core.validators.RegexValidator(
                        "^[A-Z]{3}$", "Enter a three-letter ISO 4217 code, like EUR."
                    )
                ],
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="currency",
            field=models.CharField(
                max_length=3,
                validators=[
                    django.core.validators.RegexValidator(
                        "^[A-Z]{3}$", "Enter a three-letter ISO 4217 code, like EUR."
                    )
                ],
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="shipping",
            field=core.fields.MoneyField(
                decimal_places=4,
                default=0,
                help_text="Includes tax if prices include tax.",
                max_digits=15,
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="shipping_tax",
            field=core.fields.MoneyField(
                decimal_places=4,
                default=0,
                help_text="Part of the tax that is on shipping.",
                max_digits=15,
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="voucher_amount",
            field=core.fields.MoneyField(
                decimal_places=4,
                default=0,
                help_text="Part of the discount that was paid with vouchers.",
                max_digits=15,
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="voucher_value",
            field=core.fields.MoneyField(
                decimal_places=4,
                default=0,
                help_text="Value of the vouchers, including the part that the order did not use.",
                max_digits=15,
            ),
        ),
        migrations.AlterField(
            model_name="orderitem",
            name="returned",
            field=models.PositiveIntegerField(default=0, help_text="Units returned so far."),
        ),
        migrations.AlterField(
            model_name="orderitem",
            name="tax_rate_source",
            field=models.CharField(
                blank=True,
                choices=[
                    ("country", "rate of the country"),
                    ("file", "given in the imported file"),
                    ("computed", "calculated from tax and net amount"),
                ],
                default="",
                help_text="Empty if unknown.",
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="taxrate",
            name="rate",
            field=models.DecimalField(
                decimal_places=3,
                help_text="In percent, like 19 or 9.975.",
                max_digits=6,
                validators=[
                    django.core.validators.MinValueValidator(0),
                    django.core.validators.MaxValueValidator(100),
                ],
            ),
        ),
    ]
