from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from rest_framework import serializers

from accounts.models import EmailToken, User, plain_username
from accounts.roles import Role
from accounts.services import RESET, LinkRefused
from core.serializers import Body


class EmailAddress(serializers.EmailField):
    def __init__(self, **options):
        super().__init__(**{"max_length": 254, **options})

    def to_internal_value(self, data):
        return User.plain(super().to_internal_value(data))


class Password(serializers.CharField):
    """Taken as it is written: blanks at its ends belong to it."""

    def __init__(self, **options):
        super().__init__(
            trim_whitespace=False,
            max_length=256,
            write_only=True,
            style={"input_type": "password"},
            **options,
        )


def check_strength(field: str, password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise serializers.ValidationError({field: error.messages}) from error


class SignIn(Body):
    email = serializers.CharField(max_length=254, required=False, help_text="Or `username`.")
    username = serializers.CharField(max_length=254, required=False)
    password = Password()

    class Meta:
        swagger_schema_fields = {
            "example": {"email": "demo@example.com", "password": "seven quiet lamps"}
        }

    def validate(self, given):
        given["name"] = given.get("email") or given.get("username")
        if not given["name"]:
            raise serializers.ValidationError({"email": "Give an e-mail address or a username."})
        return given


class OAuth2SignIn(SignIn):
    """A sign-in as OAuth2 clients send it, in a form (RFC 6749, 4.3): only the password matters."""

    grant_type = serializers.ChoiceField(["password", ""], required=False)
    scope = serializers.CharField(required=False, allow_blank=True)
    client_id = serializers.CharField(required=False, allow_blank=True)
    client_secret = serializers.CharField(required=False, allow_blank=True)


class BearerToken(serializers.Serializer):
    """What OAuth2 clients read (RFC 6749, 5.1)."""

    access_token = serializers.CharField(help_text="The access token.")
    token_type = serializers.CharField(default="bearer")


class TokenPair(serializers.Serializer):
    access = serializers.CharField(help_text="Send it as `Authorization: Bearer <access>`.")
    refresh = serializers.CharField(help_text="Good for one call of `/api/token/refresh/`.")


class RefreshToken(Body):
    refresh = serializers.CharField(max_length=4000)


class Logout(Body):
    refresh = serializers.CharField(
        max_length=4000, required=False, help_text="The newest refresh token, if there is one."
    )


class Registration(Body):
    email = EmailAddress()
    password = Password()
    name = serializers.CharField(max_length=150, required=False, allow_blank=True)
    full_name = serializers.CharField(
        max_length=150, required=False, allow_blank=True, allow_null=True, help_text="Or `name`."
    )
    username = serializers.CharField(
        max_length=150,
        required=False,
        validators=[plain_username],
        help_text="Left out if somebody else has it: then the letter says so.",
    )

    def validate(self, given):
        full_name = given.pop("full_name", None)
        given["name"] = given.get("name") or full_name or ""
        user = User(email=given["email"], name=given.get("name", ""))
        check_strength("password", given["password"], user)
        return given


class EmailedLink(Body):
    token = serializers.CharField(max_length=200, help_text="The last part of the e-mailed link.")


class ResetRequest(Body):
    email = EmailAddress()


class ResetConfirmation(EmailedLink):
    new_password = Password()

    def validate(self, given):
        user = EmailToken.owner(given["token"], RESET)
        if user is None:
            raise serializers.ValidationError({"token": str(LinkRefused())})
        check_strength("new_password", given["new_password"], user)
        return given


class PasswordChange(Body):
    old_password = Password()
    new_password = Password()

    def validate(self, given):
        check_strength("new_password", given["new_password"], self.context["request"].user)
        return given


class Message(serializers.Serializer):
    detail = serializers.CharField()


class Me(Body, serializers.ModelSerializer):
    """What somebody may know of their own account. Only the name is theirs to change."""

    role = serializers.ChoiceField([("", "none yet"), *Role.choices], read_only=True)
    countries = serializers.SlugRelatedField(slug_field="name", many=True, read_only=True)

    class Meta:
        model = User
        fields = ("id", "email", "username", "name", "role", "countries", "date_joined")
        read_only_fields = ("email", "username", "date_joined")


class Session(TokenPair, BearerToken):
    user = Me()
    csrf_token = serializers.CharField(help_text="Send it as `X-CSRFToken` with later writes.")
