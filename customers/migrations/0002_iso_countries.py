"""The countries of ISO 3166 under the names people use, with the money they pay in today."""

import pycountry
from babel.numbers import get_territory_currencies
from django.db import migrations

# Where the standard has neither a common name nor one that a shop would print on a label.
EVERYDAY_NAMES = {
    "BN": "Brunei",
    "CD": "DR Congo",
    "FK": "Falkland Islands",
    "FM": "Micronesia",
    "PS": "Palestine",
    "RU": "Russia",
    "VA": "Vatican City",
    "VG": "British Virgin Islands",
    "VI": "U.S. Virgin Islands",
}


def name_of(country) -> str:
    common = getattr(country, "common_name", country.name)
    return EVERYDAY_NAMES.get(country.alpha_2, common)


def currency_of(code: str) -> str:
    """Of two legal tenders the country's own: its letters begin with the country's."""
    tenders = get_territory_currencies(code)
    own = [currency for currency in tenders if currency.startswith(code)]
    return next(iter(own or tenders), "")


def add_countries(apps, schema_editor):
    Country = apps.get_model("customers", "Country")
    Country.objects.using(schema_editor.connection.alias).bulk_create(
        Country(name=name_of(c), code=c.alpha_2, currency=currency_of(c.alpha_2))
        for c in sorted(pycountry.countries, key=name_of)
    )


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    # Backwards nothing: by then customers may live in them.
    operations = [migrations.RunPython(add_countries, migrations.RunPython.noop)]
