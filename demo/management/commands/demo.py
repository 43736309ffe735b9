from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.progress import Progress
from demo import shop
from orders.exchange_rates import UnknownCurrency

TIMES = {"small": 1, "medium": 10, "large": 50}


class Command(BaseCommand):
    help = "Load sample data into an empty shop: two years, eight countries, 20,000 orders."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--size", choices=TIMES, default="small", help="medium ×10, large ×50")
        parser.add_argument("--seed", type=int, default=1, help="another seed, another shop")
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing if there is data already"
        )

    def handle(self, *, size: str, seed: int, if_empty: bool, **options: Any) -> None:
        times = TIMES[size]
        try:
            shop.create_shop(
                **{name: count * times for name, count in shop.SMALL.items()},
                seed=seed,
                today=timezone.localdate(),
                progress=Progress(self.stdout, "Demo shop"),
            )
        except shop.ShopNotEmpty as error:
            if not if_empty:
                raise CommandError(
                    f"{error} The demo shop can only be loaded into an empty shop."
                ) from error
            self.stdout.write(f"{error} The demo shop was not loaded.")
        except UnknownCurrency as error:
            raise CommandError(f"BASE_CURRENCY: {error}") from error
