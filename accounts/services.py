"""Changes to accounts: registration, confirmation, passwords, sign-outs and clean-up.

Registering and requesting a password reset do the same work, send one e-mail and give the same
answer whether or not there is an account: only the owner of the mailbox learns which.
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
from accounts.emails import send_account_email
from accounts.models import EmailToken, User
from core.retries import retry_deadlocks

VERIFY, RESET = EmailToken.Purpose.VERIFY, EmailToken.Purpose.RESET


class InvalidLink(ValueError):
    def __init__(self):
        super().__init__(
            "This link is no longer valid: it was used, has expired or was replaced by a newer one."
        )


def register(email: str, password: str, name: str = "", username: str = "") -> None:
    """Create an account whose address has to be confirmed. A username that another user has is
    left out, and only the e-mail says so: the answer must not reveal who has an account.
    """
    username = User.normalize(username)
    # Who registers again keeps the username that their unconfirmed account has.
    others = User.objects.exclude(email=email)
    free_username = username if username and not others.filter(username=username).exists() else None
    hashed = make_password(password)  # slow, so before the transaction and for every address

    @transaction.atomic
    def issue_and_create() -> tuple[str, bool]:
        # The token first: while the password changes, nobody can confirm with an older link, whose
        # registration may have been another person's.
        secret = EmailToken.issue(email, VERIFY)
        return secret, _create_unconfirmed(
            email, password=hashed, name=name, username=free_username
        )

    # MariaDB rolls back all but one of several first registrations of an address at once.
    secret, is_created = retry_deadlocks(issue_and_create)
    if is_created:
        send_account_email(
            "verify", email, secret, username=username, is_taken=username and not free_username
        )
    else:
        request_password_reset(email, template="already_registered")


def _create_unconfirmed(email, **fields):
    """Whether an account was created, or one replaced that is not confirmed: a link confirms the
    password of its own registration."""
    if User.objects.unconfirmed().filter(email=email).update(**fields):
        return True
    return User.objects.get_or_create(email=email, defaults=fields)[1]


def verify_email(secret: str) -> None:
    with transaction.atomic():
        if not _confirm(_consume_link(secret, VERIFY)):
            raise InvalidLink


def request_password_reset(email: str, template: str = "reset") -> None:
    # Also for unknown addresses, so that time and queries do not show who has an account.
    secret = retry_deadlocks(lambda: EmailToken.issue(email, RESET))
    known = User.objects.filter(email=email, is_active=True).exists()
    send_account_email(template if known else "no_account", email, secret)


def reset_password(secret: str, password: str) -> None:
    """The link proves who owns the mailbox, so it also confirms the address and ends a lockout."""
    hashed = make_password(password)  # slow, so before the transaction and its locks
    with transaction.atomic():
        email = _consume_link(secret, RESET)
        if not _confirm(email, password=hashed):
            raise InvalidLink
    # Failures count for the address, whichever name was typed (`lockout_account`).
    AxesProxyHandler.reset_attempts(username=email)


def change_password(user: User, password: str) -> None:
    """All sessions and tokens end: each carries a hash of the old password."""
    user.set_password(password)
    with transaction.atomic():
        user.save(update_fields=["password"])
        delete_email_links(user)


def delete_email_links(user: User) -> None:
    """Earlier e-mailed links stop working."""
    EmailToken.objects.filter(email=user.email).delete()


def end_sessions(user: User) -> None:
    """With an unchanged password they would work again when the account is reactivated."""
    for session in sessions_of(user):
        session.delete()


def sessions_of(user: User) -> Iterator[Session]:
    # The table has no column for the user: only the encoded data names them.
    for session in Session.objects.filter(expire_date__gt=timezone.now()):
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            yield session


def sign_out(user: User) -> None:
    """Sign out everywhere: no session, token or link works again if the account is reactivated."""
    jwt.revoke(user)
    end_sessions(user)
    delete_email_links(user)


def tidy() -> None:
    """Delete what has expired. The worker calls it every minute."""
    now = timezone.now()
    EmailToken.objects.filter(expires_at__lte=now).delete()
    # A token refuses itself once it has expired, so nothing has to remember that it was used.
    OutstandingToken.objects.filter(expires_at__lte=now).delete()
    Session.objects.filter(expire_date__lte=now).delete()
    AccessAttempt.objects.filter(attempt_time__lte=now - settings.AXES_COOLOFF_TIME).delete()


def _confirm(email, **fields) -> int:
    """Mark the address as confirmed. A new account gets the role of the settings."""
    # First, because after the next line the account no longer counts as unconfirmed.
    User.objects.unconfirmed().filter(email=email).update(role=settings.NEW_ACCOUNTS_ROLE)
    return User.objects.filter(email=email, is_active=True).update(email_verified=True, **fields)


def _consume_link(secret, purpose) -> str:
    """Mark the link as used and return its address. Of several requests at once, the conditional
    UPDATE lets one succeed."""
    usable = EmailToken.usable(secret, purpose)
    token = usable.first()
    if token is None or not usable.update(used_at=timezone.now()):
        raise InvalidLink
    return token.email
