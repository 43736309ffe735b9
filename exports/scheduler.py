"""What is due: schedules at their time, and alerts whose condition holds since the last look.

What is due and who is to hear of it is noted in one transaction; `post` takes it from there.
Whoever comes second finds the time moved on already, and notes nothing.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from exports import alert_checks, email_messages, mailer
from exports.access import visible_countries
from exports.failures import failure_of
from exports.models import Alert, Email, Schedule, Sending

MAX_ISSUES = 20  # issues listed in one e-mail


def tick() -> None:
    """Called every minute."""
    now = timezone.now()
    pull_back_schedules(now)
    for schedule in Schedule.objects.filter(is_active=True, next_at__lte=now).order_by("pk"):
        start_sending(schedule, now)
    mailer.send_waiting_emails()


def pull_back_schedules(now: datetime) -> None:
    """A clock that was ahead set times that are further away than the next one can be."""
    for schedule in Schedule.objects.filter(is_active=True, next_at__gt=now).order_by("pk"):
        following = schedule.next_time_after(now)
        if schedule.next_at > following:
            mine = Schedule.objects.filter(pk=schedule.pk, next_at=schedule.next_at)
            mine.update(next_at=following)


def start_sending(schedule: Schedule, now: datetime) -> Sending | None:
    """Times that were missed count as one: the last of them."""
    due, following = schedule.next_at, schedule.next_time_after(schedule.next_at)
    while following <= now:
        due, following = following, schedule.next_time_after(following)
    with transaction.atomic():
        mine = Schedule.objects.filter(pk=schedule.pk, next_at=schedule.next_at, is_active=True)
        if not mine.update(next_at=following):
            return None
        return create_sending(schedule.recipients.all(), schedule=schedule, due_at=due)


def create_sending(people, **what) -> Sending:
    sending = Sending.objects.create(**what)
    Email.objects.bulk_create(Email(sending=sending, user=user) for user in people)
    return sending


def reset_after_restore() -> None:
    """The books come out of a backup: what waited in them may have gone out since."""
    open_letters = Email.objects.filter(state__in=[Email.State.WAITING, Email.State.GOING])
    open_letters.update(state=Email.State.UNKNOWN)
    for schedule in Schedule.objects.all():
        schedule.save()  # its next time lies in the future


def check_alerts() -> None:
    """Called every few minutes."""
    for alert in Alert.objects.filter(is_active=True).select_related("user").order_by("pk"):
        try:
            check_alert(alert)
        except Exception as error:  # the other alerts are checked all the same
            save_check(alert, error=failure_of(error, f"alert {alert.pk}").message)
    mailer.send_waiting_emails()


def check_alert(alert: Alert) -> Sending | None:
    """Report the issues that were not there at the last check."""
    issues = alert_checks.find_issues(alert)
    new = [words for key, words in issues.items() if key not in alert.active_issues]
    with transaction.atomic():
        seen = visible_countries(alert.user)
        if not save_check(alert, active_issues=issues, countries=seen, error="") or not new:
            return None
        return create_sending(
            alert.recipients.all(), alert=alert, words=alert_text(new), countries=seen
        )


def save_check(alert: Alert, **found) -> bool:
    """Whether nobody else has looked since this one was read."""
    mine = Alert.objects.filter(pk=alert.pk, looks=alert.looks)
    return bool(mine.update(looks=alert.looks + 1, looked_at=timezone.now(), **found))


def alert_text(new: list[str]) -> str:
    more = [f"And {len(new) - MAX_ISSUES} more."] if len(new) > MAX_ISSUES else []
    return "\n".join(new[:MAX_ISSUES] + more)


def send_test(thing: Schedule | Alert) -> Sending:
    """The email as it would go now, to its owner only; an alert's says how things are."""
    if isinstance(thing, Schedule):
        email_messages.export_spec_of(
            thing, timezone.now()
        )  # refused here and now rather than in the history
        sending = create_sending([thing.user], schedule=thing, is_test=True)
    else:
        found = list(alert_checks.find_issues(thing).values())
        words = alert_text(found) if found else "Nothing is amiss now."
        seen = visible_countries(thing.user)
        sending = create_sending(
            [thing.user], alert=thing, is_test=True, words=words, countries=seen
        )
    transaction.on_commit(lambda: async_task("exports.mailer.send_waiting_emails"), robust=True)
    return sending
