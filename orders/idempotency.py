"""The same request sent twice does its work once: the client's key is the proof of sameness."""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer

from core.database_errors import is_deadlock
from core.problems import Conflict
from core.retries import pause
from orders.models import IdempotencyKey

KEPT = timedelta(hours=24)
PATIENCE = 30  # tries against others with the same key


class KeyReused(exceptions.APIException):
    status_code = 422
    default_detail = "This Idempotency-Key was used for a different request."
    default_code = "key_reused"


class Busy(Conflict):
    default_detail = "Too many calls with this Idempotency-Key at once."


def key_of(request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not re.fullmatch("[!-~]{1,200}", key):
        reason = "1 to 200 visible ASCII characters."
        raise exceptions.ValidationError({"Idempotency-Key": [reason]})
    return key


def fingerprint(request) -> str:
    body = json.dumps(request.data, sort_keys=True)
    return hashlib.sha256(f"{request.method} {request.path} {body}".encode()).hexdigest()


def once(user, key: str, fingerprint: str, work: Callable[[], dict]) -> tuple[dict, bool]:
    """The answer of `work`, and whether it is that of an earlier call.

    The key goes in first, in the transaction of the work: of parallel calls one inserts it, the
    others wait at its unique index until the work is done, or try themselves if it failed.
    """
    for _ in range(PATIENCE):
        try:
            return first(user, key, fingerprint, work), False
        except IntegrityError:
            if row := IdempotencyKey.objects.filter(user=user, key=key).first():
                return repeated(row, fingerprint), True
            raise  # then it was the work that contradicted the books
        except OperationalError as error:
            # When the first call fails on MariaDB, all that wait want its place and lock each
            # other out. The losers were rolled back, so they may queue again.
            if not is_deadlock(error):
                raise
            pause()
    raise Busy


@transaction.atomic
def first(user, key, fingerprint, work) -> dict:
    row = IdempotencyKey.objects.create(user=user, key=key, fingerprint=fingerprint)
    # Kept as text: PostgreSQL would store an object with its names in another order.
    row.answer = JSONRenderer().render(work()).decode()
    row.save(update_fields=["answer"])
    return json.loads(row.answer)


def repeated(row: IdempotencyKey, fingerprint: str) -> dict:
    if row.fingerprint != fingerprint:
        raise KeyReused
    return json.loads(row.answer)


def forget_old() -> int:
    """Remove the keys that nobody will send again."""
    return IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]
