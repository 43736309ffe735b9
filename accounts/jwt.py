"""Refresh tokens that work once, and whose theft shows when the second owner comes."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken
from rest_framework_simplejwt.utils import get_md5_hash_password

from accounts.models import User

# A page that refreshes twice at once is no thief: the one that loses is only refused.
GRACE = timedelta(seconds=30)


class Refresh(RefreshToken):
    """All tokens that follow from one sign-in carry its id as their family."""

    def __init__(self, token=None, verify=True):
        super().__init__(token, verify)
        self.payload.setdefault("family", self.payload["jti"])

    def check_blacklist(self):
        """Not here, where the answer may be old at once, but under the lock in `rotate`."""


def new_pair(user: User) -> dict[str, str]:
    return _pair(Refresh.for_user(user))


def access_only(user: User) -> str:
    """For clients that never renew a token: nothing of it is kept."""
    return str(AccessToken.for_user(user))


def rotate(raw: str) -> dict[str, str]:
    """The next pair for a refresh token that was not used before. Of many at once, one wins."""
    try:
        token = Refresh(raw)
    except TokenError as error:
        raise InvalidToken(error.args[0]) from error
    with transaction.atomic():
        row = OutstandingToken.objects.select_for_update().filter(jti=token["jti"])
        row = row.order_by("pk").first()  # the model's own order joins users, who are not locked
        used = BlacklistedToken.objects.filter(token=row).first() if row else None
        if row and not used and _fits(token, row.user):
            BlacklistedToken.objects.create(token=row)
            return _pair(_successor(token))
    if used and used.blacklisted_at < timezone.now() - GRACE:
        revoke(row.user, family=token["family"])
    raise InvalidToken("This token was used already or is not valid any more.")


def end(raw: str) -> None:
    """Signing out: this token and its family are over. What is no token has ended already."""
    try:
        token = Refresh(raw)
    except TokenError:
        return
    user = User.objects.filter(pk=token["user_id"]).first()
    revoke(user, family=token["family"])


def revoke(user: User | None, family: str | None = None) -> None:
    """End this person's refresh tokens, all of them or those of one sign-in."""
    rows = OutstandingToken.objects.filter(user=user, blacklistedtoken=None)
    for row in rows if user else ():
        if family in (None, Refresh(row.token, verify=False)["family"]):
            BlacklistedToken.objects.get_or_create(token=row)


def live(user: User) -> list[OutstandingToken]:
    """The refresh tokens that still work: one for each sign-in, newest first."""
    rows = OutstandingToken.objects.filter(user=user, blacklistedtoken=None)
    rows = rows.filter(expires_at__gt=timezone.now()).order_by("-pk")
    return [row for row in rows if _fits(Refresh(row.token, verify=False), user)]


def _fits(token, user):
    """simplejwt looks for a changed password only at access tokens."""
    mark = token.get(api_settings.REVOKE_TOKEN_CLAIM)
    return user and user.may_sign_in and mark == get_md5_hash_password(user.password)


def _successor(token):
    token.set_jti()
    token.set_iat()
    token.set_exp()
    token.outstand()
    return token


def _pair(token):
    return {"access": str(token.access_token), "refresh": str(token)}
