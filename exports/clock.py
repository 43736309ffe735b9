"""What is due: mailings at their time, and alerts whose condition holds since the last look.

What is due and who is to hear of it is noted in one transaction; `post` takes it from there.
Whoever comes second finds the time moved on already, and notes nothing.
"""

import logging
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from analytics.semantics.filters import Refused
from core.problems import reason_of
from exports import conditions, post
from exports.fetching import countries_of
from exports.models import Alert, Letter, Mailing, Sending

log = logging.getLogger("ledgerlight.clock")
MOST_TOLD = 20  # things amiss in one letter
BROKEN = "Something broke here. The log tells more under alert {}."


def tick() -> None:
    """Called every minute."""
    now = timezone.now()
    pull_back(now)
    for mailing in Mailing.objects.filter(is_active=True, next_at__lte=now).order_by("pk"):
        begin(mailing, now)
    post.deliver()


def pull_back(now: datetime) -> None:
    """A clock that was ahead set times that are further away than the next one can be."""
    for mailing in Mailing.objects.filter(is_active=True, next_at__gt=now).order_by("pk"):
        following = mailing.after(now)
        if mailing.next_at > following:
            mine = Mailing.objects.filter(pk=mailing.pk, next_at=mailing.next_at)
            mine.update(next_at=following)


def begin(mailing: Mailing, now: datetime) -> Sending | None:
    """Times that were missed count as one: the last of them."""
    due, following = mailing.next_at, mailing.after(mailing.next_at)
    while following <= now:
        due, following = following, mailing.after(following)
    with transaction.atomic():
        mine = Mailing.objects.filter(pk=mailing.pk, next_at=mailing.next_at, is_active=True)
        if not mine.update(next_at=following):
            return None
        return note(mailing.recipients.all(), mailing=mailing, due_at=due)


def note(people, **what) -> Sending:
    sending = Sending.objects.create(**what)
    Letter.objects.bulk_create(Letter(sending=sending, user=user) for user in people)
    return sending


def begin_anew() -> None:
    """The books come out of a backup: what waited in them may have gone out since."""
    open_letters = Letter.objects.filter(state__in=[Letter.State.WAITING, Letter.State.GOING])
    open_letters.update(state=Letter.State.UNKNOWN)
    for mailing in Mailing.objects.all():
        mailing.save()  # its next time lies in the future


def look_at_all() -> None:
    """Called every few minutes."""
    for alert in Alert.objects.filter(is_active=True).select_related("user").order_by("pk"):
        try:
            look(alert)
        except Refused as refused:
            looked(alert, error=str(refused))
        except Exception as error:  # one that breaks is no reason not to look at the others
            log.exception("alert %s", alert.pk)
            looked(alert, error=reason_of(error, BROKEN.format(alert.pk)))
    post.deliver()


def look(alert: Alert) -> Sending | None:
    """Tell what is amiss and was not so at the last look."""
    amiss = conditions.amiss(alert)
    new = [words for key, words in amiss.items() if key not in alert.amiss]
    with transaction.atomic():
        seen = countries_of(alert.user)
        if not looked(alert, amiss=amiss, countries=seen, error="") or not new:
            return None
        return note(alert.recipients.all(), alert=alert, words=told(new), countries=seen)


def looked(alert: Alert, **found) -> bool:
    """Whether nobody else has looked since this one was read."""
    mine = Alert.objects.filter(pk=alert.pk, looks=alert.looks)
    return bool(mine.update(looks=alert.looks + 1, looked_at=timezone.now(), **found))


def told(new: list[str]) -> str:
    more = [f"And {len(new) - MOST_TOLD} more."] if len(new) > MOST_TOLD else []
    return "\n".join(new[:MOST_TOLD] + more)


def test(thing: Mailing | Alert) -> Sending:
    """The letter as it would go now, to its owner only; an alert's says how things are."""
    if isinstance(thing, Mailing):
        post.order_of(thing, timezone.now())  # refused here and now rather than in the history
        sending = note([thing.user], mailing=thing, is_test=True)
    else:
        found = list(conditions.amiss(thing).values())
        words = told(found) if found else "Nothing is amiss now."
        seen = countries_of(thing.user)
        sending = note([thing.user], alert=thing, is_test=True, words=words, countries=seen)
    transaction.on_commit(lambda: async_task("exports.post.deliver"), robust=True)
    return sending
