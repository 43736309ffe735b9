"""The letters that accounts send. A template's first line is the subject."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from rest_framework import exceptions

log = logging.getLogger("ledgerlight.letters")


class LetterNotSent(exceptions.APIException):
    status_code = 503
    default_detail = "The letter could not be sent. Try again later."
    default_code = "letter_not_sent"


def send(letter: str, email: str, secret: str, **more) -> None:
    purpose = "verify" if letter == "verify" else "reset"
    context = more | {
        "site": settings.SITE_URL,
        "link": settings.SITE_URL + reverse(f"accounts-{purpose}", args=[secret]),
        "hours": int(settings.EMAILED_LINKS_LAST[purpose].total_seconds() // 3600),
    }
    text = render_to_string(f"accounts/emails/{letter}.txt", context)
    subject, _, body = text.partition("\n")
    try:
        send_mail(subject, body.strip() + "\n", None, [email])
    except (SMTPException, OSError) as error:
        log.exception("a letter was not sent")
        raise LetterNotSent from error
