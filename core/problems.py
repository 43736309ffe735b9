"""Errors in one shape everywhere: problem details (RFC 9457) on the API, a plain page elsewhere.

`to_api_exception` is the one place that maps exceptions to answers. DRF uses it through `handle`,
pages through the middleware `exception_responses`, what breaks in a middleware through
`server_error`, jobs of the worker through `is_temporary` and `failure_message`.
"""

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db.models import ProtectedError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from core import database_errors
from core.parsers import TooLarge

GetResponse = Callable[[HttpRequest], HttpResponse]

log = logging.getLogger("ledgerlight.problems")
MEDIA_TYPE = "application/problem+json"

# What an error of a service means to a caller of the API; each app adds its own.
exception_statuses: dict[type[Exception], int] = {}


class Unavailable(exceptions.APIException):
    """A fault that passes; nothing of the request was done."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = "The database cannot be reached. Try again."
    default_code = "unavailable"
    wait = 5  # seconds: the header Retry-After


class HeldUp(Unavailable):
    """Others wrote for longer than one waits."""

    default_detail = "The books are busy. Try again."
    default_code = "held_up"
    wait = 1


class DiskFull(exceptions.APIException):
    status_code = HTTPStatus.INSUFFICIENT_STORAGE
    default_detail = (
        "The server's disk is full. Nothing was stored. Ask the administrator to free space."
    )
    default_code = "disk_full"


class Conflict(exceptions.APIException):
    """The request is fine, but the books are not in a state that allows it."""

    status_code = HTTPStatus.CONFLICT
    default_detail = "This cannot be done now."
    default_code = "conflict"


def problem(status: int, detail: object = "", errors: Iterable[dict] = ()) -> dict:
    """The body of an error; `errors` names fields and reasons."""
    status = HTTPStatus(status)
    return {
        "type": "about:blank",
        "title": status.phrase,
        "status": int(status),
        "detail": str(detail) or status.description or status.phrase,
        "errors": list(errors),
    }


def handle(error: Exception, context: dict) -> Response | None:
    """DRF's exception handler."""
    known = to_api_exception(error)
    response = exception_handler(known, context)
    if response is None:
        return None
    log_problem(error, known)
    errors = field_errors(known)
    detail = "Some of the input is invalid." if errors else response.data.get("detail", "")
    body = problem(response.status_code, detail, errors)
    headers = {k: v for k, v in response.items() if k in ("WWW-Authenticate", "Retry-After")}
    return Response(body, response.status_code, headers=headers, content_type=MEDIA_TYPE)


def to_api_exception(error: BaseException) -> BaseException:
    """Errors of the books and of their services in words of HTTP; others as they are."""
    if isinstance(error, ProtectedError):
        users = {str(row._meta.verbose_name_plural) for row in error.protected_objects}
        return Conflict(f"Still in use by {', '.join(sorted(users))}.")
    if isinstance(error, RequestDataTooBig):
        return TooLarge()
    for is_fault, known in FAULTS:
        if is_fault(error):
            return known()
    status = next((s for kind, s in exception_statuses.items() if isinstance(error, kind)), None)
    if status == HTTPStatus.BAD_REQUEST:
        return exceptions.ValidationError(errors_by_field(error))
    if status == HTTPStatus.NOT_FOUND:
        return exceptions.NotFound(str(error))
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return Unavailable(str(error))
    return Conflict(str(error)) if status else error


FAULTS = (
    (database_errors.is_full, DiskFull),
    (database_errors.is_locked, HeldUp),
    (database_errors.is_lost, Unavailable),
    (
        database_errors.is_race,
        lambda: Conflict("This contradicts what somebody else has just written."),
    ),
)


def errors_by_field(error: BaseException) -> dict[str, list[str]]:
    """The reasons by field, of an error about one field or about several."""
    found = getattr(error, "reasons", None) or {getattr(error, "field", ""): [str(error)]}
    return {name or "non_field_errors": texts for name, texts in found.items()}


def log_problem(error: BaseException, known: BaseException) -> None:
    """Log which fault it was: the caller gets only a general message."""
    status = getattr(known, "status_code", HTTPStatus.NOT_FOUND)  # Django's own have none
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or database_errors.is_race(error):
        log.warning("answered %s", int(status), exc_info=error)


