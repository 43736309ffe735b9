import io
from decimal import Decimal as D

import pytest
from django.apps import apps
from django.core.management import call_command

from customers.models import Country
from imports.tests.desk import Desk
from orders.models import Order, OrderItem, TaxRate
from orders.services import return_items

Dirty = apps.get_model("ledger", "Dirty")  # of a floor above this one
COLUMNS = {
    "document": "No", "placed": "Day", "sku": "Art", "quantity": "Pcs", "unit_price": "Price",
    "tax": "Tax", "tax_rate": "Rate", "tax_included": "Incl", "country": "Land",
}  # fmt: skip


@pytest.fixture
def bring(desk: Desk):
    """Lines of (country, day, quantity, price, tax, rate, included) into the books."""
    desk.client.post("/api/import-mappings/", {"name": "till", "columns": COLUMNS})
    germany = Country.objects.get(code="DE")
    TaxRate.objects.create(country=germany, category=books_shelf(), rate=7, valid_from="2007-01-01")

    def bring(*rows):
        lines = (
            f"{n},{day},A{n},{pieces},{price},{tax},{rate},{incl},{land}"
            for n, (land, day, pieces, price, tax, rate, incl) in enumerate(rows)
        )
        text = "\n".join([",".join(COLUMNS.values()), *lines])
        return desk.bring_in(f"{text}\n", mapping="till")

    return bring


def books_shelf():
    from catalog.models import Category

    return Category.objects.create(name="Books")


def rates():
    rows = OrderItem.objects.order_by("order__kind", "pk")
    return [(f"{rate.normalize():f}", source) for rate, source in
            rows.values_list("tax_rate", "tax_rate_source")]  # fmt: skip


def test_a_line_has_the_rate_that_was_charged_and_not_what_its_amounts_come_to(bring):
    bring(
        ("DE", "2026-03-05", 1, "119.00", "19.00", "", "true"),
        ("DE", "2026-03-05", 1, "4.99", "0.95", "", "false"),  # 19.04 %
        ("DE", "2026-03-05", 3, "10.70", "2.10", "", "true"),
        ("DE", "2020-09-01", 1, "116.00", "16.00", "", "true"),  # of that half year
        ("DE", "2026-03-05", 1, "100.00", "16.00", "", "false"),  # not of this one
        ("US", "2026-03-05", 1, "29.98", "2.47", "", "false"),
        ("DE", "2026-03-05", 1, "105.50", "5.50", "5.5", "true"),
        ("DE", "2026-03-05", 1, "119.00", "19.00", "15.97", "true"),  # what is declared is wrong
        ("DE", "2026-03-05", 1, "20.00", "0", "", "true"),
    )
    assert rates() == [
        ("19", "country"), ("19", "country"), ("7", "country"), ("16", "country"),
        ("16", "computed"), ("8.24", "computed"), ("5.5", "file"), ("19", "country"), ("0", ""),
    ]  # fmt: skip


def test_the_tax_of_one_rate_is_one_row_of_the_report(bring, api):
    cents = range(99, 999, 50)
    rows = [("DE", "2026-03-05", 1, f"{n / 100}", f"{round(n * 0.19) / 100}", "", "false")
            for n in cents]  # fmt: skip
    bring(*rows)
    answer = api.get("/api/revenue/tax/").json()
    assert [row["tax_rate"] for row in answer["rows"]] == ["0.19"]


def repair(*arguments) -> str:
    out = io.StringIO()
    call_command("repair_tax_rates", *arguments, stdout=out)
    return out.getvalue()


def test_books_from_before_get_their_nominal_rates(bring, shop):
    bring(
        ("DE", "2026-03-05", 2, "119.00", "38.00", "", "true"),
        ("US", "2026-03-05", 1, "108.25", "8.25", "", "true"),
        ("DE", "2026-03-05", 1, "105.50", "5.50", "5.5", "true"),
    )
    sale = Order.objects.get(number="0")
    return_items(sale, {sale.items.get(): 1})
    own = shop.sell((shop.product("mug", "10"), 1)).items.get()
    declared = OrderItem.objects.filter(tax_rate_source="file")
    OrderItem.objects.exclude(pk__in=declared).update(tax_rate=D("15.97"), tax_rate_source="")
    Dirty.objects.all().delete()
    told = (
        "3 lines {} a nominal rate: 2 that of their country, 1 computed from tax and net amount.\n"
    )
    assert repair("--dry-run") == told.format("would get")
    assert not Dirty.objects.exists()
    assert repair() == told.format("have")
    assert rates() == [
        ("19", "country"), ("19", "country"), ("8.25", "computed"), ("5.5", "file"), ("15.97", ""),
    ]  # fmt: skip
    assert OrderItem.objects.get(pk=own.pk).tax_rate == D("15.97")  # not an imported one
    assert {"lines/2026-03", "orders/2026-03"} <= set(Dirty.objects.values_list("part", flat=True))
    assert repair().startswith("0 lines")
