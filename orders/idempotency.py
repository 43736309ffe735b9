"""A request sent twice with the same `Idempotency-Key` does its work once, as at Stripe."""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from core.database_errors import is_deadlock
from core.problems import Conflict
from core.retries import pause
from orders.models import IdempotencyKey

RETENTION = timedelta(hours=24)  # as long as at Stripe
MAX_ATTEMPTS = 30  # against parallel requests with the same key


class KeyReused(exceptions.APIException):
    status_code = 422  # as in the IETF draft of this header
    default_detail = "This Idempotency-Key was used for a different request."
    default_code = "key_reused"


class Busy(Conflict):
    default_detail = "Too many requests with this Idempotency-Key at once: try again."


def created_once(request: Request, create: Callable[[], Response]) -> Response:
    """The response of `create`; with an `Idempotency-Key`, that of the first request with it."""
    if (key := idempotency_key(request)) is None:
        return create()
    # Unlike at Stripe, a failure is not stored: its exception rolls the key back, and the same
    # key may be used again.
    body, is_replayed = run_once(request.user, key, fingerprint(request), lambda: create().data)
    return Response(body, 201, headers={"Idempotency-Replayed": "true"} if is_replayed else None)


def idempotency_key(request: Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not re.fullmatch("[!-~]{1,200}", key):
        reason = "Enter 1 to 200 visible ASCII characters."
        raise exceptions.ValidationError({"Idempotency-Key": [reason]})
    return key


def fingerprint(request: Request) -> str:
    """The same for two requests with the same method, address and body."""
    # Sorted: a client may write the same fields in another order when it repeats the request.
    body = json.dumps(request.data, sort_keys=True)
    return hashlib.sha256(f"{request.method} {request.path} {body}".encode()).hexdigest()


def run_once(user: User, key: str, fingerprint: str, work: Callable[[], dict]) -> tuple[dict, bool]:
    """The answer of `work`, and whether it is the stored one of an earlier request.

    The key is inserted first, in the transaction of the work: of parallel requests one inserts
    it, the others wait at its unique index until the work is done, or try if it failed.
    """
    for _ in range(MAX_ATTEMPTS):
        try:
            return _run_and_store(user, key, fingerprint, work), False
        except IntegrityError:
            if row := IdempotencyKey.objects.filter(user=user, key=key).first():
                return _stored_answer(row, fingerprint), True
            raise  # the key is free, so it was the work that broke a constraint
        except OperationalError as error:
            # When the first request fails on MariaDB, all that wait take its lock at once and
            # deadlock. The losers were rolled back, so they may try again.
            if not is_deadlock(error):
                raise
            pause()
    raise Busy


@transaction.atomic
def _run_and_store(user: User, key: str, fingerprint: str, work: Callable[[], dict]) -> dict:
    row = IdempotencyKey.objects.create(user=user, key=key, fingerprint=fingerprint)
    # Stored as text: PostgreSQL would change the order of the names in an object.
    row.answer = JSONRenderer().render(work()).decode()
    row.save(update_fields=["answer"])
    # Through JSON and back, so that the first response is the same as a replayed one.
    return json.loads(row.answer)


def _stored_answer(row: IdempotencyKey, fingerprint: str) -> dict:
    if row.fingerprint != fingerprint:
        raise KeyReused
    return json.loads(row.answer)


def forget_old() -> int:
    """Delete keys past their retention; the worker's schedule calls it by this name."""
    return IdempotencyKey.objects.filter(created_at__lt=timezone.now() - RETENTION).delete()[0]
