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
from accounts.backends import NOT_LET_IN, NOT_YOURS
from accounts.models import User
from core.parsers import Form, Json
from core.resources import refuse_unknown_parameters
from core.throttles import Counted, OfRoute


class LettersToOneAddress(Counted):
    """Nobody's mailbox is flooded from here, whether or not it has an account."""

    scope = "letters"

    def get_cache_key(self, request, view):
        email = request.data.get("email") if isinstance(request.data, dict) else None
        if not isinstance(email, str):
            return None
        return f"letters:{hashlib.sha256(User.plain(email).encode(errors='replace')).hexdigest()}"


class Route(generics.GenericAPIView):
    """Where passwords and tokens are tried: seldom for one person, so throttled."""

    throttle_classes = (OfRoute,)
    throttle_scope = "sign_in"
    parameters: tuple[str, ...] = ()

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        refuse_unknown_parameters(request, self.parameters)

    def given(self):
        body = self.get_serializer(data=self.request.data)
        body.is_valid(raise_exception=True)
        return body.validated_data


class Door(Route):
    """A route to come in by, open to everybody. An old token or session sent along counts not."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get_authenticate_header(self, request):
        return JWTAuthentication().authenticate_header(request)


def known_user(request, name: str, password: str) -> User | None:
    """Django's own request is what the lock on failed sign-ins marks, not the one of DRF."""
    return authenticate(request._request, username=name, password=password)


def signed_in(request, name: str, password: str) -> User:
    if user := known_user(request, name, password):
        return user
    raise exceptions.AuthenticationFailed(NOT_LET_IN)


class Token(Door):
    parser_classes = (Json, Form)
    serializer_class = serializers.SignIn

    @swagger_auto_schema(responses={200: serializers.TokenPair})
    def post(self, request):
        """Sign in with e-mail address or username; get a short access and a refresh token."""
        return Response(jwt.new_pair(self.user_without_session(request)))

    def user_without_session(self, request) -> User:
        given = self.given()
        user = signed_in(request, given["name"], given["password"])
        user_logged_in.send(sender=User, request=request._request, user=user)
        return user


def bearer_token(user: User) -> dict[str, str]:
    return {"access_token": jwt.access_only(user), "token_type": "bearer"}


class TokenRefresh(Door):
    parser_classes = (Json, Form)
    serializer_class = serializers.RefreshToken

    @swagger_auto_schema(responses={200: serializers.TokenPair})
    def post(self, request):
        """Change a refresh token for a new pair. It works once; a second use ends its sign-in."""
        return Response(jwt.rotate(self.given()["refresh"]))


class Login(Token):
    def get_serializer_class(self):
        return serializers.OAuth2SignIn if self.is_form() else serializers.SignIn

    def is_form(self) -> bool:
        return str(self.request.content_type).startswith(Form.media_type)

    @swagger_auto_schema(responses={200: serializers.Session})
    def post(self, request):
        """Sign in with a session cookie, as pages do; the tokens are for whoever keeps none.

        A form, as OAuth2 clients send it, gets a bearer token alone: pages elsewhere can send
        forms, and would else sign somebody in here without their knowing.
        """
        if self.is_form():
            return Response(bearer_token(self.user_without_session(request)))
        given = self.given()
        user = signed_in(request, given["name"], given["password"])
        login(request._request, user)
        pair = jwt.new_pair(user)
        session = {"user": user, "csrf_token": get_token(request._request), **pair}
        session |= {"access_token": pair["access"], "token_type": "bearer"}
        return Response(serializers.Session(session).data)


class Logout(Route):
    permission_classes = (AllowAny,)
    serializer_class = serializers.Logout

    @swagger_auto_schema(responses={204: "Signed out."})
    def post(self, request):
        """End the session, and the sign-in that the refresh token belongs to.

        An access token lives on for the few minutes that it is valid.
        """
        if refresh := self.given().get("refresh"):
            jwt.end(refresh)
        logout(request._request)
        return Response(status=status.HTTP_204_NO_CONTENT)


VERIFICATION_TOKEN = openapi.Parameter(
    "verification_token",
    openapi.IN_QUERY,
    type=openapi.TYPE_STRING,
    description="The same as `token` of the body.",
)
NOT_SENT = "The letter could not be sent; told alike for every address"


class Register(Door):
    throttle_classes = (OfRoute, LettersToOneAddress)
    serializer_class = serializers.Registration

    @swagger_auto_schema(responses={202: serializers.Message, 503: NOT_SENT})
    def post(self, request):
        """Ask for an account. Whether or not the address has one, the answer is the same."""
        services.register(**self.given())
        return Response({"detail": "We sent a letter to this address."}, status.HTTP_202_ACCEPTED)


class VerifyEmail(Door):
    serializer_class = serializers.EmailedLink
    parameters = ("verification_token",)

    @swagger_auto_schema(
        responses={200: serializers.Message}, manual_parameters=[VERIFICATION_TOKEN]
    )
    def post(self, request):
        """Confirm the e-mail address with the token of the letter."""
        name, token = self.named_token()
        try:
            services.verify_email(token)
        except services.LinkRefused as error:
            raise exceptions.ValidationError({name: str(error)}) from error
        return Response({"detail": "The address is confirmed: you can sign in now."})

    def named_token(self) -> tuple[str, str]:
        """Of the body, or of the address where there is no body."""
        for name in self.parameters:
            if name in self.request.query_params and not self.request.data:
                return name, self.request.query_params[name]
        return "token", self.given()["token"]


class PasswordReset(Door):
    throttle_classes = (OfRoute, LettersToOneAddress)
    serializer_class = serializers.ResetRequest

    @swagger_auto_schema(responses={202: serializers.Message, 503: NOT_SENT})
    def post(self, request):
        """Ask for a new password. Whether or not the address is known, the answer is the same."""
        services.ask_for_reset(**self.given())
        return Response({"detail": "We sent a letter to this address."}, status.HTTP_202_ACCEPTED)


class PasswordResetConfirm(Door):
    serializer_class = serializers.ResetConfirmation

    @swagger_auto_schema(responses={200: serializers.Message})
    def post(self, request):
        """Choose a new password with the token of the letter. Everything signed in before ends."""
        given = self.given()
        try:
            services.reset_password(given["token"], given["new_password"])
        except services.LinkRefused as error:
            raise exceptions.ValidationError({"token": str(error)}) from error
        return Response({"detail": "The password is changed: you can sign in now."})


class PasswordChange(Route):
    resource = "me"
    actions = {"post": "change_password"}
    serializer_class = serializers.PasswordChange

    @swagger_auto_schema(responses={204: "Changed: sign in again, with the new password."})
    def post(self, request):
        """Change the password. Every session and token of the account ends, this one too."""
        given = self.given()
        # The lock on failed sign-ins counts here too: a stolen session must not guess for long.
        if not known_user(request, request.user.email, given["old_password"]):
            raise exceptions.ValidationError({"old_password": NOT_YOURS})
        services.change_password(request.user, given["new_password"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class Me(generics.RetrieveUpdateAPIView):
    """Your own account. Only the name is yours to change."""

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
