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
    """Those that the shop has already, by name or by code, stay as the shop has them."""
    Country = apps.get_model("customers", "Country")
    countries = Country.objects.using(schema_editor.connection.alias)
    names, codes = (
        dict(countries.values_list("name", "pk")),
        set(countries.values_list("code", flat=True)),
    )
    new = [c for c in sorted(pycountry.countries, key=name_of) if c.alpha_2 not in codes]
    for c in new:
        if name_of(c) in names:  # kept without its code until now, else it would not be new
            countries.filter(pk=names[name_of(c)], code="").update(code=c.alpha_2)
    countries.bulk_create(
        Country(name=name_of(c), code=c.alpha_2, currency=currency_of(c.alpha_2))
        for c in new
        if name_of(c) not in names
    )


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    # Backwards nothing: by then customers may live in them.
    operations = [migrations.RunPython(add_countries, migrations.RunPython.noop)]
