from datetime import UTC, datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.roles import Role
from exports import recurrence

SEEN = "Ids of the countries that its owner saw then; null: all."
MONTHLY = "monthly"  # stands for the monthly sales report where a report is named


class OwnedQuerySet(models.QuerySet):
    def for_user(self, user):
        """What somebody made is theirs; an admin sees that it is there."""
        if user.role == Role.ADMIN:
            return self
        # An account that lost its role keeps its rows, but sees nothing until it has one again.
        return self.filter(user=user) if user.role else self.none()


class FileRequest(models.Model):
    """Reports with parameters, as a file of some format."""

    class Format(models.TextChoices):
        XLSX = "xlsx", "Excel"
        CSV = "csv", "CSV, of a single report"
        ZIP = "zip", "zip of CSV files"
        PDF = "pdf", "PDF, to print or read"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    # Paths: reports are declared in code and have no rows to refer to.
    reports = models.JSONField(help_text='["revenue/monthly"], or ["monthly"] for the workbook.')
    parameters = models.JSONField(default=dict, blank=True, help_text='{"country": ["DE"]}')
    format = models.CharField(max_length=4, choices=Format, default=Format.XLSX)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True


class Export(FileRequest):
    """A file that was asked for: made by the worker, kept for some days."""

    class State(models.TextChoices):
        WAITING = "waiting"
        MAKING = "making"
        DONE = "done"
        FAILED = "failed"

    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    done = models.PositiveIntegerField(default=0, help_text="Tables written so far.")
    total = models.PositiveIntegerField(default=1)
    attempts = models.PositiveSmallIntegerField(default=0)
    seen_at = models.DateTimeField(default=timezone.now, help_text="The worker's last heartbeat.")
    name = models.CharField(max_length=100, blank=True, help_text="Of the file, as it is fetched.")
    # The random name that `jobs.make` gives it: 32 hex digits. `name` is what people see.
    file = models.CharField(max_length=32, blank=True, editable=False)
    size = models.BigIntegerField(default=0, help_text="In bytes.")
    snapshot = models.PositiveBigIntegerField(null=True)
    countries = models.JSONField(null=True, help_text=SEEN)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=["state", "id"], name="export_state"),)

    def __str__(self):
        return self.name or ", ".join(self.reports)


class Schedule(FileRequest):
    """A file that goes out by e-mail again and again, with what its owner may see at that time."""

    class Rhythm(models.TextChoices):
        DAILY = "daily"
        WEEKLY = "weekly"
        MONTHLY = "monthly"

    name = models.CharField(max_length=100)
    rhythm = models.CharField(max_length=7, choices=Rhythm)
    weekday = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 is Monday.")
    day = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Of the month; in a shorter one its last day."
    )
    at = models.TimeField("time", help_text="By the shop's clock.")
    period = models.CharField(
        max_length=20,
        choices=recurrence.PERIODS + recurrence.OLD_PERIODS,
        blank=True,
        help_text="Counted from the day it goes.",
    )
    subject = models.CharField(max_length=150, blank=True)
    recipients = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    is_active = models.BooleanField(default=True)
    next_at = models.DateTimeField(editable=False, db_index=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        db_table = "exports_mailing"  # its name before the model was called a schedule
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(rhythm="weekly", weekday__range=(1, 7), day=None)
                | Q(rhythm="monthly", day__range=(1, 31), weekday=None)
                | Q(rhythm="daily", weekday=None, day=None),
                name="mailing_rhythm_has_its_day",
            ),
        )

    def __str__(self):
        return self.name

    def next_time_after(self, moment: datetime) -> datetime:
        return recurrence.next_time(moment, self.at, weekday=self.weekday, day=self.day)

    def save(self, *args, **kwargs):
        """Whatever is changed about it, it next goes at its next time, and never for the past."""
        if not kwargs.get("update_fields"):
            self.next_at = self.next_time_after(datetime.now(UTC))
        super().save(*args, **kwargs)


