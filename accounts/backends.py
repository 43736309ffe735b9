from django.contrib.auth.backends import BaseBackend
from rest_framework.throttling import BaseThrottle

from accounts.models import User

# Shared by the pages and the API
SIGN_IN_FAILED = "Wrong name or password, or the e-mail address is not confirmed yet."
WRONG_PASSWORD = "This is not your current password."  # noqa: S105 - a message


class EmailOrUsername(BaseBackend):
    """Signs in by e-mail address, or by username for those who have one."""

    def authenticate(self, request, username=None, password=None):
        if not username or password is None:
            return None
        user = User.objects.by_login_name(username)
        if user is None:
            User().set_password(
                password
            )  # takes as long as for a known name, so that time reveals nothing
            return None
        return user if user.check_password(password) and user.may_sign_in else None

    def get_user(self, user_id):
        return User.objects.filter(pk=user_id, is_active=True).first()


def lockout_account(request, credentials) -> str:
    """The name that failed sign-ins count for: the same for every spelling of an account."""
    credentials = credentials or {}
    name = credentials.get("username") or credentials.get("email")
    user = User.objects.by_login_name(name)
    return (user.email if user else User.normalize(name))[:254]


def client_address(request) -> str:
    """The client's IP address; the setting `PROXIES` is the number of trusted proxies."""
    return BaseThrottle().get_ident(request)
