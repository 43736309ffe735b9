import io

import pytest
from django.apps import apps
from django.core.management import call_command

from customers.models import Country, Customer
from imports.models import Created
from imports.tests.desk import HEADER
from orders.models import Order, TaxRate

Dirty = apps.get_model("ledger", "Dirty")  # of floors above this one
Voucher = apps.get_model("recommendations", "Voucher")
SALES = f"""{HEADER}
1,MUG,MUG,6,2010-12-01 08:26:00,2.55,17850,USA
2,MUG,MUG,1,2011-02-02 10:00:00,1.85,,United States
3,MUG,MUG,1,2011-03-02 10:00:00,1.85,,Channel Islands
"""


def merge(*arguments) -> list[str]:
    out = io.StringIO()
    call_command("merge_countries", *arguments, stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture
def double(desk):
    """Books of the time when nobody knew that USA is the United States."""
    double = Country.objects.create(name="USA")
    pk = desk.bring_in(SALES)
    Created.objects.create(run_id=pk, kind="country", row_id=double.pk)
    customer = Customer.objects.get()
    Voucher.objects.create(customer=customer, country=double, amount=5, held_out=False)
    assert (customer.country, Order.objects.get(number="1").country) == (double, double)
    return double


def test_doubles_are_merged_with_all_that_refers_to_them(double, signed_in):
    states, germany = Country.objects.get(code="US"), Country.objects.get(code="DE")
    one, both = signed_in("manager", double), signed_in("manager", double, states, germany)
    call_command("refresh_ledger")
    assert merge() == [
        "USA → United States (US): 1 customers, 1 orders, 1 vouchers; new orders are in USD, not "
        f"in EUR; these managers see more data now: {one.user.email}.",
        "1 merged.",
        "Kept without a code, as no other name is known: Channel Islands.",
    ]
    assert not Country.objects.filter(name="USA").exists()
    kept = Customer.objects.get().country, Order.objects.get(number="1").country
    assert kept == (states, states) == (Voucher.objects.get().country, Country.objects.named("USA"))
    assert list(one.user.countries.all()) == [states]
    assert set(both.user.countries.all()) == {germany, states}
    assert set(Dirty.objects.values_list("part", flat=True)) >= {
        "countries", "customers", "orders/2010-12", "lines/2010-12",
    }  # fmt: skip
    call_command("refresh_ledger", "--check")
    assert merge()[0] == "0 merged."


def test_a_dry_run_merges_nothing(double):
    assert "1 would be merged." in merge("--dry-run")
    assert Customer.objects.get().country == double


def test_what_the_merged_country_came_with_can_still_be_undone(double, desk):
    merge()
    run = Created.objects.filter(kind="customer").get().run_id
    Voucher.objects.all().delete()
    assert desk.step(run, "undo")["state"] == "undone"
    assert not Order.objects.exists()
    assert Country.objects.filter(code="US").exists()


def test_tax_rates_move_along_unless_the_two_contradict(db):
    britain, turkey = Country.objects.get(code="GB"), Country.objects.get(code="TR")
    uk, tr = Country.objects.create(name="UK"), Country.objects.create(name="Turkey")
    TaxRate.objects.create(country=uk, rate=17, valid_from="2020-01-01")
    TaxRate.objects.create(country=tr, rate=20, valid_from="2023-07-10")
    Country.objects.create(name="Kongo")  # which of the two is not known
    told = merge()
    assert told[:3] == [
        "Turkey → Türkiye (TR): 1 tax rates; new orders are in TRY, not in EUR.",
        "UK → United Kingdom (GB): not merged: both have tax rates, and they differ: remove those "
        "of one of them first.",
        "1 merged.",
    ]
    assert turkey.tax_rates.get().rate == 20
    britain.tax_rates.all().delete()
    assert "1 merged." in merge()
    assert britain.tax_rates.get().rate == 17
    assert Country.objects.filter(name="Kongo").exists()
