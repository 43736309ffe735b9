"""The JSON bodies of exports, schedules and alerts."""

from django.utils import timezone
from drf_yasg.utils import swagger_serializer_method
from rest_framework import serializers

from accounts.models import User
from analytics.semantics.filters import Refused
from core.serializers import BookBody
from exports import access, alert_checks, email_messages, jobs
from exports.export_spec import ExportSpec
from exports.models import MONTHLY, Alert, Export, Schedule

REQUEST_FIELDS = ("reports", "parameters", "format")
RULE_FIELDS = ("about", "report", "column", "test", "limit", "parameters", "period")
# What runs again and again has a period in their place.
DATES = ("start", "end", "snapshot", "period")
EXAMPLE = {
    "reports": ["revenue/monthly", "products/top"],
    "parameters": {"start": "2026-01-01", "country": ["DE", "FR"]},
    "format": "xlsx",
}


class ParametersField(serializers.DictField):
    """The parameters of a report as in its URL: each a string, or a list of strings."""

    child = serializers.JSONField()

    def to_internal_value(self, data):
        values = super().to_internal_value(data)
        lists = {name: v if isinstance(v, list) else [v] for name, v in values.items()}
        for name, items in lists.items():
            # Numbers too: clients that build JSON write {"limit": 10}.
            if not all(isinstance(item, str | int) for item in items):
                raise serializers.ValidationError({name: ["Enter a string or a list of strings."]})
        return {name: [str(item) for item in items] for name, items in lists.items()}


class RecipientField(serializers.SlugRelatedField):
    """An active user, by email address."""

    default_error_messages = {"does_not_exist": "No active user has the address {value}."}

    def __init__(self, **kwargs):
        active = User.objects.filter(is_active=True, email_verified=True).exclude(role="")
        kwargs = {"slug_field": "email", **kwargs}
        super().__init__(**kwargs if kwargs.get("read_only") else {"queryset": active, **kwargs})

    def to_internal_value(self, data):
        if "\0" in str(data):  # PostgreSQL refuses it
            self.fail("does_not_exist", value=str(data).replace("\0", "␀"))
        return super().to_internal_value(User.normalize(str(data)))


class OwnedSerializer(BookBody):
    """Belongs to the user who created it, and is checked against what that user may see."""

    def owner(self) -> User:
        return self.instance.user if self.instance else self.context["request"].user

    def merged_values(self, values: dict) -> dict:
        """All values as they will be: those that are not sent stay, or are the model's defaults."""
        fields = [name for name in self.Meta.fields if name not in self.Meta.read_only_fields]
        current = self.instance or self.Meta.model()
        return {
            name: values[name] if name in values else getattr(current, name)
            for name in fields
            # A many-to-many of a model that is not saved yet cannot be read.
            if name in values or name != "recipients"
        }

    def validate(self, values):
        self.check(self.merged_values(values))
        return values

    def create(self, values):
        return super().create({**values, "user": self.context["request"].user})


