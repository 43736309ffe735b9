import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.models import User
from accounts.services import change_password
from demo.account import EMAIL, create_demo_account

READABLE = "abcdefghijkmnpqrstuvwxyz23456789"  # without l, o, 0 and 1, which look alike


class Command(BaseCommand):
    help = f"Give {EMAIL}, if it exists, a new random password and print it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--create", action="store_true", help="create the account if it is missing"
        )

    def handle(self, *args: Any, create: bool, **options: Any) -> None:
        if create:
            create_demo_account()
        user = User.objects.filter(email=EMAIL, is_active=True).first()
        if user is None:
            return
        password = "-".join("".join(secrets.choice(READABLE) for _ in range(5)) for _ in range(3))
        change_password(user, password)
        self.stdout.write(f"Sign in as {EMAIL} with the password {password}")
