"""Request ids, the content security policy, caching headers and optional slashes of the API."""

import logging
import re
import time
from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from core.logs import current_request
from core.problems import api_not_found, problem_response

GetResponse = Callable[[HttpRequest], HttpResponse]

access = logging.getLogger("ledgerlight.access")

# Images from data: are the charts within the page of the customer analysis.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
# Redoc creates styles and a search worker in the page.
REDOC_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'") + (
    "; worker-src blob:"
)
# Swagger UI adds two inline styles to the page: only these two are allowed.
SWAGGER_POLICY = POLICY.replace(
    "style-src 'self'",
    "style-src 'self' 'sha256-EmoYM34IwzWGgCLDwk+TwfbjU9h/QyOOpAopr08TkIA=' "
    "'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='",
)
POLICIES = {
    **dict.fromkeys(("/redoc/", "/api/redoc/"), REDOC_POLICY),
    **dict.fromkeys(("/swagger/", "/api/docs/"), SWAGGER_POLICY),
}
# It comes from outside and goes into the log and a header: nothing to break a line, nothing long.
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


def request_id(get_response: GetResponse) -> GetResponse:
    """Give the request an id, or keep the proxy's, and log one line when it is answered."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request.id = given if REQUEST_ID.fullmatch(given) else uuid4().hex
        token, start = current_request.set(request.id), time.perf_counter()
        try:
            response = get_response(request)
            response["X-Request-ID"] = request.id
            spent = (time.perf_counter() - start) * 1000
            response["Server-Timing"] = (
                f"app;dur={spent:.1f}"  # shown in the browser's developer tools
            )
            # The route, not the path, which may contain a token or an e-mail address.
            route = request.resolver_match.route if request.resolver_match else "-"
            level = logging.DEBUG if route == "healthz" else logging.INFO  # asked every few seconds
            access.log(level, "%s %s %s %.0fms", request.method, route, response.status_code, spent)
            return response
        finally:
            # The thread goes on with other requests.
            current_request.reset(token)

    return middleware


def optional_slash(get_response: GetResponse) -> GetResponse:
    """Serve API addresses also without their last slash, without a redirect, which would lose a
    request's body. Pages are redirected by Django."""

    def middleware(request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if not path.endswith("/") and view_at(path) is None and is_api(view_at(f"{path}/")):
            # Django resolves `path_info`, but builds addresses from `path`.
            request.path_info += "/"
            request.path += "/"
        return get_response(request)

    return middleware


def view_at(path: str) -> Callable | None:
    try:
        view = resolve(path).func
    except Resolver404:
        return None
    # api_not_found matches every address below /api/.
    return None if view is api_not_found else view


def is_api(view: Callable | None) -> bool:
    """Views of the REST framework have a `cls`."""
    return hasattr(view, "cls")


def private_answers(get_response: GetResponse) -> GetResponse:
    """Browsers and proxies cache no answer, unless the view sets its own header."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware


def no_nul_in_admin(get_response: GetResponse) -> GetResponse:
    """PostgreSQL rejects NUL, and the admin passes searches and filters on unchecked."""

    def middleware(request: HttpRequest) -> HttpResponse:
        admin = request.path_info.startswith("/admin/")
        # The path arrives decoded, the query string does not.
        if admin and ("\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", "")):
            return problem_response(request, 400, "The address contains a NUL character.")
        return get_response(request)

    return middleware


def content_security_policy(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        policy = POLICIES.get(request.path, POLICY)
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=()"
        )
        return response

    return middleware
