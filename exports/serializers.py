"""What one sends about exports, schedules and alerts, and what one reads."""

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
EXAMPLE = {
    "reports": ["revenue/monthly", "products/top"],
    "parameters": {"start": "2026-01-01", "country": ["DE", "FR"]},
    "format": "xlsx",
}


class ParametersField(serializers.DictField):
    """The parameters of a report as its address has them: a text each, or a list of texts."""

    child = serializers.JSONField()

    def to_internal_value(self, data):
        given = super().to_internal_value(data)
        lists = {name: many if isinstance(many, list) else [many] for name, many in given.items()}
        for name, many in lists.items():
            if not all(isinstance(value, str | int) for value in many):
                raise serializers.ValidationError({name: ["A text, or a list of texts."]})
        return {name: [str(value) for value in many] for name, many in lists.items()}


class RecipientField(serializers.SlugRelatedField):
    """Somebody of this platform, by e-mail address."""

    default_error_messages = {"does_not_exist": "{value} is nobody who may sign in here."}

    def __init__(self, **kwargs):
        active = User.objects.filter(is_active=True, email_verified=True).exclude(role="")
        kwargs = {"slug_field": "email", **kwargs}
        super().__init__(**kwargs if kwargs.get("read_only") else {"queryset": active, **kwargs})

    def to_internal_value(self, data):
        if "\0" in str(data):  # PostgreSQL takes none
            self.fail("does_not_exist", value=str(data).replace("\0", "␀"))
        return super().to_internal_value(User.normalize(str(data)))


class OwnedSerializer(BookBody):
    """Belongs to whoever made it, and is checked as what they may see."""

    def owner(self) -> User:
        return self.instance.user if self.instance else self.context["request"].user

    def merged_values(self, values: dict) -> dict:
        """What it will be: with what is not sent along as it was, or as the model has it."""
        fields = [name for name in self.Meta.fields if name not in self.Meta.read_only_fields]
        known = self.instance or self.Meta.model()
        return {
            name: values[name] if name in values else getattr(known, name)
            for name in fields
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
        given = values["reports"], values["parameters"], values.get("format", Export.Format.XLSX)
        values["spec"] = ExportSpec.validated(self.context["request"].user, *given)
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
                "period": "7",
                "recipients": ["anna@example.com"],
            }
        }

    def check(self, given: dict) -> None:
        days = {"daily": (), "weekly": ("weekday",), "monthly": ("day",)}[given["rhythm"]]
        for name in ("weekday", "day"):
            if (given[name] is not None) != (name in days):
                word = "Is needed." if name in days else "Has no meaning."
                raise Refused({name: [f"{word} The rhythm is {given['rhythm']}."]})
        if given["period"] and given["parameters"].keys() & {"start", "end", "snapshot"}:
            raise Refused({"period": ["Name a period, or the days themselves."]})
        if given["reports"] == [MONTHLY] and (given["period"] or "month" in given["parameters"]):
            raise Refused({"period": ["The monthly sales report is of the month before."]})
        fields = {name: value for name, value in given.items() if name != "recipients"}
        email_messages.export_spec_of(Schedule(**fields, user=self.owner()), timezone.now())


class AlertSerializer(OwnedSerializer):
    parameters = ParametersField(required=False)
    recipients = RecipientField(many=True)
    active_issues = serializers.SerializerMethodField(help_text="What is wrong now, by key.")
    amiss = serializers.SerializerMethodField(
        method_name="get_active_issues", help_text="The same, by its earlier name."
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
                "period": "7",
                "recipients": ["anna@example.com"],
            }
        }

    def update(self, alert, values):
        """A changed rule has found nothing yet: the issues of the earlier one are dropped."""
        if any(
            values.get(name, getattr(alert, name)) != getattr(alert, name) for name in RULE_FIELDS
        ):
            values |= {"active_issues": {}, "error": "", "looks": alert.looks + 1}
        return super().update(alert, values)

    @swagger_serializer_method(serializers.DictField(child=serializers.CharField()))
    def get_active_issues(self, alert):
        return access.active_issues_for(alert, self.context["request"].user)

    def check(self, given: dict) -> None:
        if given["about"] == Alert.About.REPORT:
            needed = ("report", "column", "test", "limit")
            if missing := [name for name in needed if given[name] in ("", None)]:
                raise Refused({name: ["Is needed for a number of a report."] for name in missing})
        fields = {name: value for name, value in given.items() if name != "recipients"}
        alert_checks.find_issues(Alert(**fields, user=self.owner(), created_at=timezone.now()))
