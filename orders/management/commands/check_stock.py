from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Sum

from catalog.models import Inventory
from catalog.services import stock_differences


class Command(BaseCommand):
    help = "Check that the stock of every product is the sum of its movements; exit with 1 if not."

    def handle(self, **options: Any) -> None:
        differences = stock_differences()
        for product, counter, movements in differences:
            self.stdout.write(f"{product.sku}: {counter} in stock, {movements} by movements")
        if differences:
            raise SystemExit(1)
        units = Inventory.objects.aggregate(units=Sum("quantity", default=0))["units"]
        count = Inventory.objects.count()
        self.stdout.write(f"Stock is consistent: {count:,} products, {units:,} units.")
