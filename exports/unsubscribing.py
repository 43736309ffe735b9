"""The signed links at the end of emails: who has one leaves the recipients without a password."""

from dataclasses import dataclass

from django.core.signing import BadSignature, Signer

from exports.models import Alert, Schedule, Sending

signer = Signer(salt="exports.leave")  # stays as it is: links of old emails must go on working


@dataclass(frozen=True)
class Subscription:
    notification: Schedule | Alert | None  # None: it was deleted
    user_id: int


def unsubscribe_token(sending: Sending, user) -> str:
    kind = "schedule" if sending.schedule_id else "alert"
    return signer.sign(f"{kind}-{sending.notification.pk}-{user.pk}")


def read_unsubscribe_token(token: str) -> Subscription | None:
    try:
        kind, pk, user_id = signer.unsign(token).split("-")
    except BadSignature:
        return None
    model = Alert if kind == "alert" else Schedule  # "mailing" in emails of earlier versions
    return Subscription(model.objects.filter(pk=int(pk)).first(), int(user_id))