def is_temporary(error: BaseException) -> bool:
    """Whether the same work may succeed later."""
    return isinstance(to_api_exception(error), Unavailable)


def failure_message(error: BaseException, otherwise: str) -> str:
    """The message for people about work that failed."""
    known = to_api_exception(error)
    return str(known.detail) if isinstance(known, Unavailable | DiskFull) else otherwise


def field_errors(error: BaseException) -> list[dict[str, str]]:
    """The errors of invalid input, field by field; none of other exceptions."""
    return (
        list(flatten_errors(error.detail)) if isinstance(error, exceptions.ValidationError) else []
    )


def flatten_errors(errors: Any, path: str = "") -> Iterator[dict[str, str]]:
    """DRF's nested errors as {"field": "items[0].quantity", "reason": …}."""
    if isinstance(errors, dict):
        for name, inner in errors.items():
            own = "" if name == "non_field_errors" else f".{name}"
            # A ListField keys its errors by position.
            own = f"[{name}]" if isinstance(name, int) else own
            yield from flatten_errors(inner, f"{path}{own}".strip("."))
    elif isinstance(errors, list) and any(isinstance(e, dict | list) for e in errors):
        for i, inner in enumerate(errors):
            yield from flatten_errors(inner, f"{path}[{i}]")
    else:
        for reason in errors if isinstance(errors, list) else [errors]:
            yield {"field": path, "reason": str(reason)}


def exception_responses(get_response: GetResponse) -> GetResponse:
    """Middleware: exceptions outside of DRF get the same status and message as inside."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    middleware.process_exception = response_to_exception  # type: ignore[attr-defined] # Django's hook
    return middleware


def response_to_exception(request: HttpRequest, error: BaseException) -> HttpResponse | None:
    """The response to a known exception; None for an unknown one, which Django handles."""
    known = to_api_exception(error)
    if not isinstance(known, exceptions.APIException):
        return None
    log_problem(error, known)
    errors = field_errors(known)
    detail = " ".join(e["reason"] for e in errors) or known.detail
    response = problem_response(request, known.status_code, detail, errors)
    if wait := getattr(known, "wait", None):
        response["Retry-After"] = str(int(wait))
    return response


def problem_response(
    request: HttpRequest, status: int, detail: object = "", errors: Iterable[dict] = ()
) -> HttpResponse:
    """An error outside of DRF: JSON where the API answers, a page with the same words elsewhere."""
    body = problem(status, detail, errors)
    served = getattr(request.resolver_match, "func", None)
    # Views of DRF are also elsewhere: older systems had their API at the root.
    if request.path.startswith("/api/") or hasattr(served, "cls"):
        return JsonResponse(body, status=status, content_type=MEDIA_TYPE)
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return render(request, "error.html", {"problem": body}, status=status)
    # The database may be what failed: the page must not need the user or their messages.
    seen = {"problem": body, "request": {"COOKIES": request.COOKIES}}
    return HttpResponse(render_to_string("error.html", seen), status=status)


# Otherwise a POST without a CSRF token would be answered 403 instead of 404.
@csrf_exempt
def api_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Below /api/, whatever the method, and also while DEBUG shows other answers of its own."""
    return problem_response(
        request, 404, "There is nothing at this address: /api/ lists those there are."
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem_response(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem_response(request, 403, "Your role does not allow this.")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem_response(request, 404, "There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Also for what broke in a middleware, where `exception_responses` does not see it."""
    # Django calls this handler within its `except` block.
    error = sys.exception()
    if error and (known := response_to_exception(request, error)):
        return known
    return problem_response(
        request, 500, f"Something went wrong. The error number is {request.id}."
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return problem_response(
        request, 403, "The form was open too long: go back, reload and send it again."
    )


def locked_out(
    request: HttpRequest, credentials: dict | None = None, *args, **kwargs
) -> HttpResponse:
    """Too many failed sign-ins for this account from this address."""
    wait = int(settings.AXES_COOLOFF_TIME.total_seconds())
    response = problem_response(
        request, 429, f"Too many failed sign-ins: wait {wait // 60} minutes."
    )
    response["Retry-After"] = str(wait)
    return response
