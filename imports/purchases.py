"""Purchases recorded over the API: a single one, or a file of them."""

import hashlib
from datetime import date, datetime, time
from decimal import Decimal

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from catalog.models import Product
from customers.models import Country, Customer
from imports import uploads
from imports.formats.purchases import PURCHASES
from imports.models import Import
from imports.pipeline import ReadOptions, read_file, write_import
from imports.services import display_name
from orders.models import Order, OrderItem

EARLIEST = date(1971, 1, 1)  # the same for files: checks.date_rules
MAX_REASONS = 20  # rejected rows that an error names


@transaction.atomic
def record_purchase(
    customer_name: str, country: str, purchase_date: date, amount: Decimal
) -> Order:
    """Store a past order of one line, as an import would; stock does not change."""
    where = Country.objects.named(country) or Country.objects.create(name=country)
    # The name is the code too, as in the file format: both ways find the same customer.
    customer, _ = Customer.objects.get_or_create(
        code=customer_name, defaults={"name": customer_name, "country": where}
    )
    product, _ = Product.objects.get_or_create(
        sku="purchase", defaults={"name": "Purchase", "price": amount}
    )
    # Two purchases at once may find the same number: the unique constraint refuses the second.
    order = Order.objects.create(
        # Four decimals, as CONTENT in the file format writes amounts: the hashes must be equal.
        number=free_number(customer_name, country, purchase_date.isoformat(), f"{amount:.4f}"),
        source=PURCHASES.name, customer=customer, country=where, status=Order.Status.DELIVERED,
        placed_at=timezone.make_aware(datetime.combine(purchase_date, time())),
        currency=settings.BASE_CURRENCY, subtotal=amount, total=amount,
    )  # fmt: skip
    OrderItem.objects.create(order=order, product=product, quantity=1, unit_price=amount)
    return order


def free_number(*texts: str) -> str:
    """The first free number for a purchase with this content, as the file format computes it: a
    hash of the content and of how often it occurred.

    A binary search finds the number of occurrences: a shop may sell the same thing very often.
    """

    def number(occurrence: int) -> str:
        content = "|".join([*texts, str(occurrence)])
        return hashlib.md5(content.encode()).hexdigest()  # noqa: S324

    def is_taken(occurrence: int) -> bool:
        return Order.objects.filter(source=PURCHASES.name, number=number(occurrence)).exists()

    # `free` is free at every step, so gaps that an undo left do no harm.
    taken, free = 0, 1
    while is_taken(free):
        taken, free = free, free * 2
    while free - taken > 1:
        middle = (taken + free) // 2
        taken, free = (middle, free) if is_taken(middle) else (taken, middle)
    return number(free)


class RowsRefused(Exception):
    """Some rows are invalid, and all were required to be valid; nothing was stored."""

    def __init__(self, rejects: list[str]):
        super().__init__(f"{len(rejects)} rows cannot be read.")
        self.rejects = rejects


def record_purchases(
    file: UploadedFile, user: User, limit: int, encoding: str = "", every_row: bool = False
) -> Import:
    """Import a file of purchases at once. Invalid rows are rejected or, with `every_row`, make it
    refuse the whole file."""
    upload, size, sha256 = uploads.store(file.chunks(), limit)
    try:
        run = Import(name=display_name(file.name), size=size, sha256=sha256, user=user)
        options = ReadOptions(PURCHASES.name, encoding=encoding, only_csv=True)
        # The outer transaction: write_import would commit by itself before rows are refused.
        with read_file(uploads.path_of(upload), run.name, options) as staged, transaction.atomic():
            write_import(staged, run)
            if every_row and run.counts["rejected"]:
                rejects = run.rejects.order_by("record")[:MAX_REASONS]
                raise RowsRefused([f"Line {row.line}: {row.reason}." for row in rejects])
    finally:
        uploads.delete_upload(upload)
    return run
