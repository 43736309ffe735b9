import secrets

from django.core.management.base import BaseCommand

from accounts.models import User
from accounts.roles import Role
from accounts.services import change_password

EMAIL = "demo@example.com"
READABLE = "abcdefghijkmnpqrstuvwxyz23456789"  # no l, o, 0, 1: nobody mistakes one for another


class Command(BaseCommand):
    help = f"Give {EMAIL} a new random password and print it. Silent if there is no such account."

    def add_arguments(self, parser):
        parser.add_argument("--create", action="store_true", help="make the account if missing")

    def handle(self, *args, create, **options):
        if create and not User.objects.filter(email=EMAIL).exists():
            User.objects.create_user(EMAIL, name="Demo", role=Role.ADMIN, email_verified=True)
        user = User.objects.filter(email=EMAIL, is_active=True).first()
        if user is None:
            return
        password = "-".join("".join(secrets.choice(READABLE) for _ in range(5)) for _ in range(3))
        change_password(user, password)
        self.stdout.write(f"Sign in as {EMAIL} with the password {password}")
