"""E-mails go out: each is noted before it goes and after, so that none ever goes twice.

Who is killed in between leaves it noted as going. Nobody can tell then whether the mail server has
taken it, so it is closed as "perhaps sent" and not sent again. E-mails that were not begun wait for
the next minute, also while the mail server cannot be reached.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.signing import BadSignature, Signer
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from analytics.semantics.filters import Refused
from core.problems import is_temporary, reason_of
from core.temporary_folders import scratch_folder
from exports.export_spec import ExportSpec
from exports.models import MONTHLY, Email, Sending
from exports.recurrence import month_before, with_period

log = logging.getLogger("ledgerlight.post")
State = Email.State
PATIENCE = timedelta(hours=1)  # then whoever had it going is dead: a mail server answers in seconds
GIVE_UP = timedelta(days=1)
MOST = 15 * 2**20  # bytes of an attachment: most mail servers take no more
TYPES = {
    "xlsx": "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "zip",
    "pdf": "pdf",
}
BROKEN = "Something broke here. The log tells more under sending {}."
TOO_LARGE = "The file has {:.0f} MB, too large for an e-mail: ask for it on the page of exports."


class NotNow(Exception):
    """The mail server cannot be reached; nothing was sent."""


@dataclass(frozen=True)
class Attachment:
    name: str
    content: bytes
    subtype: str


def send_waiting_emails() -> None:
    """All emails that wait. Called every minute, and when there is something new."""
    now = timezone.now()
    away = Q(changed_at__lt=now - PATIENCE) | Q(changed_at__gt=now + PATIENCE)
    stuck = Email.objects.filter(away, state=State.GOING)
    stuck.update(state=State.UNKNOWN)
    for sending in list(Sending.objects.filter(state=Sending.State.OPEN).order_by("pk")):
        try:
            send_emails(sending)
        except NotNow:
            if sending.due_at < timezone.now() - GIVE_UP:
                fail(sending, "The mail server could not be reached for a day.")
        except Refused as refused:
            fail(sending, str(refused))
        except Exception as error:
            log.exception("sending %s", sending.pk)
            if not is_temporary(error) or sending.due_at < timezone.now() - GIVE_UP:
                fail(sending, reason_of(error, BROKEN.format(sending.pk)))


def send_emails(sending: Sending) -> None:
    waiting = sending.emails.filter(state=State.WAITING).select_related("user")
    if emails := list(waiting):
        enclosed = attachment_of(sending) if sending.schedule else None
        connection = open_connection()
        try:
            for email in emails:
                send_email(email, sending, enclosed, connection)
        finally:
            connection.close()
    left = sending.emails.filter(state__in=[State.WAITING, State.GOING])
    if not left.exists():
        finish(sending)


def open_connection():
    connection = get_connection()
    try:
        connection.open()
    except (SMTPException, OSError) as error:
        log.warning("the mail server cannot be reached: %s", error)
        raise NotNow from error
    return connection


def send_email(email: Email, sending: Sending, enclosed: Attachment | None, connection) -> None:
    if not is_wanted(email, sending):
        change_state(email, State.WAITING, State.DROPPED)
        return
    if not change_state(email, State.WAITING, State.GOING):
        return  # somebody else has it
    try:
        email_message(email, sending, enclosed, connection).send()
    except Exception:  # whatever it was: it may have gone
        log.exception("email %s", email.pk)
        change_state(email, State.GOING, State.FAILED)
    else:
        change_state(email, State.GOING, State.SENT)


def is_wanted(email: Email, sending: Sending) -> bool:
    """By somebody who is still here, and has not said that they want no more."""
    owner, subject = sending.schedule or sending.alert, email.user
    if not (subject.may_sign_in and subject.role):
        return False
    return sending.is_test or owner.recipients.filter(pk=subject.pk).exists()


def change_state(email: Email, before: State, after: State) -> bool:
    noted = {"state": after, "changed_at": timezone.now()}
    return bool(Email.objects.filter(pk=email.pk, state=before).update(**noted))


def finish(sending: Sending) -> None:
    lost = sending.emails.exclude(state__in=[State.SENT, State.DROPPED]).count()
    error = f"{lost} emails failed, or nobody knows." if lost else ""
    close_sending(sending, Sending.State.FAILED if lost else Sending.State.DONE, error)


def fail(sending: Sending, error: str) -> None:
    sending.emails.filter(state=State.WAITING).update(state=State.FAILED)
    close_sending(sending, Sending.State.FAILED, error)


def close_sending(sending: Sending, state, error: str) -> None:
    closed = {"state": state, "error": error, "finished_at": timezone.now()}
    Sending.objects.filter(pk=sending.pk, state=Sending.State.OPEN).update(**closed)


def attachment_of(sending: Sending) -> Attachment:
    """What the schedule holds, as its owner may see it now."""
    spec = export_spec_of(sending.schedule, sending.due_at)
    with scratch_folder("email") as folder:
        path = folder / "file"
        spec.write(path, lambda done: None)
        if path.stat().st_size > MOST:
            raise Refused({"": [TOO_LARGE.format(path.stat().st_size / 2**20)]})
        return Attachment(spec.file_name(), path.read_bytes(), spec.format)


def export_spec_of(schedule, due_at) -> ExportSpec:
    today = timezone.localdate(due_at)
    if schedule.reports == [MONTHLY]:
        given = {**schedule.parameters, "month": [f"{month_before(today):%Y-%m}"]}
    else:
        given = with_period(schedule.parameters, schedule.period, today)
    return ExportSpec.validated(schedule.user, schedule.reports, given, schedule.format)


def email_message(
    email: Email, sending: Sending, enclosed: Attachment | None, connection
) -> EmailMessage:
    thing = sending.schedule or sending.alert
    leave = settings.SITE_URL + reverse(
        "exports-leave", args=[unsubscribe_token(sending, email.user)]
    )
    page = settings.SITE_URL + reverse(
        "exports-schedules" if sending.schedule else "exports-alerts"
    )
    text = render_to_string(
        "exports/email.txt",
        {"sending": sending, "thing": thing, "enclosed": enclosed, "leave": leave, "page": page},
    )
    headers = {
        "List-Unsubscribe": f"<{leave}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    mail = EmailMessage(
        subject_line(sending),
        text,
        None,
        [email.user.email],
        headers=headers,
        connection=connection,
    )
    if enclosed:
        kind = "text/csv" if enclosed.subtype == "csv" else f"application/{TYPES[enclosed.subtype]}"
        mail.attach(enclosed.name, enclosed.content, kind)
    return mail


def subject_line(sending: Sending) -> str:
    thing = sending.schedule or sending.alert
    words = getattr(thing, "subject", "") or thing.name
    start = "Test: " if sending.is_test else "" if sending.schedule else "Alert: "
    return " ".join(f"{start}{words}".split())


# Who wants no more of them needs no password: the link says who and what, and is signed

signer = Signer(salt="exports.leave")


def unsubscribe_token(sending: Sending, user) -> str:
    kind = "schedule" if sending.schedule_id else "alert"
    return signer.sign(f"{kind}-{sending.schedule_id or sending.alert_id}-{user.pk}")


def read_unsubscribe_token(text: str) -> tuple[str, int, int] | None:
    try:
        kind, thing, user = signer.unsign(text).split("-")
    except BadSignature:
        return None
    return kind, int(thing), int(user)
