from django.db import migrations, models

import core.fields


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0003_taxes_shipping"),
        ("orders", "0003_voucher_value"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="shipping_tax",
            field=core.fields.MoneyField(
                decimal_places=4,
                default=0,
                help_text="The part of the tax that is on the shipping.",
                max_digits=15,
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="shipping",
            field=core.fields.MoneyField(
                decimal_places=4,
                default=0,
                help_text="As priced: with tax where prices include it.",
                max_digits=15,
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("shipping_tax__gte", 0), ("shipping_tax__lte", models.F("tax"))
                ),
                name="order_shipping_tax_within_tax",
            ),
        ),
    ]
