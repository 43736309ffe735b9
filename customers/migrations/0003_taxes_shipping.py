from django.db import migrations, models

# Where the shop charges tax from the start (orders/0002): there postage shares the goods' rates.
# Whoever does it otherwise switches it off. Not in the United States: each state has its own rule.
TAXING = [
    "AT",
    "BE",
    "BG",
    "CY",
    "CZ",
    "DE",
    "DK",
    "EE",
    "ES",
    "FI",
    "FR",
    "GR",
    "HR",
    "HU",
    "IE",
    "IT",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "PL",
    "PT",
    "RO",
    "SE",
    "SI",
    "SK",
    "CH",
    "GB",
    "NO",
    "AU",
    "BR",
    "CA",
    "IN",
    "JP",
    "MX",
    "NZ",
    "SG",
    "ZA",
]


def mark_countries(apps, schema_editor):
    countries = apps.get_model("customers", "Country").objects
    countries.using(schema_editor.connection.alias).filter(code__in=TAXING).update(
        taxes_shipping=True
    )


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_iso_countries")]

    operations = [
        migrations.AddField(
            model_name="country",
            name="taxes_shipping",
            field=models.BooleanField(
                default=False,
                help_text="Shipping is taxed at the goods' rates, in proportion to them, as in the EU.",
            ),
        ),
        migrations.RunPython(mark_countries, migrations.RunPython.noop),
    ]
