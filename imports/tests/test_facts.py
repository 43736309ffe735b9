"""What is known of real files must come out of the books. Whole where they lie beside the
checkout, else a slice of the retail file (see tests/data/README.md)."""

import io
from decimal import Decimal as D
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.models import F, Q, Sum

from catalog.models import Inventory, Product, StockMovement
from customers.models import Country, Customer
from imports.models import Import, Reject, VoucherSent
from orders.models import Order, OrderItem

ROOT = Path(__file__).parents[2]
WHOLE = ROOT.parent / "shared" / "data"
whole = pytest.mark.skipif(not WHOLE.is_dir(), reason="the whole files are not here")


def taken(path):
    call_command("import_sales", path, stdout=io.StringIO())
    counts = Import.objects.first().counts
    kept = [counts[name] for name in ("stored", "updated", "unchanged", "rejected")]
    assert counts["read"] == sum(kept)
    return counts


def value(kind):
    """(documents, lines, Σ quantity × price)"""
    items = OrderItem.objects.filter(order__kind=kind)
    total = items.aggregate(n=Sum(F("quantity") * F("unit_price")))["n"]
    return Order.objects.filter(kind=kind).count(), items.count(), D(total).quantize(D("0.001"))


@whole
def test_the_whole_retail_file(db):
    counts = taken(WHOLE / "online_retail.csv.gz")
    assert (counts["read"], counts["stored"]) == (541_909, 540_571)
    assert counts["reasons"] == {"stock_correction": 1336, "negative_unit_price": 2}
    assert Reject.objects.count() == 1338
    assert value("sale") == (20_726, 531_283, D("10666684.544"))
    assert value("return") == (3_836, 9_288, D("896812.490"))
    assert Customer.objects.count() == 4372
    assert Country.objects.filter(orders__isnull=False).distinct().count() == 38
    assert Product.objects.filter(sku__in=["15056BL", "15056bl"]).count() == 2
    assert Customer.objects.filter(Q(code="17850") | Q(code__contains=".")).count() == 1
    assert (Inventory.objects.count(), StockMovement.objects.count()) == (0, 0)
    again = taken(WHOLE / "online_retail.csv.gz")
    assert (again["stored"], again["updated"], again["unchanged"]) == (0, 0, 540_571)
    assert value("sale")[:2] == (20_726, 531_283)


@whole
@pytest.mark.once
def test_the_whole_purchases(db):
    assert taken(WHOLE / "sample_purchases.csv")["stored"] == 800
    assert OrderItem.objects.count() == 800
    assert taken(WHOLE / "sample_purchases.csv")["unchanged"] == 800


@whole
@pytest.mark.once
def test_the_whole_voucher_history(db):
    counts = taken(WHOLE / "voucher_data.parquet.gzip")
    assert counts["read"] == 285_570
    assert VoucherSent.objects.count() == counts["stored"]
    assert counts["stored"] + counts["rejected"] == 285_570
    assert Reject.objects.count() == counts["rejected"] == sum(counts["reasons"].values())


def test_a_slice_of_the_retail_file(db):
    file = ROOT / "tests" / "data" / "retail.csv"
    counts = taken(file)
    assert (counts["read"], counts["stored"]) == (157, 147)
    assert counts["reasons"] == {"stock_correction": 8, "negative_unit_price": 2}
    assert value("sale") == (23, 127, D("14694.600"))
    assert value("return") == (6, 20, D("259.880"))
    assert (Customer.objects.count(), Product.objects.count()) == (14, 115)
    assert Country.objects.filter(orders__isnull=False).distinct().count() == 3
    assert Product.objects.filter(sku__in=["15056BL", "15056bl"]).count() == 2
    assert Customer.objects.filter(code="17850").exists()
    assert (Inventory.objects.count(), StockMovement.objects.count()) == (0, 0)
    again = taken(file)
    assert (again["stored"], again["updated"], again["unchanged"]) == (0, 0, 147)
