"""What changes accounts: registering, confirming, passwords, and the tidying up behind them.

Registering and asking for a new password do the same work, send one letter and give the same
answer whether or not there is an account: only the mailbox's owner learns which.
"""

from collections.abc import Iterator

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts import jwt
from accounts.letters import send
from accounts.models import EmailToken, User
from core.retries import retry_deadlocks

VERIFY, RESET = EmailToken.Purpose.VERIFY, EmailToken.Purpose.RESET


class LinkRefused(ValueError):
    def __init__(self):
        super().__init__("This link is not valid: it was used, replaced by a newer one, or is old.")


def register(email: str, password: str, name: str = "", username: str = "") -> None:
    """Open an account that waits for its address to be confirmed. A username that somebody else
    has is left out: only the letter says so, or anybody could try who has an account here.
    """
    username = User.plain(username)
    others = User.objects.exclude(email=email)
    free = username if username and not others.filter(username=username).exists() else None
    hashed = make_password(password)  # slow, so before the transaction and for every address

    @transaction.atomic
    def issue_and_enroll() -> tuple[str, bool]:
        # The token first: it locks out a confirmation of the older link, whose registration may
        # have been somebody else's, while the password changes.
        secret = EmailToken.issue(email, VERIFY)
        return secret, _enrolled(email, password=hashed, name=name, username=free)

    # Of several first registrations of one address at once, MariaDB ends all but one.
    secret, enrolled = retry_deadlocks(issue_and_enroll)
    if enrolled:
        send("verify", email, secret, username=username, is_taken=username and not free)
    else:
        ask_for_reset(email, letter="already_registered")


def _enrolled(email, **fields):
    """Whoever registers again before confirming starts anew: a link confirms its own password."""
    if User.objects.waiting().filter(email=email).update(**fields):
        return True
    return User.objects.get_or_create(email=email, defaults=fields)[1]


def verify_email(secret: str) -> None:
    with transaction.atomic():
        if not _confirm(_use(secret, VERIFY)):
            raise LinkRefused


def ask_for_reset(email: str, letter: str = "reset") -> None:
    secret = retry_deadlocks(lambda: EmailToken.issue(email, RESET))
    known = User.objects.filter(email=email, is_active=True).exists()
    send(letter if known else "no_account", email, secret)


def reset_password(secret: str, password: str) -> None:
    """The link proves whose mailbox it is, so it also confirms the address and opens a lock."""
    hashed = make_password(password)
    with transaction.atomic():
        email = _use(secret, RESET)
        if not _confirm(email, password=hashed):
            raise LinkRefused
    AxesProxyHandler.reset_attempts(username=email)


def change_password(user: User, password: str) -> None:
    """Sessions and tokens carry a mark of the old password and are dead from here on."""
    user.set_password(password)
    with transaction.atomic():
        user.save(update_fields=["password"])
        forget_links(user)


def forget_links(user: User) -> None:
    """Links sent before now open nothing any more."""
    EmailToken.objects.filter(email=user.email).delete()


def end_sessions(user: User) -> None:
    """A password that stays the same would let them live on when the account is opened again."""
    for session in sessions_of(user):
        session.delete()


def sessions_of(user: User) -> Iterator[Session]:
    for session in Session.objects.filter(expire_date__gt=timezone.now()):
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            yield session


def sign_out(user: User) -> None:
    """Everywhere. Nothing from before may come back to life together with the account."""
    jwt.revoke(user)
    end_sessions(user)
    forget_links(user)


def tidy() -> None:
    """Drop what has expired. The worker calls it every minute; twice is as good as once."""
    now = timezone.now()
    EmailToken.objects.filter(expires_at__lte=now).delete()
    OutstandingToken.objects.filter(expires_at__lte=now).delete()
    Session.objects.filter(expire_date__lte=now).delete()
    AccessAttempt.objects.filter(attempt_time__lte=now - settings.AXES_COOLOFF_TIME).delete()


def _confirm(email, **fields) -> int:
    """The address is its owner's. A new account gets the role that the shop has set for them."""
    User.objects.waiting().filter(email=email).update(role=settings.NEW_ACCOUNTS_ROLE)
    return User.objects.filter(email=email, is_active=True).update(email_verified=True, **fields)


def _use(secret, purpose) -> str:
    """Use the link up; return its address. Of many at once the conditional UPDATE lets one win."""
    live = EmailToken.live(secret, purpose)
    token = live.first()
    if token is None or not live.update(used_at=timezone.now()):
        raise LinkRefused
    return token.email
