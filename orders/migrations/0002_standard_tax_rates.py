"""Standard VAT/GST by country, from the rate that was in force at the start of 2009 to today's.

Rows to begin with: reduced rates, states and provinces are the shop's to add, as are changes to come.
"""

from decimal import Decimal

from django.db import migrations

# Code, then each rate in percent and the first day on which it applied.
# The United States have no national tax on sales: no rows, so none is charged by default.
STANDARD_RATES = """
AT  20 1984-01-01
BE  21 1996-01-01
BG  20 1999-01-01
CY  15 2003-01-01   17 2012-03-01   18 2013-01-14   19 2014-01-13
CZ  19 2004-05-01   20 2010-01-01   21 2013-01-01
DE  19 2007-01-01   16 2020-07-01   19 2021-01-01
DK  25 1992-01-01
EE  18 1993-01-01   20 2009-07-01   22 2024-01-01   24 2025-07-01
ES  16 1995-01-01   18 2010-07-01   21 2012-09-01
FI  22 1994-06-01   23 2010-07-01   24 2013-01-01   25.5 2024-09-01
FR  19.6 2000-04-01 20 2014-01-01
GR  19 2005-04-01   21 2010-03-15   23 2010-07-01   24 2016-06-01
HR  22 1998-08-01   23 2009-08-01   25 2012-03-01
HU  20 2006-01-01   25 2009-07-01   27 2012-01-01
IE  21.5 2008-12-01 21 2010-01-01   23 2012-01-01   21 2020-09-01   23 2021-03-01
IT  20 1997-10-01   21 2011-09-17   22 2013-10-01
LT  19 2009-01-01   21 2009-09-01
LU  15 1992-01-01   17 2015-01-01   16 2023-01-01   17 2024-01-01
LV  21 2009-01-01   22 2011-01-01   21 2012-07-01
MT  18 2004-01-01
NL  19 2001-01-01   21 2012-10-01
PL  22 1993-07-05   23 2011-01-01
PT  20 2008-07-01   21 2010-07-01   23 2011-01-01
RO  19 2000-01-01   24 2010-07-01   20 2016-01-01   19 2017-01-01   21 2025-08-01
SE  25 1990-07-01
SI  20 2002-01-01   22 2013-07-01
SK  19 2004-01-01   20 2011-01-01   23 2025-01-01

CH  7.6 2001-01-01  8 2011-01-01    7.7 2018-01-01  8.1 2024-01-01
GB  15 2008-12-01   17.5 2010-01-01 20 2011-01-04
NO  25 2005-01-01

AU  10 2000-07-01
BR  18 1990-01-01
CA  5 2008-01-01
IN  12.5 2005-04-01 18 2017-07-01
JP  5 1997-04-01    8 2014-04-01    10 2019-10-01
MX  15 1995-04-01   16 2010-01-01
NZ  12.5 1989-07-01 15 2010-10-01
SG  7 2007-07-01    8 2023-01-01    9 2024-01-01
ZA  14 1993-04-07   15 2018-04-01
"""
# BR: Brazil taxes goods by state; this is the ICMS of São Paulo, the largest of them.
# CA: the federal GST alone. IN: before the GST of 2017, the rate that most states had.


def table():
    for line in STANDARD_RATES.split("\n"):
        code, *pairs = line.split() or [""]
        for rate, day in zip(pairs[::2], pairs[1::2], strict=True):
            yield code, Decimal(rate), day


def add_rates(apps, schema_editor):
    """Not to countries that have rates already: the shop knows better."""
    using = schema_editor.connection.alias
    Country = apps.get_model("customers", "Country").objects.using(using)
    TaxRate = apps.get_model("orders", "TaxRate")
    countries = dict(
        Country.exclude(code="").filter(tax_rates=None).order_by("-pk").values_list("code", "pk")
    )
    TaxRate.objects.using(using).bulk_create(
        TaxRate(country_id=countries[code], rate=rate, valid_from=day)
        for code, rate, day in table()
        if code in countries
    )


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0001_initial"),
        ("customers", "0002_iso_countries"),
    ]

    # Backwards nothing: rates that were edited since are not ours to delete.
    operations = [migrations.RunPython(add_rates, migrations.RunPython.noop)]
