from django.core.management.base import BaseCommand
from django.db.models import Sum

from catalog.models import Inventory
from catalog.services import stock_differences


class Command(BaseCommand):
    help = "Prove that every product's stock is the sum of its movements; exit 1 where it is not."

    def handle(self, **options):
        differences = stock_differences()
        for product, counter, movements in differences:
            self.stdout.write(f"{product.sku}: {counter} on the shelf, {movements} by movements")
        if differences:
            raise SystemExit(1)
        pieces = Inventory.objects.aggregate(pieces=Sum("quantity", default=0))["pieces"]
        self.stdout.write(f"{Inventory.objects.count():,} products, {pieces:,} pieces: right.")
