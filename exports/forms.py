"""What the pages of exports ask. The API's bodies check it: the same rules in the same words."""

import re

from django import forms

from analytics.api.reports import resource_of
from analytics.semantics.filters import Filters, Reader
from analytics.semantics.report import reports
from core.serializers import decimal_text
from exports import descriptions, serializers
from exports.models import MONTHLY, Alert, FileRequest, Schedule
from exports.recurrence import PERIODS
from imports.forms import SerializerForm

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ANY = ("", "–")
TESTS = {
    "below": "is below the limit",
    "above": "is above the limit",
    "falls": "falls by more than so many percent",
    "rises": "rises by more than so many percent",
}
EVENTS = {
    "low-stock": "A product runs low",
    "import-failed": "An import fails",
    "forecast": "A day’s revenue is outside the forecast",
}


def reports_by_group(user) -> list:
    """The reports that the user may see, by group."""
    found: dict[str, list] = {}
    for report in reports().values():
        if user.may(resource_of(report), "retrieve"):
            found.setdefault(report.group.capitalize(), []).append((report.path, report.title))
    return list(found.items())


class ReportSerializerForm(SerializerForm):
    """A form whose fields are sent to a body, empty ones left away."""

    body = serializers.NewExportSerializer
    parameters = ("month", "start", "end", "country", "category")

    def __init__(self, data=None, *, request, instance=None, **kwargs):
        super().__init__(data, **kwargs)
        self.request, self.instance = request, instance
        reader = Reader.of(request.user)
        known = Filters({}, reader).fields
        for name in ("country", "category"):
            if name in self.fields:
                self.fields[name].choices = list(known[name].widget.choices)
        if "reports" in self.fields:
            monthly = (MONTHLY, "Monthly sales report")
            self.fields["reports"].choices = [monthly, *reports_by_group(request.user)]

    def clean(self):
        given = super().clean()
        if not self.errors:
            context = {"request": self.request}
            self.checked = self.body(self.instance, data=self.payload(given), context=context)
            self.apply_errors(self.checked)
        return given

    def apply_errors(self, body) -> None:
        """Reasons of parameters that have no place of their own are told above the form."""
        if body.is_valid():
            return
        for name, reasons in body.errors.items():
            for reason in error_texts(reasons):
                place = name if name in self.fields else None
                self.add_error(
                    place, reason if place or name == "non_field_errors" else f"{name}: {reason}"
                )

    def payload(self, given: dict) -> dict:
        parameters = {name: given[name] for name in self.parameters if given.get(name)}
        sent = {name: v for name, v in given.items() if name not in self.parameters}
        empty = {name: self.empty_value(name) for name, v in sent.items() if v in ("", None)}
        sent = {name: v for name, v in sent.items() if name not in empty}
        sent |= empty if self.instance else {}  # what is emptied does not stay as it was
        parameters = {
            name: value if isinstance(value, list) else str(value)
            for name, value in parameters.items()
        }
        others = self.instance.parameters if self.instance else {}
        kept = {name: values for name, values in others.items() if name not in self.parameters}
        return sent | {"parameters": kept | parameters}

    def empty_value(self, name: str) -> str | None:
        return None if self.body.Meta.model._meta.get_field(name).null else ""


def initial_values(row, form_class) -> dict:
    """What the form shows of something that is edited."""
    names = [name for name in form_class.base_fields if name not in form_class.parameters]
    found = {name: getattr(row, name) for name in names if name != "recipients"}
    if found.get("limit") is not None:
        found["limit"] = decimal_text(found["limit"])
    found["recipients"] = [user.email for user in row.recipients.all()]
    lists = {name: row.parameters.get(name, []) for name in form_class.parameters}
    return found | {
        name: values if name == "country" else next(iter(values), "")
        for name, values in lists.items()
    }


def error_texts(reasons):
    """The words of an error, however deep they stand."""
    if isinstance(reasons, dict):
        return [word for inner in reasons.values() for word in error_texts(inner)]
    return [
        word
        for r in reasons
        for word in (error_texts(r) if isinstance(r, dict | list) else [str(r)])
    ]


def date_field(label: str) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(required=False, label=label, widget=widget, input_formats=["%Y-%m-%d"])


def multiple_choice(label: str, **more) -> forms.MultipleChoiceField:
    size = more.pop("size", 4)
    widget = forms.SelectMultiple(attrs={"size": size})
    return forms.MultipleChoiceField(required=False, label=label, widget=widget, **more)


