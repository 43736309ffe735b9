"""Starts what is due: schedules at their time, and alerts with issues that are new.

The sending, its emails and the next time are saved in one transaction; then `mailer` takes over.
A second worker finds the time moved on already and starts nothing.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from accounts.models import User
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
    """A server clock that was ahead has set times later than the next one can be."""
    for schedule in Schedule.objects.filter(is_active=True, next_at__gt=now).order_by("pk"):
        following = schedule.next_time_after(now)
        if schedule.next_at > following:
            # Only if nobody has moved it meanwhile: then it was saved with a time of its own.
            unchanged = Schedule.objects.filter(pk=schedule.pk, next_at=schedule.next_at)
            unchanged.update(next_at=following)


def start_sending(schedule: Schedule, now: datetime) -> Sending | None:
    """Missed times count as one, the last of them. None if another worker was faster."""
    due, following = schedule.next_at, schedule.next_time_after(schedule.next_at)
    # One email for all of them: the file of the last time covers the newest days.
    while following <= now:
        due, following = following, schedule.next_time_after(following)
    with transaction.atomic():
        unchanged = Schedule.objects.filter(
            pk=schedule.pk, next_at=schedule.next_at, is_active=True
        )
        if not unchanged.update(next_at=following):
            return None
        return create_sending(schedule.recipients.all(), schedule=schedule, due_at=due)


def create_sending(recipients: Iterable[User], **values: Any) -> Sending:
    sending = Sending.objects.create(**values)
    Email.objects.bulk_create(Email(sending=sending, user=user) for user in recipients)
    return sending


def reset_after_restore() -> None:
    """Called after a backup was restored: what waited in it may have been sent since."""
    unsent = Email.objects.filter(state__in=[Email.State.WAITING, Email.State.GOING])
    unsent.update(state=Email.State.UNKNOWN)
    for schedule in Schedule.objects.all():
        schedule.save()  # sets its next time, which is in the future


def check_alerts() -> None:
    """Called every few minutes."""
    for alert in Alert.objects.filter(is_active=True).select_related("user").order_by("pk"):
        try:
            check_alert(alert)
        except Exception as error:  # the other alerts are checked all the same
            # `active_issues` stay, so an issue that outlives the error is not reported once more.
            save_check(alert, error=failure_of(error, f"alert {alert.pk}").message)
    mailer.send_waiting_emails()


def check_alert(alert: Alert) -> Sending | None:
    """Emails the issues that were not there at the last check."""
    # Outside of the transaction: a report may take seconds, and SQLite has a single writer.
    issues = alert_checks.find_issues(alert)
    new = [text for key, text in issues.items() if key not in alert.active_issues]
    with transaction.atomic():
        countries = visible_countries(alert.user)
        if not save_check(alert, active_issues=issues, countries=countries, error="") or not new:
            return None
        return create_sending(
            alert.recipients.all(), alert=alert, words=alert_text(new), countries=countries
        )


def save_check(alert: Alert, **values: Any) -> bool:
    """False, and nothing is saved, if another worker has checked it since it was read."""
    unchanged = Alert.objects.filter(pk=alert.pk, looks=alert.looks)
    return bool(unchanged.update(looks=alert.looks + 1, looked_at=timezone.now(), **values))


def alert_text(new: list[str]) -> str:
    more = [f"And {len(new) - MAX_ISSUES} more."] if len(new) > MAX_ISSUES else []
    return "\n".join(new[:MAX_ISSUES] + more)


def send_test(notification: Schedule | Alert) -> Sending:
    """Queues the email as it would go now, to the owner only; that of an alert lists all issues."""
    owner = notification.user
    if isinstance(notification, Schedule):
        # What is wrong with it is refused now, rather than written into the history later.
        email_messages.export_spec_of(notification, timezone.now())
        sending = create_sending([owner], schedule=notification, is_test=True)
    else:
        issues = list(alert_checks.find_issues(notification).values())
        sending = create_sending(
            [owner],
            alert=notification,
            is_test=True,
            words=alert_text(issues) if issues else "No issues right now.",
            countries=visible_countries(owner),
        )
    transaction.on_commit(lambda: async_task("exports.mailer.send_waiting_emails"), robust=True)
    return sending
