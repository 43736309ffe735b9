"""Errors in one shape everywhere: problem details (RFC 9457) on the API, a plain page elsewhere."""

from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, OperationalError
from django.db.models import ProtectedError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from config.api import TooLarge

MEDIA_TYPE = "application/problem+json"

# What an error of a service means to a caller of the API; each app adds its own.
refusals: dict[type[Exception], int] = {}


# In the words of SQLite, of both servers, and of MariaDB.
HELD_UP = ("is locked", "deadlock", "lock wait timeout")


class HeldUp(exceptions.APIException):
    """Others wrote for longer than one waits; nothing of the request was done."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = "Others are writing just now: try again."
    default_code = "held_up"
    wait = 1  # second: the header Retry-After


class Conflict(exceptions.APIException):
    """The request is fine, but the books are not in a state that allows it."""

    status_code = HTTPStatus.CONFLICT
    default_detail = "This cannot be done now."
    default_code = "conflict"


def problem(status, detail="", errors=()) -> dict:
    """The body of an error; `errors` names fields and reasons."""
    status = HTTPStatus(status)
    return {
        "type": "about:blank",
        "title": status.phrase,
        "status": int(status),
        "detail": str(detail) or status.description or status.phrase,
        "errors": list(errors),
    }


def handle(error, context):
    """DRF's exception handler."""
    error = translated(error)
    response = exception_handler(error, context)
    if response is None:
        return None
    errors = list(flat(response.data)) if isinstance(error, exceptions.ValidationError) else []
    detail = "Some of the input is not right." if errors else response.data.get("detail", "")
    body = problem(response.status_code, detail, errors)
    headers = {k: v for k, v in response.items() if k in ("WWW-Authenticate", "Retry-After")}
    return Response(body, response.status_code, headers=headers, content_type=MEDIA_TYPE)


def translated(error):
    """Errors of the books and of their services in words of HTTP."""
    if isinstance(error, ProtectedError):
        users = {str(row._meta.verbose_name_plural) for row in error.protected_objects}
        return Conflict(f"Still in use by {', '.join(sorted(users))}.")
    if isinstance(error, RequestDataTooBig):
        return TooLarge()
    if isinstance(error, IntegrityError):
        return Conflict("This contradicts what somebody else has just written.")
    if isinstance(error, OperationalError) and any(w in str(error).lower() for w in HELD_UP):
        return HeldUp()
    status = next((s for kind, s in refusals.items() if isinstance(error, kind)), None)
    if status == HTTPStatus.BAD_REQUEST:
        return exceptions.ValidationError({error.field or "non_field_errors": [str(error)]})
    return Conflict(str(error)) if status else error


def flat(errors, path=""):
    """DRF's nested errors as {"field": "items[0].quantity", "reason": …}."""
    if isinstance(errors, dict):
        for name, inner in errors.items():
            own = "" if name == "non_field_errors" else f".{name}"
            own = f"[{name}]" if isinstance(name, int) else own
            yield from flat(inner, f"{path}{own}".strip("."))
    elif isinstance(errors, list) and any(isinstance(e, dict | list) for e in errors):
        for i, inner in enumerate(errors):
            yield from flat(inner, f"{path}[{i}]")
    else:
        for reason in errors if isinstance(errors, list) else [errors]:
            yield {"field": path, "reason": str(reason)}


def answer(request, status, detail="") -> HttpResponse:
    """An error outside of DRF: JSON under /api/, a page with the same words elsewhere."""
    body = problem(status, detail)
    if request.path.startswith("/api/"):
        return JsonResponse(body, status=status, content_type=MEDIA_TYPE)
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return render(request, "problem.html", {"problem": body}, status=status)
    # What broke may be the database: no asking who is looking and what they are still to be told.
    seen = {"problem": body, "request": {"COOKIES": request.COOKIES}}
    return HttpResponse(render_to_string("problem.html", seen), status=status)


@csrf_exempt
def nothing_here(request, exception=None):
    """Below /api/, whatever the method, and also while DEBUG shows other answers of its own."""
    return answer(request, 404, "There is nothing at this address: /api/ lists those there are.")


def bad_request(request, exception=None):
    return answer(request, 400)


def forbidden(request, exception=None):
    return answer(request, 403, "Your role does not allow this.")


def not_found(request, exception=None):
    return answer(request, 404, "There is nothing at this address.")


def server_error(request):
    return answer(request, 500, f"Something broke here. Its number is {request.id}.")


def csrf_failure(request, reason=""):
    return answer(request, 403, "The form was open too long: go back, reload and send it again.")


def locked_out(request, credentials=None, *args, **kwargs):
    """Too many failed sign-ins for this account from this address."""
    wait = int(settings.AXES_COOLOFF_TIME.total_seconds())
    response = answer(request, 429, f"Too many failed sign-ins: wait {wait // 60} minutes.")
    response["Retry-After"] = str(wait)
    return response
