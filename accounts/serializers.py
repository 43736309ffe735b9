from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from rest_framework import serializers

from accounts.models import EmailToken, User, plain_username
from accounts.roles import Role
from accounts.services import RESET, InvalidLink
from core.serializers import Body


class EmailAddress(serializers.EmailField):
    def __init__(self, **options):
        super().__init__(**{"max_length": 254, **options})

    def to_internal_value(self, data):
        return User.normalize(super().to_internal_value(data))


class Password(serializers.CharField):
    """Not trimmed: blanks at the ends belong to the password."""

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

    def validate(self, data):
        data["name"] = data.get("email") or data.get("username")
        if not data["name"]:
            raise serializers.ValidationError({"email": "Enter an e-mail address or a username."})
        return data


class OAuth2SignIn(SignIn):
    """The form of OAuth2 clients (RFC 6749, 4.3): only name and password count."""

    grant_type = serializers.ChoiceField(["password", ""], required=False)
    scope = serializers.CharField(required=False, allow_blank=True)
    client_id = serializers.CharField(required=False, allow_blank=True)
    client_secret = serializers.CharField(required=False, allow_blank=True)


class BearerToken(serializers.Serializer):
    """The answer for OAuth2 clients (RFC 6749, 5.1)."""

    access_token = serializers.CharField(help_text="The access token.")
    token_type = serializers.CharField(default="bearer")


class TokenPair(serializers.Serializer):
    access = serializers.CharField(help_text="Send it as `Authorization: Bearer <access>`.")
    refresh = serializers.CharField(help_text="Works once, at `/api/token/refresh/`.")


class RefreshToken(Body):
    refresh = serializers.CharField(max_length=4000)


class Logout(Body):
    refresh = serializers.CharField(
        max_length=4000, required=False, help_text="The latest refresh token, if any."
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
        # No check for uniqueness: its error would tell which usernames exist.
        validators=[plain_username],
        help_text="Left out if another user has it; the e-mail then says so.",
    )

    def validate(self, data):
        full_name = data.pop("full_name", None)
        data["name"] = data.get("name") or full_name or ""
        # Not saved; for the validator that refuses passwords like the e-mail address.
        user = User(email=data["email"], name=data.get("name", ""))
        check_strength("password", data["password"], user)
        return data


class EmailedLink(Body):
    token = serializers.CharField(
        max_length=200, help_text="The last part of the link in the e-mail."
    )


class ResetRequest(Body):
    email = EmailAddress()


class ResetConfirmation(EmailedLink):
    new_password = Password()

    def validate(self, data):
        # The link stays usable: a weak password must not use it up.
        user = EmailToken.user_for(data["token"], RESET)
        if user is None:
            raise serializers.ValidationError({"token": str(InvalidLink())})
        check_strength("new_password", data["new_password"], user)
        return data


class PasswordChange(Body):
    old_password = Password()
    new_password = Password()

    def validate(self, data):
        check_strength("new_password", data["new_password"], self.context["request"].user)
        return data


class Message(serializers.Serializer):
    detail = serializers.CharField()


class Me(Body, serializers.ModelSerializer):
    """The user's own account. Only the name can be changed."""

    role = serializers.ChoiceField([("", "no role yet"), *Role.choices], read_only=True)
    countries = serializers.SlugRelatedField(slug_field="name", many=True, read_only=True)

    class Meta:
        model = User
        fields = ("id", "email", "username", "name", "role", "countries", "date_joined")
        read_only_fields = ("email", "username", "date_joined")


class Session(TokenPair, BearerToken):
    user = Me()
    csrf_token = serializers.CharField(
        help_text="Send it as `X-CSRFToken` with later write requests."
    )
