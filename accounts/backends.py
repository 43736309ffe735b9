from django.contrib.auth.backends import BaseBackend
from rest_framework.throttling import BaseThrottle

from accounts.models import User

# What pages and API say alike
NOT_LET_IN = "Name or password is wrong, or the e-mail address is not confirmed yet."
NOT_YOURS = "This is not your password."


class EmailOrUsername(BaseBackend):
    """Signs in by e-mail address, or by username for those who have one."""

    def authenticate(self, request, username=None, password=None):
        if not username or password is None:
            return None
        user = User.objects.named(username)
        if user is None:
            User().set_password(password)  # as slow as for a known name: time tells nothing
            return None
        return user if user.check_password(password) and user.may_sign_in else None

    def get_user(self, user_id):
        return User.objects.filter(pk=user_id, is_active=True).first()


def account_tried(request, credentials) -> str:
    """Under which name failed sign-ins are counted: the same for every spelling of an account."""
    given = credentials or {}
    name = given.get("username") or given.get("email")
    user = User.objects.named(name)
    return (user.email if user else User.plain(name))[:254]


def address_of(request) -> str:
    """Where failed sign-ins come from; `PROXIES` says how many proxies stand in front."""
    return BaseThrottle().get_ident(request)