class Alert(models.Model):
    """A condition that is looked at every few minutes; who wants to know gets an e-mail once."""

    class About(models.TextChoices):
        REPORT = "report", "a number of a report"
        LOW_STOCK = "low-stock", "stock that runs low"
        IMPORT_FAILED = "import-failed", "an import that failed"
        FORECAST_MISSED = "forecast", "a day outside of the forecast's 95 % bounds"

    class Test(models.TextChoices):
        BELOW = "below", "is below"
        ABOVE = "above", "is above"
        FALLS = "falls", "falls by more than … percent"
        RISES = "rises", "rises by more than … percent"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    about = models.CharField(max_length=13, choices=About, default=About.REPORT)
    report = models.CharField(max_length=100, blank=True)
    column = models.CharField(max_length=50, blank=True)
    test = models.CharField(max_length=5, choices=Test, blank=True)
    limit = models.DecimalField(max_digits=19, decimal_places=6, null=True, blank=True)
    parameters = models.JSONField(default=dict, blank=True)
    period = models.CharField(
        max_length=20, choices=recurrence.PERIODS + recurrence.OLD_PERIODS, blank=True
    )
    recipients = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    is_active = models.BooleanField(default=True)
    # {"key": "text"}, as last reported. An issue that was gone in between is reported again.
    active_issues = models.JSONField(default=dict, editable=False)
    countries = models.JSONField(null=True, editable=False, help_text=SEEN)
    # The number of checks so far: who saves with an older number was overtaken, see `save_check`.
    looks = models.PositiveBigIntegerField(default=0, editable=False)
    looked_at = models.DateTimeField(null=True, editable=False)
    error = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(about="report")
                | ~Q(report="") & ~Q(column="") & Q(limit__isnull=False),
                name="alert_of_a_report_has_a_limit",
            ),
        )

    def __str__(self):
        return self.name


class SendingQuerySet(models.QuerySet):
    def for_user(self, user):
        schedules, alerts = Schedule.objects.for_user(user), Alert.objects.for_user(user)
        return self.filter(Q(schedule__in=schedules) | Q(alert__in=alerts))


class Sending(models.Model):
    """One time that a schedule goes out or an alert is raised: what became of it."""

    class State(models.TextChoices):
        OPEN = "open"
        DONE = "done"
        FAILED = "failed"

    schedule = models.ForeignKey(Schedule, models.CASCADE, null=True, related_name="sendings")
    alert = models.ForeignKey(Alert, models.CASCADE, null=True, related_name="sendings")
    # With `schedule` it is unique. Of alerts `schedule` is NULL, which clashes on no database.
    due_at = models.DateTimeField(default=timezone.now)
    is_test = models.BooleanField(default=False)
    words = models.TextField(blank=True, help_text="The text of an alert.")
    countries = models.JSONField(null=True, help_text=SEEN)
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)
    error = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True)

    objects = SendingQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=["state", "id"], name="sending_state"),)
        constraints = (
            # Neither is there for a moment while it is deleted: MariaDB cannot defer its checks.
            models.CheckConstraint(
                condition=Q(schedule__isnull=True) | Q(alert__isnull=True),
                name="sending_of_a_schedule_or_an_alert",
            ),
            models.UniqueConstraint(
                fields=["schedule", "due_at", "is_test"], name="schedule_goes_once_a_time"
            ),
        )

    def __str__(self):
        return f"{self.notification}, {self.due_at:%Y-%m-%d %H:%M}"

    @property
    def notification(self) -> "Schedule | Alert":
        """What it was sent for."""
        return self.schedule or self.alert


class Email(models.Model):
    """A sending to one person. It is noted before it goes and after: none ever goes twice."""

    class State(models.TextChoices):
        WAITING = "waiting"
        GOING = "going"
        SENT = "sent"
        FAILED = "failed"
        UNKNOWN = "unknown", "perhaps sent"
        DROPPED = "dropped", "no longer wanted"

    sending = models.ForeignKey(Sending, models.CASCADE, related_name="emails")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "exports_letter"  # its name before the model was called an e-mail
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["sending", "user"], name="one_letter_a_person"),
        )

    def __str__(self):
        return f"{self.sending} to {self.user}"
