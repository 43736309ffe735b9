import hashlib

from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.signals import user_logged_in
from django.middleware.csrf import get_token
from drf_yasg import openapi
from drf_yasg.utils import swagger_auto_schema
from rest_framework import exceptions, generics, status
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework_simplejwt.authentication import JWTAuthentication

from accounts import jwt, serializers, services
from accounts.backends import SIGN_IN_FAILED, WRONG_PASSWORD
from accounts.models import User
from core.parsers import Form, Json
from core.resources import refuse_unknown_parameters
from core.throttles import RouteThrottle, SharedThrottle


class EmailsToOneAddress(SharedThrottle):
    """Limits the e-mails to one address, whether or not it has an account."""

    scope = "emails"

    def get_cache_key(self, request, view):
        email = request.data.get("email") if isinstance(request.data, dict) else None
        # Without an address nothing is sent: the serializer refuses the body.
        if not isinstance(email, str):
            return None
        digest = hashlib.sha256(User.normalize(email).encode(errors="replace")).hexdigest()
        return f"emails:{digest}"


class AccountView(generics.GenericAPIView):
    """A route that takes passwords or tokens; throttled against guessing."""

    throttle_classes = (RouteThrottle,)
    throttle_scope = "sign_in"
    parameters: tuple[str, ...] = ()

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        refuse_unknown_parameters(request, self.parameters)

    def validated_body(self):
        serializer = self.get_serializer(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data


class PublicView(AccountView):
    """A route without authentication: an old token or session sent along is ignored."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get_authenticate_header(self, request):
        # DRF turns a 401 without a challenge into 403, and this view has no authentication class
        # that would name one.
        return JWTAuthentication().authenticate_header(request)


def authenticate_user(request, name: str, password: str) -> User | None:
    """django-axes marks a lockout on Django's request, not on the one of DRF."""
    return authenticate(request._request, username=name, password=password)


def authenticate_or_401(request, name: str, password: str) -> User:
    if user := authenticate_user(request, name, password):
        return user
    raise exceptions.AuthenticationFailed(SIGN_IN_FAILED)


class Token(PublicView):
    parser_classes = (Json, Form)
    serializer_class = serializers.SignIn

    @swagger_auto_schema(responses={200: serializers.TokenPair})
    def post(self, request):
        """Sign in with an e-mail address or a username and get an access and a refresh token."""
        return Response(jwt.new_pair(self.sign_in_without_session(request)))

    def sign_in_without_session(self, request) -> User:
        body = self.validated_body()
        user = authenticate_or_401(request, body["name"], body["password"])
        # login() would start a session. Its signal sets `last_login` and lets axes forget failures.
        user_logged_in.send(sender=User, request=request._request, user=user)
        return user


def bearer_token(user: User) -> dict[str, str]:
    return {"access_token": jwt.access_token(user), "token_type": "bearer"}


class TokenRefresh(PublicView):
    parser_classes = (Json, Form)
    serializer_class = serializers.RefreshToken

    @swagger_auto_schema(responses={200: serializers.TokenPair})
    def post(self, request):
        """Exchange a refresh token for a new pair. A second use ends its sign-in."""
        return Response(jwt.rotate(self.validated_body()["refresh"]))


class Login(Token):
    def get_serializer_class(self):
        return serializers.OAuth2SignIn if self.is_form() else serializers.SignIn

    def is_form(self) -> bool:
        return str(self.request.content_type).startswith(Form.media_type)

    @swagger_auto_schema(responses={200: serializers.Session})
    def post(self, request):
        """Sign in with a session cookie, as pages do; the tokens are for clients without cookies.

        A form, as OAuth2 clients send it, gets a bearer token only: other sites can send forms too
        and must not start a session.
        """
        if self.is_form():
            return Response(bearer_token(self.sign_in_without_session(request)))
        body = self.validated_body()
        user = authenticate_or_401(request, body["name"], body["password"])
        login(request._request, user)
        pair = jwt.new_pair(user)
        # After login(), which replaces the CSRF token.
        session = {"user": user, "csrf_token": get_token(request._request), **pair}
        session |= {"access_token": pair["access"], "token_type": "bearer"}
        return Response(serializers.Session(session).data)


class Logout(AccountView):
    # A refresh token is enough to end its sign-in: the access token may have expired.
    permission_classes = (AllowAny,)
    serializer_class = serializers.Logout

    @swagger_auto_schema(responses={204: "Signed out."})
    def post(self, request):
        """End the session and the sign-in that the refresh token belongs to.

        An access token stays valid until it expires, a few minutes later.
        """
        if refresh := self.validated_body().get("refresh"):
            jwt.end_sign_in(refresh)
        logout(request._request)
        return Response(status=status.HTTP_204_NO_CONTENT)


VERIFICATION_TOKEN = openapi.Parameter(
    "verification_token",
    openapi.IN_QUERY,
    type=openapi.TYPE_STRING,
    description="The same as `token` in the body.",
)
EMAIL_NOT_SENT = "The e-mail could not be sent; the same for every address"


class Register(PublicView):
    throttle_classes = (RouteThrottle, EmailsToOneAddress)
    serializer_class = serializers.Registration

    @swagger_auto_schema(responses={202: serializers.Message, 503: EMAIL_NOT_SENT})
    def post(self, request):
        """Register an account. The answer is the same whether or not the address has one."""
        services.register(**self.validated_body())
        return Response({"detail": "We sent an e-mail to this address."}, status.HTTP_202_ACCEPTED)


class VerifyEmail(PublicView):
    serializer_class = serializers.EmailedLink
    parameters = ("verification_token",)

    @swagger_auto_schema(
        responses={200: serializers.Message}, manual_parameters=[VERIFICATION_TOKEN]
    )
    def post(self, request):
        """Confirm the e-mail address with the token from the e-mail."""
        field, token = self.field_and_token()
        try:
            services.verify_email(token)
        except services.InvalidLink as error:
            raise exceptions.ValidationError({field: str(error)}) from error
        return Response({"detail": "Your e-mail address is confirmed. You can sign in now."})

    def field_and_token(self) -> tuple[str, str]:
        """From the body, or from the query string where there is no body."""
        for name in self.parameters:
            if name in self.request.query_params and not self.request.data:
                return name, self.request.query_params[name]
        return "token", self.validated_body()["token"]


class PasswordReset(PublicView):
    throttle_classes = (RouteThrottle, EmailsToOneAddress)
    serializer_class = serializers.ResetRequest

    @swagger_auto_schema(responses={202: serializers.Message, 503: EMAIL_NOT_SENT})
    def post(self, request):
        """Request a password reset. The answer is the same whether or not the address is known."""
        services.request_password_reset(**self.validated_body())
        return Response({"detail": "We sent an e-mail to this address."}, status.HTTP_202_ACCEPTED)


class PasswordResetConfirm(PublicView):
    serializer_class = serializers.ResetConfirmation

    @swagger_auto_schema(responses={200: serializers.Message})
    def post(self, request):
        """Set a new password with the token from the e-mail. All earlier sign-ins end."""
        body = self.validated_body()
        try:
            services.reset_password(body["token"], body["new_password"])
        except services.InvalidLink as error:
            raise exceptions.ValidationError({"token": str(error)}) from error
        return Response({"detail": "Your password was changed. You can sign in now."})


class PasswordChange(AccountView):
    resource = "me"
    actions = {"post": "change_password"}
    serializer_class = serializers.PasswordChange

    @swagger_auto_schema(responses={204: "Changed. Sign in again with the new password."})
    def post(self, request):
        """Change the password. All sessions and tokens of the account end, also the current one."""
        body = self.validated_body()
        # Counts towards the lockout: with a stolen session nobody may guess the password for long.
        if not authenticate_user(request, request.user.email, body["old_password"]):
            raise exceptions.ValidationError({"old_password": WRONG_PASSWORD})
        services.change_password(request.user, body["new_password"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class Me(generics.RetrieveUpdateAPIView):
    """Your own account. Only the name can be changed."""

    resource = "me"
    actions = {"get": "retrieve", "patch": "partial_update"}
    http_method_names = ("get", "head", "patch", "options")
    queryset = User.objects.none()
    serializer_class = serializers.Me

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        refuse_unknown_parameters(request, ())

    def get_object(self):
        return self.request.user
