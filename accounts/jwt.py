"""Refresh tokens that work once: a second use reveals a theft and ends the whole sign-in."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken
from rest_framework_simplejwt.utils import get_md5_hash_password

from accounts.models import User

# A page that refreshes twice at once is no theft: within this time the second use is only refused.
GRACE = timedelta(seconds=30)


class Refresh(RefreshToken):
    """All tokens of one sign-in carry the id of the first as their family."""

    def __init__(self, token=None, verify=True):
        super().__init__(token, verify)
        self.payload.setdefault("family", self.payload["jti"])

    def check_blacklist(self):
        """Nothing: `rotate` checks it under a lock, where the answer cannot be stale."""


def new_pair(user: User) -> dict[str, str]:
    return _pair(Refresh.for_user(user))


def access_token(user: User) -> str:
    """For clients that never refresh: nothing is stored."""
    return str(AccessToken.for_user(user))


def rotate(raw: str) -> dict[str, str]:
    """The next pair for an unused refresh token. Of several requests at once, one succeeds."""
    try:
        token = Refresh(raw)
    except TokenError as error:
        raise InvalidToken(error.args[0]) from error
    with transaction.atomic():
        row = OutstandingToken.objects.select_for_update().filter(jti=token["jti"])
        row = row.order_by(
            "pk"
        ).first()  # the default order joins users, which are not to be locked
        used = BlacklistedToken.objects.filter(token=row).first() if row else None
        if row and not used and _is_current(token, row.user):
            BlacklistedToken.objects.create(token=row)
            return _pair(_successor(token))
    # After the transaction: raising inside would roll the revocations back.
    if used and used.blacklisted_at < timezone.now() - GRACE:
        revoke(row.user, family=token["family"])
    raise InvalidToken("This token was already used or is no longer valid.")


def end_sign_in(raw: str) -> None:
    """Revoke the token and its family. An invalid token is ignored."""
    # Signing out always succeeds: an invalid token has nothing left to end.
    try:
        token = Refresh(raw)
    except TokenError:
        return
    user = User.objects.filter(pk=token["user_id"]).first()
    revoke(user, family=token["family"])


def revoke(user: User | None, family: str | None = None) -> None:
    """Revoke the user's refresh tokens: all, or those of one sign-in."""
    rows = OutstandingToken.objects.filter(user=user, blacklistedtoken=None)
    for row in rows if user else ():
        # The family is in the token only. Not verified, because it comes from our own table and an
        # expired one would raise.
        if family in (None, Refresh(row.token, verify=False)["family"]):
            BlacklistedToken.objects.get_or_create(token=row)  # another request may be faster


def active_refresh_tokens(user: User) -> list[OutstandingToken]:
    """The usable refresh tokens, one for each sign-in, newest first."""
    rows = OutstandingToken.objects.filter(user=user, blacklistedtoken=None)
    rows = rows.filter(expires_at__gt=timezone.now()).order_by("-pk")
    return [row for row in rows if _is_current(Refresh(row.token, verify=False), user)]


def _is_current(token, user):
    """simplejwt checks for a changed password only with access tokens."""
    mark = token.get(api_settings.REVOKE_TOKEN_CLAIM)
    return user and user.may_sign_in and mark == get_md5_hash_password(user.password)


def _successor(token):
    # All other claims stay: the family, and the hash of the password that it signed in with.
    token.set_jti()
    token.set_iat()
    token.set_exp()
    token.outstand()
    return token


def _pair(token):
    return {"access": str(token.access_token), "refresh": str(token)}
