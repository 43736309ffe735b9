from django.db import migrations, models
from django.db.models import F, Q

import core.fields


def keep_what_was_used(apps, schema_editor):
    """What older orders cut off their vouchers is not known any more."""
    orders = apps.get_model("orders", "Order").objects.using(schema_editor.connection.alias)
    orders.filter(voucher_amount__gt=0).update(voucher_value=F("voucher_amount"))


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_standard_tax_rates")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="voucher_value",
            field=core.fields.MoneyField(
                decimal_places=4,
                default=0,
                help_text="What the vouchers are worth; what the order cannot use stays on them.",
                max_digits=15,
            ),
        ),
        migrations.RunPython(keep_what_was_used, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=Q(voucher_value__gte=F("voucher_amount")),
                name="order_voucher_within_its_value",
            ),
        ),
    ]
