"""Stars, and the reports that a user opened last."""

from datetime import timedelta

from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import User
from analytics.kept.models import Opened, Star

OPENED_KEPT = 10
NOTED_EVERY = timedelta(days=1)


def set_star(user: User, path: str, is_starred: bool) -> None:
    if is_starred:
        Star.objects.get_or_create(user=user, path=path)
    else:
        Star.objects.filter(user=user, path=path).delete()


def starred_paths(user: User) -> list[str]:
    """In the order in which they were starred."""
    return [*Star.objects.filter(user=user).order_by("pk").values_list("path", flat=True)]


def opened_paths(user: User) -> list[str]:
    """The newest first."""
    opened = Opened.objects.filter(user=user).order_by("-opened_at", "-pk")
    return [*opened.values_list("path", flat=True)[:OPENED_KEPT]]


def note_opened(user: User, path: str) -> None:
    """At most once a day for each report: to read a page is not to write."""
    now = timezone.now()
    known = Opened.objects.filter(user=user, path=path, opened_at__gt=now - NOTED_EVERY)
    try:
        if not known.exists():
            with transaction.atomic():
                Opened.objects.update_or_create(user=user, path=path, defaults={"opened_at": now})
                delete_oldest(user)
    except DatabaseError:  # two pages at once, or a database that is busy
        pass  # The page is whole without it.


def delete_oldest(user: User) -> None:
    kept = opened_paths(user)
    Opened.objects.filter(user=user).exclude(path__in=kept).delete()
