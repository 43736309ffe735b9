"""Sends emails: the state of each is saved before it goes and after, so that none goes twice.

A worker that is killed in between leaves the state GOING. Nobody can tell then whether the mail
server has taken that email, so it becomes UNKNOWN ("perhaps sent") and is not sent again. An email
that is still WAITING goes a minute later, also after the mail server could not be reached.
"""

import logging
from datetime import timedelta
from smtplib import SMTPException

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import Q
from django.utils import timezone

from exports.email_messages import Attachment, create_attachment, email_message
from exports.failures import failure_of
from exports.models import Email, Sending

log = logging.getLogger("ledgerlight.emails")
State = Email.State
STUCK_AFTER = timedelta(hours=1)  # its worker is dead: a mail server answers in seconds
GIVE_UP_AFTER = timedelta(days=1)
UNREACHABLE = "The mail server could not be reached for a day."


class MailServerUnreachable(Exception):
    """Nothing was sent."""


def send_waiting_emails() -> None:
    """Called every minute, and when there is a new sending."""
    now = timezone.now()  # a time that lies ahead was written by a clock that was wrong
    is_stuck = Q(changed_at__lt=now - STUCK_AFTER) | Q(changed_at__gt=now + STUCK_AFTER)
    Email.objects.filter(is_stuck, state=State.GOING).update(state=State.UNKNOWN)
    for sending in list(Sending.objects.filter(state=Sending.State.OPEN).order_by("pk")):
        is_too_late = sending.due_at < timezone.now() - GIVE_UP_AFTER
        try:
            send_emails(sending)
        except MailServerUnreachable:
            if is_too_late:
                fail(sending, UNREACHABLE)
        except Exception as error:
            failure = failure_of(error, f"sending {sending.pk}")
            if is_too_late or not failure.is_temporary:
                fail(sending, failure.message)


def send_emails(sending: Sending) -> None:
    waiting = sending.emails.filter(state=State.WAITING).select_related("user")
    if emails := list(waiting):
        # Once for all recipients: everybody gets what the owner of the schedule may see.
        attachment = create_attachment(sending) if sending.schedule else None
        # Before any email is marked as going: if there is no server, all of them stay waiting.
        connection = open_connection()
        try:
            for email in emails:
                send_email(email, attachment, connection)
        finally:
            connection.close()
    if not sending.emails.filter(state__in=[State.WAITING, State.GOING]).exists():
        close(sending)


def open_connection() -> BaseEmailBackend:
    connection = get_connection()
    try:
        connection.open()
    except (SMTPException, OSError) as error:
        log.warning("the mail server cannot be reached: %s", error)
        raise MailServerUnreachable from error
    return connection


def send_email(email: Email, attachment: Attachment | None, connection: BaseEmailBackend) -> None:
    if not is_wanted(email):
        change_state(email, State.WAITING, State.DROPPED)
        return
    if not change_state(email, State.WAITING, State.GOING):
        return  # another worker sends it
    try:
        email_message(email, attachment, connection).send()
    except Exception:  # the server may have taken it all the same, so it is not tried again
        log.exception("email %s", email.pk)
        change_state(email, State.GOING, State.FAILED)
    else:
        change_state(email, State.GOING, State.SENT)


def is_wanted(email: Email) -> bool:
    """Whether the recipient may still sign in and has not unsubscribed."""
    user, sending = email.user, email.sending
    # Data of the shop must not follow somebody whose account was closed after it was queued.
    if not (user.may_sign_in and user.role):
        return False
    # A test goes to the owner, who need not be among the recipients.
    return sending.is_test or sending.notification.recipients.filter(pk=user.pk).exists()


def change_state(email: Email, before: State, after: State) -> bool:
    """False if another worker has changed it meanwhile."""
    changed = {"state": after, "changed_at": timezone.now()}
    return bool(Email.objects.filter(pk=email.pk, state=before).update(**changed))


def close(sending: Sending) -> None:
    total = sending.emails.count()
    failed = sending.emails.exclude(state__in=[State.SENT, State.DROPPED]).count()
    error = f"Failed or not confirmed: {failed} of {total} emails." if failed else ""
    save_outcome(sending, Sending.State.FAILED if failed else Sending.State.DONE, error)


def fail(sending: Sending, error: str) -> None:
    sending.emails.filter(state=State.WAITING).update(state=State.FAILED)
    save_outcome(sending, Sending.State.FAILED, error)


def save_outcome(sending: Sending, state: Sending.State, error: str) -> None:
    outcome = {"state": state, "error": error, "finished_at": timezone.now()}
    # Another worker may have closed it: its outcome stays.
    Sending.objects.filter(pk=sending.pk, state=Sending.State.OPEN).update(**outcome)
