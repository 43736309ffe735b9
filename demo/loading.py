"""The demo shop, loaded by the worker when an admin of empty books asks for it.

How far it is stands in a file beside the uploads, as for an import: the books themselves are
locked until the whole shop is written. The same file says what went wrong.
"""

import logging
from types import SimpleNamespace

from django.utils import timezone
from django_q.tasks import async_task

from demo import shop
from demo.shop import BooksNotEmpty
from imports import uploads
from imports.uploads import Heartbeat
from orders.exchange_rates import UnknownCurrency
from orders.models import Order

log = logging.getLogger("ledgerlight.imports")
NAME = "demo-shop"
WORK = SimpleNamespace(file=NAME)  # what `serializers.Progress` tells of
BROKEN = "Something went wrong and no data was loaded. See the log."


def ask_for() -> None:
    """Have the worker load it, unless it is at it already."""
    shop.refuse_if_filled()
    if not is_on_its_way():
        uploads.reset_progress(NAME)
        uploads.path_of(NAME).write_text("")
        async_task("demo.loading.load")


def load() -> None:
    """Write the whole shop, or nothing. Called twice, it writes one."""
    if uploads.is_in_progress(NAME):
        return
    wrong = ""
    with Heartbeat(NAME) as heartbeat:
        try:
            shop.fill(**shop.SMALL, seed=1, today=timezone.localdate(), progress=heartbeat.update)
        except BooksNotEmpty:
            pass  # it was there already, or somebody was faster
        except UnknownCurrency as error:
            wrong = f"BASE_CURRENCY: {error}"
        except Exception:
            log.exception("demo shop")
            wrong = BROKEN
    uploads.path_of(NAME).write_text(wrong) if wrong else uploads.delete_upload(NAME)


def is_on_its_way() -> bool:
    """Asked for and not ended; a worker that was killed no longer counts."""
    path = uploads.path_of(NAME)
    begun = uploads.read_progress(NAME)
    alive = not begun or uploads.is_in_progress(NAME)
    return path.exists() and not what_went_wrong() and alive


def what_went_wrong() -> str:
    path = uploads.path_of(NAME)
    return path.read_text() if path.exists() else ""


def greeting(user) -> dict | None:
    """What an empty platform says to its reader: how it is filled. Nothing once it holds orders."""
    if Order.objects.exists():
        return None
    return {
        "on_its_way": is_on_its_way(),
        "went_wrong": what_went_wrong(),
        "may_load": user.may("demo-shop", "create") and shop.is_possible(),
        "may_import": user.may("imports", "create"),
    }
