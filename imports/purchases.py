"""Purchases told over the API: one as a row of a purchase file would tell it, or such a file."""

import hashlib
from datetime import date, datetime, time
from decimal import Decimal

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from catalog.models import Product
from customers.models import Country, Customer
from imports import uploads
from imports.formats.purchases import PURCHASES
from imports.models import Import
from imports.pipeline import ReadOptions, read_file, write_import
from imports.services import display_name
from orders.models import Order, OrderItem

EARLIEST = date(1971, 1, 1)
SHOWN = 20  # refused rows that are named


@transaction.atomic
def record_purchase(
    customer_name: str, country: str, purchase_date: date, amount: Decimal
) -> Order:
    """An order of one line, of the past: stock is not touched."""
    where = Country.objects.named(country) or Country.objects.create(name=country)
    customer, _ = Customer.objects.get_or_create(
        code=customer_name, defaults={"name": customer_name, "country": where}
    )
    product, _ = Product.objects.get_or_create(
        sku="purchase", defaults={"name": "Purchase", "price": amount}
    )
    order = Order.objects.create(
        number=free_number(customer_name, country, purchase_date.isoformat(), f"{amount:.4f}"),
        source=PURCHASES.name, customer=customer, country=where, status=Order.Status.DELIVERED,
        placed_at=timezone.make_aware(datetime.combine(purchase_date, time())),
        currency=settings.BASE_CURRENCY, subtotal=amount, total=amount,
    )  # fmt: skip
    OrderItem.objects.create(order=order, product=product, quantity=1, unit_price=amount)
    return order


def free_number(*texts: str) -> str:
    """As the file format has it: a purchase is known by what it says, and how often it says it.

    A turn that is free, behind one that is taken: found by halves, however often it was said.
    """

    def number(turn: int) -> str:
        return hashlib.md5("|".join([*texts, str(turn)]).encode()).hexdigest()  # noqa: S324

    def is_taken(turn: int) -> bool:
        return Order.objects.filter(source=PURCHASES.name, number=number(turn)).exists()

    taken, free = 0, 1
    while is_taken(free):
        taken, free = free, free * 2
    while free - taken > 1:
        middle = (taken + free) // 2
        taken, free = (middle, free) if is_taken(middle) else (taken, middle)
    return number(free)


class RowsRefused(Exception):
    """Some rows cannot be purchases, and all were wanted; nothing was stored."""

    def __init__(self, rejects: list[str]):
        super().__init__(f"{len(rejects)} rows cannot be read.")
        self.rejects = rejects


def record_purchases(
    file: UploadedFile, user, limit: int, encoding: str = "", every_row: bool = False
) -> Import:
    """A file of purchases, through the importer at once. Rows that cannot be read are set aside,
    or, where `every_row` is wanted, refuse the whole file."""
    kept, size, sha256 = uploads.store(file.chunks(), limit)
    try:
        run = Import(name=display_name(file.name), size=size, sha256=sha256, user=user)
        choices = ReadOptions(PURCHASES.name, encoding=encoding, only_csv=True)
        with read_file(uploads.path_of(kept), run.name, choices) as read, transaction.atomic():
            write_import(read, run)
            if every_row and run.counts["rejected"]:
                rejects = run.rejects.order_by("record")[:SHOWN]
                raise RowsRefused([f"Line {row.line}: {row.reason}." for row in rejects])
    finally:
        uploads.delete_upload(kept)
    return run
