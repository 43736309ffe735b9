"""Django's command, with an optional username besides the e-mail address."""

import os

from django.contrib.auth.management.commands import createsuperuser

from accounts.models import User


class WithUsername:
    """The user model as Django's command reads it: the command asks only for required fields."""

    REQUIRED_FIELDS = ("username",)

    def __getattr__(self, name):
        return getattr(User, name)

    def __call__(self, **fields):
        return User(**fields)


class Command(createsuperuser.Command):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        # Now, because add_arguments makes an option of each required field.
        self.UserModel = WithUsername()

    def handle(self, *args, **options):
        options["username"] = options["username"] or os.environ.get("DJANGO_SUPERUSER_USERNAME")
        if not options["username"]:
            self.UserModel = User
        super().handle(*args, **options)