class EmailListField(forms.CharField):
    """E-mail addresses, one a line or with commas between them."""

    widget = forms.Textarea(attrs={"rows": 2})

    def clean(self, value):
        return [word for word in re.split(r"[\s,;]+", super().clean(value)) if word]

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value


class ExportForm(ReportSerializerForm):
    reports = multiple_choice("Reports", size=10, help_text="Hold Ctrl or ⌘ to choose several.")
    format = forms.ChoiceField(choices=FileRequest.Format.choices, initial="xlsx")
    month = forms.CharField(
        required=False,
        max_length=7,
        help_text="Only of the monthly sales report.",
        widget=forms.TextInput(attrs={"type": "month", "placeholder": "YYYY-MM"}),
    )
    start, end = date_field("From"), date_field("To")
    country = multiple_choice("Countries")
    category = forms.ChoiceField(required=False)


class ScheduleForm(ReportSerializerForm):
    body = serializers.ScheduleSerializer
    parameters = ("country", "category")
    name = forms.CharField(max_length=100)
    reports = multiple_choice("Reports", size=8, help_text="Hold Ctrl or ⌘ to choose several.")
    format = forms.ChoiceField(choices=FileRequest.Format.choices, initial="xlsx")
    period = forms.ChoiceField(
        choices=[("", "All time"), *PERIODS], required=False, help_text="As of the day it goes."
    )
    country = multiple_choice("Countries")
    category = forms.ChoiceField(required=False)
    rhythm = forms.ChoiceField(choices=Schedule.Rhythm.choices, label="How often")
    weekday = forms.ChoiceField(
        required=False,
        label="On which weekday",
        choices=[ANY, *((str(turn), name) for turn, name in enumerate(WEEKDAYS, 1))],
    )
    day = forms.IntegerField(required=False, min_value=1, max_value=31, label="On which day")
    at = forms.TimeField(label="At", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    subject = forms.CharField(required=False, max_length=150)
    recipients = EmailListField(help_text="E-mail addresses of people who may sign in here.")


class WatchForm(forms.Form):
    """The first step to an alert: a number of a report, or something else that happens."""

    watch = forms.ChoiceField(label="What to watch")

    def __init__(self, data, *, user):
        super().__init__(data, label_suffix="")
        self.fields["watch"].choices = [
            ("Events", list(EVENTS.items())),
            *reports_by_group(user),
        ]

    def alert_initial(self) -> dict:
        """What the alert is about, as its form names it."""
        watch = self.cleaned_data["watch"]
        if watch in EVENTS:
            return {"about": watch, "report": ""}
        return {"about": Alert.About.REPORT, "report": watch}


class AlertForm(ReportSerializerForm):
    """The second step. Its fields are those that the chosen report or event has."""

    body = serializers.AlertSerializer
    parameters = ("country", "category")
    of_reports = ("column", "test", "limit", "period")
    about = forms.ChoiceField(choices=Alert.About.choices, widget=forms.HiddenInput)
    report = forms.ChoiceField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(max_length=100)
    column = forms.ChoiceField(label="Number")
    test = forms.ChoiceField(choices=TESTS.items(), label="Alert when it")
    limit = forms.DecimalField(
        max_digits=19,
        decimal_places=6,
        label="Limit",
        help_text="An amount, or a number of percent; of a rate 0.2 stands for 20 %.",
    )
    period = forms.ChoiceField(choices=[("", "All time"), *PERIODS], required=False)
    country = multiple_choice("Countries")
    category = forms.ChoiceField(required=False)
    recipients = EmailListField(help_text="E-mail addresses of people who may sign in here.")

    def __init__(self, data=None, *, request, instance=None, **kwargs):
        super().__init__(data, request=request, instance=instance, **kwargs)
        chosen = data or self.initial
        path = chosen.get("report", "")
        self.fields["report"].choices = [ANY, *reports_by_group(request.user)]
        if chosen.get("about") != Alert.About.REPORT:
            for name in self.of_reports:
                del self.fields[name]
        elif path in reports():
            columns = {
                c.name: c.label for c in descriptions.columns_with_one_value(reports()[path])
            }
            if instance and instance.column not in columns:
                columns[instance.column] = instance.column
            self.fields["column"].choices = columns.items()
        if chosen.get("about") == Alert.About.IMPORT_FAILED:
            del self.fields["country"], self.fields["category"]

    @property
    def title(self) -> str:
        """What it is about."""
        chosen = self.data or self.initial
        report = reports().get(chosen.get("report", ""))
        return report.title if report else EVENTS.get(chosen.get("about", ""), "")
