"""The e-mails about accounts. The first line of a template is the subject."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from rest_framework import exceptions

log = logging.getLogger("ledgerlight.emails")


class EmailNotSent(exceptions.APIException):
    status_code = 503
    default_detail = "The e-mail could not be sent. Try again later."
    default_code = "email_not_sent"


def send_account_email(template: str, email: str, secret: str, **context) -> None:
    # Whoever has an account already gets a link to choose a new password; `no_account` has no link.
    purpose = "verify" if template == "verify" else "reset"
    context |= {
        "site": settings.SITE_URL,
        "link": settings.SITE_URL + reverse(f"accounts-{purpose}", args=[secret]),
        "hours": int(settings.EMAILED_LINKS_LAST[purpose].total_seconds() // 3600),
    }
    text = render_to_string(f"accounts/emails/{template}.txt", context)
    subject, _, body = text.partition("\n")
    try:
        send_mail(subject, body.strip() + "\n", None, [email])
    except (SMTPException, OSError) as error:
        log.exception("an e-mail was not sent")
        raise EmailNotSent from error
