"""The emails themselves: subject, text, attachment and the unsubscribe link."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from analytics.semantics.filters import Refused
from core.temporary_folders import scratch_folder
from exports.export_spec import ExportSpec
from exports.models import MONTHLY, Email, Schedule, Sending
from exports.recurrence import month_before, with_period
from exports.unsubscribing import unsubscribe_token

# Base64 makes it a third larger on its way.
MAX_BYTES = 15 * 2**20  # of an attachment: most mail servers accept no more
CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "zip": "application/zip",
    "pdf": "application/pdf",
}
TOO_LARGE = "The file has {:.0f} MB, too much for an email. Create it on the page Exports."


@dataclass(frozen=True)
class Attachment:
    name: str
    content: bytes
    content_type: str


def create_attachment(sending: Sending) -> Attachment:
    """The file of a schedule, with what its owner may see now."""
    spec = export_spec_of(sending.schedule, sending.due_at)
    with scratch_folder("email") as folder:
        path = folder / "file"
        spec.write(path, lambda done: None)
        if path.stat().st_size > MAX_BYTES:
            raise Refused({"file": [TOO_LARGE.format(path.stat().st_size / 2**20)]})
        return Attachment(spec.file_name(), path.read_bytes(), CONTENT_TYPES[spec.format])


def export_spec_of(schedule: Schedule, due_at: datetime) -> ExportSpec:
    today = timezone.localdate(due_at)
    # The month of `today` is not over: the last whole month is the one before.
    if schedule.reports == [MONTHLY]:
        parameters = {**schedule.parameters, "month": [f"{month_before(today):%Y-%m}"]}
    else:
        parameters = with_period(schedule.parameters, schedule.period, today)
    return ExportSpec.validated(schedule.user, schedule.reports, parameters, schedule.format)


def email_message(
    email: Email, attachment: Attachment | None, connection: BaseEmailBackend
) -> EmailMessage:
    sending = email.sending
    unsubscribe = absolute_url("exports-leave", unsubscribe_token(sending, email.user))
    context = {
        "sending": sending,
        "notification": sending.notification,
        "attachment": attachment,
        "unsubscribe": unsubscribe,
        "page": absolute_url("exports-schedules" if sending.schedule else "exports-alerts"),
    }
    message = EmailMessage(
        subject_of(sending),
        render_to_string("exports/email.txt", context),
        to=[email.user.email],
        headers={
            "List-Unsubscribe": f"<{unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
        },
        connection=connection,
    )
    if attachment:
        message.attach(attachment.name, attachment.content, attachment.content_type)
    return message


def absolute_url(name: str, *args: str) -> str:
    return settings.SITE_URL + reverse(name, args=args)


def subject_of(sending: Sending) -> str:
    subject = getattr(sending.notification, "subject", "") or sending.notification.name
    prefix = "Test: " if sending.is_test else "" if sending.schedule else "Alert: "
    return " ".join(f"{prefix}{subject}".split())  # a header is a single line