class ExportSerializer(BookBody):
    class Meta:
        model = Export
        fields = (
            "id", *REQUEST_FIELDS, "state", "done", "total", "name", "size", "snapshot", "error",
            "created_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields


class NewExportSerializer(BookBody):
    set_by_shop = ExportSerializer.Meta.fields
    reports = serializers.ListField(child=serializers.CharField(max_length=100))
    parameters = ParametersField(default=dict)

    class Meta:
        model = Export
        fields = REQUEST_FIELDS
        swagger_schema_fields = {"example": EXAMPLE}

    def validate(self, values):
        values["spec"] = ExportSpec.validated(
            self.context["request"].user,
            values["reports"],
            values["parameters"],
            values.get("format", Export.Format.XLSX),
        )
        return values

    def create(self, values):
        return jobs.enqueue(values["spec"])


class ScheduleSerializer(OwnedSerializer):
    reports = serializers.ListField(child=serializers.CharField(max_length=100))
    parameters = ParametersField(required=False)
    recipients = RecipientField(many=True)

    class Meta:
        model = Schedule
        fields = (
            "id", "name", *REQUEST_FIELDS, "rhythm", "weekday", "day", "at", "period", "subject",
            "recipients", "is_active", "next_at", "created_at",
        )  # fmt: skip
        read_only_fields = ("id", "next_at", "created_at")
        # The limits of the table's CHECK, here as a 400 that names the field.
        extra_kwargs = {"weekday": {"min_value": 1, "max_value": 7},
                        "day": {"min_value": 1, "max_value": 31}}  # fmt: skip
        swagger_schema_fields = {
            "example": {
                **EXAMPLE,
                "name": "Monday",
                "rhythm": "weekly",
                "weekday": 1,
                "at": "08:00",
                "parameters": {},
                "period": "last_week",
                "recipients": ["anna@example.com"],
            }
        }

    def check(self, values: dict) -> None:
        days = {"daily": (), "weekly": ("weekday",), "monthly": ("day",)}[values["rhythm"]]
        for name in ("weekday", "day"):
            if (values[name] is not None) != (name in days):
                text = "Required for" if name in days else "Leave it out of"
                raise Refused({name: [f"{text} a {values['rhythm']} schedule."]})
        if values["period"] and values["parameters"].keys() & {*DATES}:
            raise Refused({"period": ["Choose a period or dates, not both."]})
        if values["reports"] == [MONTHLY] and (values["period"] or "month" in values["parameters"]):
            raise Refused(
                {"period": ["The monthly sales report always covers the previous month."]}
            )
        fields = {name: value for name, value in values.items() if name != "recipients"}
        # As its owner would send it now, also when an admin edits it.
        email_messages.export_spec_of(Schedule(**fields, user=self.owner()), timezone.now())


class AlertSerializer(OwnedSerializer):
    parameters = ParametersField(required=False)
    recipients = RecipientField(many=True)
    active_issues = serializers.SerializerMethodField(
        help_text="The issues at the last check, by key."
    )
    amiss = serializers.SerializerMethodField(
        method_name="get_active_issues", help_text="The earlier name of active_issues."
    )

    class Meta:
        model = Alert
        fields = (
            "id", "name", "about", "report", "column", "test", "limit", "parameters", "period",
            "recipients", "is_active", "active_issues", "amiss", "looked_at", "error",
            "created_at",
        )  # fmt: skip
        read_only_fields = ("id", "active_issues", "amiss", "looked_at", "error", "created_at")
        swagger_schema_fields = {
            "example": {
                "name": "Slow week",
                "about": "report",
                "report": "analytics/kpis",
                "column": "revenue",
                "test": "falls",
                "limit": "20",
                "period": "last_week",
                "recipients": ["anna@example.com"],
            }
        }

    def update(self, alert, values):
        """A changed rule has not been checked yet: the issues of the old one are dropped."""
        if any(
            values.get(name, getattr(alert, name)) != getattr(alert, name) for name in RULE_FIELDS
        ):
            # `looks` too: a check of the old rule that runs right now must not save what it finds.
            values |= {"active_issues": {}, "error": "", "looks": alert.looks + 1}
        return super().update(alert, values)

    @swagger_serializer_method(serializers.DictField(child=serializers.CharField()))
    def get_active_issues(self, alert):
        return access.active_issues_for(alert, self.context["request"].user)

    def check(self, values: dict) -> None:
        if values["about"] == Alert.About.REPORT:
            needed = ("report", "column", "test", "limit")
            # Not "falsy": 0 is a limit.
            if missing := [name for name in needed if values[name] in ("", None)]:
                raise Refused({name: ["Required for an alert on a report."] for name in missing})
        fields = {name: value for name, value in values.items() if name != "recipients"}
        # Run once: an alert that could never be checked is refused now, not found in its history.
        alert_checks.find_issues(Alert(**fields, user=self.owner(), created_at=timezone.now()))
