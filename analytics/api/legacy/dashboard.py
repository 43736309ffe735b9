"""The older sales dashboard: its answers, at addresses that have other names in theirs by now.

They are served to clients that send `Accept: application/vnd.sales-dashboard+json`, or to all
with the setting LEGACY_API.
"""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_vary_headers
from drf_yasg.utils import swagger_auto_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import api as accounts
from analytics.api.legacy.dashboard_reports import MEDIA_TYPE, RENDERERS
from analytics.api.legacy.dashboard_reports import views as reports
from core.health import database_state
from core.schema import like

ABOUT = {"message": "Ledgerlight API", "version": "1.0.0", "docs": "/api/docs"}


class Register(accounts.Register):
    """The same whether or not the e-mail address has an account, so there is no id in it."""

    renderer_classes = RENDERERS

    def post(self, request: Request) -> Response:
        super().post(request)
        user = {name: request.data.get(name) for name in ("email", "username", "full_name")}
        text = "User registered successfully. Please verify your email."
        note = "Verification email sent. Please check your inbox."
        return Response({"message": text, "user": user, "note": note}, 201)


class VerifyEmail(accounts.VerifyEmail):
    renderer_classes = RENDERERS

    def post(self, request: Request) -> Response:
        super().post(request)
        return Response({"message": "Email verified successfully. You can now log in."})


class Login(accounts.Login):
    renderer_classes = RENDERERS

    def post(self, request: Request) -> Response:
        # No session: the older clients keep a token, and a cookie would bring CSRF checks with it.
        return Response(accounts.bearer_token(self.sign_in_without_session(request)))


class Me(accounts.Me):
    renderer_classes = RENDERERS

    def get(self, request: Request) -> Response:
        user = request.user
        return Response(
            {
                "id": user.pk,
                "email": user.email,
                "username": user.username,
                "full_name": user.name,
                "is_active": user.is_active,
                "is_verified": user.email_verified,
                "is_superuser": user.is_superuser,
                "created_at": user.date_joined,
                "last_login": user.last_login,
            }
        )


views = reports | {
    "api/auth/register/": Register.as_view(),
    "api/auth/verify-email/": VerifyEmail.as_view(),
    "api/auth/login/": Login.as_view(),
    "api/users/me/": Me.as_view(),
}


def is_dashboard_request(request: HttpRequest) -> bool:
    # `format` is how a client asks for the report itself, also with LEGACY_API.
    if "format" in request.GET:
        return False
    return settings.LEGACY_API or MEDIA_TYPE in request.headers.get("Accept", "")


class DashboardShape:
    """Middleware: the dashboard's view in place of the one that has the address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # For the report's answer too: a cache must not give it to who asks for the dashboard's.
        if request.resolver_match and request.resolver_match.route in views:
            patch_vary_headers(response, ["Accept"])
        return response

    def process_view(
        self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict
    ) -> HttpResponse | None:
        replaced = views.get(request.resolver_match.route)
        return replaced(request) if replaced and is_dashboard_request(request) else None


def json_root(page: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Clients that accept JSON and no HTML get the name and version; browsers get the page."""

    @wraps(page)
    def root(request: HttpRequest) -> HttpResponse:
        accept = request.headers.get("Accept", "*/*")
        accepts_json = "json" in accept or (settings.LEGACY_API and "*/*" in accept)
        # Browsers accept everything, and html by name; `*/*` alone may be curl.
        is_program = accepts_json and "html" not in accept
        response = JsonResponse(ABOUT) if is_program else page(request)
        patch_vary_headers(response, ["Accept"])
        return response

    return root


HEALTH = ("status", "service", "version", "database")


class Health(APIView):
    """Whether the API works and reaches its database; 503 if not."""

    # With any, an expired token would be answered with 401: a monitor would take it for a failure.
    authentication_classes = ()
    permission_classes = (AllowAny,)
    # Monitors ask every few seconds, all from one address.
    throttle_classes = ()
    renderer_classes = RENDERERS

    @swagger_auto_schema(responses={200: like(dict.fromkeys(HEALTH, ""))})
    def get(self, request: Request) -> Response:
        is_connected = database_state() == "ok"
        state = {
            "status": "healthy" if is_connected else "degraded",
            "service": ABOUT["message"],
            "version": ABOUT["version"],
            "database": "connected" if is_connected else "disconnected",
        }
        return Response(state, 200 if is_connected else 503)
