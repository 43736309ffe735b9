"""The demo shop, loaded by the worker when an admin of an empty shop requests it.

Its progress is a file beside the uploads, as for an import: the database is locked until the whole
shop is written. An empty file means that loading was requested; after an error it holds the reason.
"""

import logging
from types import SimpleNamespace
from typing import Any

from django.utils import timezone
from django_q.tasks import async_task

from accounts.models import User
from demo import shop
from demo.shop import ShopNotEmpty
from imports import uploads
from imports.uploads import Heartbeat
from orders.exchange_rates import UnknownCurrency
from orders.models import Order

log = logging.getLogger("ledgerlight.imports")
NAME = "demo-shop"
WORK = SimpleNamespace(file=NAME)  # takes the place of an import where progress is shown
UNEXPECTED = "Something went wrong and no data was loaded. See the log."


def request_loading() -> None:
    """Have the worker load the demo shop, unless it is loading already."""
    shop.refuse_filled_shop()
    if not is_loading():
        uploads.reset_progress(NAME)
        # Before the job is queued: a worker may start it at once.
        uploads.path_of(NAME).write_text("")
        async_task("demo.loading.load")


def load() -> None:
    """Write the whole shop, or nothing. Called twice, it writes one."""
    # The queue may deliver a job a second time.
    if uploads.is_in_progress(NAME):
        return
    error = ""
    with Heartbeat(NAME) as heartbeat:
        try:
            shop.create_shop(
                **shop.SMALL, seed=1, today=timezone.localdate(), progress=heartbeat.update
            )
        except ShopNotEmpty:
            pass  # it was loaded already
        except UnknownCurrency as unknown:
            error = f"BASE_CURRENCY: {unknown}"
        except Exception:
            log.exception("demo shop")
            error = UNEXPECTED
    uploads.path_of(NAME).write_text(error) if error else uploads.delete_upload(NAME)


def is_loading() -> bool:
    """Requested and not finished; a worker that was killed no longer counts."""
    requested = uploads.path_of(NAME).exists() and not loading_error()
    return requested and (not uploads.read_progress(NAME) or uploads.is_in_progress(NAME))


def loading_error() -> str:
    path = uploads.path_of(NAME)
    return path.read_text() if path.exists() else ""


def welcome_context(user: User) -> dict[str, Any] | None:
    """How an empty shop can be filled; None once there are orders."""
    if Order.objects.exists():
        return None
    return {
        "is_loading": is_loading(),
        "error": loading_error(),
        "may_load": user.may("demo-shop", "create") and shop.is_empty(),
        "may_import": user.may("imports", "create"),
    }
