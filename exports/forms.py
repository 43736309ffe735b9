"""The forms of exports, schedules and alerts.

They are validated by the serializers of the API: the same rules with the same messages.
"""

import re

from django import forms
from django.http import QueryDict
from django.utils import timezone

from accounts.models import User
from analytics.api.reports import resource_of
from analytics.semantics.filters import Filters, Reader
from analytics.semantics.periods import NAMED, OLD_NAMES, preset
from analytics.semantics.report import reports
from core.serializers import decimal_text
from exports import descriptions, serializers
from exports.models import MONTHLY, Alert, FileRequest, Schedule
from exports.recurrence import OLD_PERIODS, PERIODS
from imports.forms import SerializerForm

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MULTIPLE = ("reports", "country")  # parameters of which a form takes several values
EMPTY_CHOICE = ("", "–")
TESTS = {
    "below": "is below the limit",
    "above": "is above the limit",
    "falls": "falls by more than the limit, in percent",
    "rises": "rises by more than the limit, in percent",
}
EVENTS = {
    "low-stock": "A product is low in stock",
    "import-failed": "An import fails",
    "forecast": "A day’s net sales are outside the forecast",
}


def reports_by_group(user: User) -> list[tuple[str, list[tuple[str, str]]]]:
    """Choices: the reports that the user may see, by group."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for report in reports().values():
        if user.may(resource_of(report), "retrieve"):
            groups.setdefault(report.group.capitalize(), []).append((report.path, report.title))
    return list(groups.items())


class ReportSerializerForm(SerializerForm):
    """A form whose fields are sent to a serializer, the `parameters` as one of its values."""

    body = serializers.NewExportSerializer
    parameters = ("month", "start", "end", "country", "category")
    # Those that it has no field for, such as a question of Explore, as an address has them.
    left_out: tuple[str, ...] = ()
    others = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, request, instance=None, **kwargs):
        super().__init__(data, **kwargs)
        self.request, self.instance = request, instance
        filters = Filters({}, Reader.of(request.user)).fields
        for name in ("country", "category"):
            if name in self.fields:
                self.fields[name].choices = list(filters[name].widget.choices)
        if "period" in self.fields:
            chosen = (data or self.initial).get("period")
            old = (each for each in OLD_PERIODS if each[0] == chosen)
            self.fields["period"].choices = [("", "All time"), *PERIODS, *old]
        if "reports" in self.fields:
            monthly = (MONTHLY, "Monthly sales report")
            self.fields["reports"].choices = [monthly, *reports_by_group(request.user)]

    def clean(self):
        values = super().clean()
        # Else the serializer would repeat what the fields have said already.
        if not self.errors:
            context = {"request": self.request}
            self.checked = self.body(self.instance, data=self.payload(values), context=context)
            self.apply_errors(self.checked)
        return values

    def apply_errors(self, body) -> None:
        """Reasons that concern no field of the form are shown above it."""
        if body.is_valid():
            return
        for name, reasons in body.errors.items():
            for reason in error_texts(reasons):
                is_named = name in self.fields or name == "non_field_errors"
                field = name if name in self.fields else None
                self.add_error(field, reason if is_named else f"{name}: {reason}")

    def payload(self, values: dict) -> dict:
        """The body of a request to the API."""
        own = {*self.parameters, "others"}
        fields = {name: v for name, v in values.items() if name not in own}
        empty = {name for name, v in fields.items() if v in ("", None)}
        # Left out, so that the serializer's defaults apply; empty text would be checked as a value.
        payload = {name: v for name, v in fields.items() if name not in empty}
        if self.instance:  # a field that was emptied must not stay as it was
            payload |= {name: self.empty_value(name) for name in empty}
        return payload | {"parameters": self.parameter_values(values)}

    def parameter_values(self, values: dict) -> dict:
        chosen = {name: values[name] for name in self.parameters if values.get(name)}
        texts = {n: v if isinstance(v, list) else str(v) for n, v in chosen.items()}
        return self.other_parameters | texts

    @property
    def other_parameters(self) -> dict[str, list[str]]:
        """Those that the form has no field for: of the edited row, or of where one came from."""
        # The API takes any parameter of a report: an edit on the page must not lose it.
        query = self.data.get("others", "") if self.is_bound else self.initial.get("others", "")
        given = self.instance.parameters if self.instance else dict(QueryDict(query).lists())
        return {name: texts for name, texts in given.items() if name not in self.parameters}

    @property
    def other_texts(self) -> list[str]:
        return [
            f"{name.replace('_', ' ').capitalize()}: {', '.join(texts)}"
            for name, texts in self.other_parameters.items()
        ]

    def empty_value(self, name: str) -> str | None:
        return None if self.body.Meta.model._meta.get_field(name).null else ""


def initial_values(row: Schedule | Alert, form_class: type[ReportSerializerForm]) -> dict:
    """What the form of an edited row shows."""
    own = {*form_class.parameters, "others"}
    names = [name for name in form_class.base_fields if name not in own]
    initial = {name: getattr(row, name) for name in names if name != "recipients"}
    if initial.get("limit") is not None:
        initial["limit"] = decimal_text(initial["limit"])
    initial["recipients"] = [user.email for user in row.recipients.all()]
    lists = {name: row.parameters.get(name, []) for name in form_class.parameters}
    return initial | {
        name: values if name == "country" else next(iter(values), "")
        for name, values in lists.items()
    }


def initial_from(query: QueryDict, form_class: type[ReportSerializerForm]) -> dict:
    """What an address fills in: the page of a report leads to each form that way."""
    given = {name: v if name in MULTIPLE else v[-1] for name, v in query.lists()}
    paths = [path for path in query.getlist("reports") or [query.get("watch")] if path in reports()]
    known = {name for path in paths for name in reports()[path].form.base_fields}
    others = query.copy()
    days = period_values(given, form_class)
    for name in {*others} - known | {*form_class.parameters, *form_class.left_out, *days}:
        others.pop(name, None)
    return given | days | {"others": others.urlencode()}


def period_values(given: dict, form_class: type[ReportSerializerForm]) -> dict:
    """A period with a name keeps it, where the form has a field for it; else it is its days."""
    name = given.get("period", "")
    name = name if OLD_NAMES.get(name, name) in NAMED else ""
    if "period" in form_class.base_fields or not name:
        return {"period": name}
    days = preset(name, timezone.localdate(), given.get("include_today") == "1")
    return {"period": "", "include_today": "", "start": days.start, "end": days.end}


def error_texts(errors: dict | list | str) -> list[str]:
    """All texts of a serializer's errors, which may be nested."""
    if isinstance(errors, dict):
        errors = list(errors.values())
    if isinstance(errors, list):
        return [text for inner in errors for text in error_texts(inner)]
    return [str(errors)]


def date_field(label: str) -> forms.DateField:
    # Browsers fill `type=date` from ISO dates only, whatever the language of the page.
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(required=False, label=label, widget=widget, input_formats=["%Y-%m-%d"])


def multiple_choice(label: str, size: int = 4, **more) -> forms.MultipleChoiceField:
    widget = forms.SelectMultiple(attrs={"size": size})
    return forms.MultipleChoiceField(required=False, label=label, widget=widget, **more)


class EmailListField(forms.CharField):
    """Email addresses, separated by line breaks, blanks or commas."""

    widget = forms.Textarea(attrs={"rows": 2})

    def clean(self, value):
        return [address for address in re.split(r"[\s,;]+", super().clean(value)) if address]

    def prepare_value(self, value):
        # A list from a saved row; a text when a refused form is shown again.
        return "\n".join(value) if isinstance(value, list) else value


class ExportForm(ReportSerializerForm):
    reports = multiple_choice("Reports", size=10, help_text="Hold Ctrl or ⌘ to choose several.")
    format = forms.ChoiceField(choices=FileRequest.Format.choices, initial="xlsx")
    month = forms.CharField(
        required=False,
        max_length=7,
        help_text="For the monthly sales report.",
        widget=forms.TextInput(attrs={"type": "month", "placeholder": "YYYY-MM"}),
    )
    start, end = date_field("From"), date_field("To")
    country = multiple_choice("Countries")
    category = forms.ChoiceField(required=False)


class ScheduleForm(ReportSerializerForm):
    body = serializers.ScheduleSerializer
    parameters = ("country", "category")
    left_out = serializers.DATES
    name = forms.CharField(max_length=100)
    reports = multiple_choice("Reports", size=8, help_text="Hold Ctrl or ⌘ to choose several.")
    format = forms.ChoiceField(choices=FileRequest.Format.choices, initial="xlsx")
    period = forms.ChoiceField(required=False, help_text="Counted back from the day of delivery.")
    country = multiple_choice("Countries")
    category = forms.ChoiceField(required=False)
    rhythm = forms.ChoiceField(choices=Schedule.Rhythm.choices, label="Frequency")
    weekday = forms.ChoiceField(
        required=False,
        label="Weekday",
        choices=[EMPTY_CHOICE, *((str(turn), name) for turn, name in enumerate(WEEKDAYS, 1))],
    )
    day = forms.IntegerField(required=False, min_value=1, max_value=31, label="Day of the month")
    # Without seconds: a browser that is given them asks for them too.
    at = forms.TimeField(
        label="Time", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    subject = forms.CharField(required=False, max_length=150)
    recipients = EmailListField(help_text="Email addresses of users of this shop.")


class WatchForm(forms.Form):
    """The first step to an alert: a number of a report, or an event."""

    watch = forms.ChoiceField(label="What to watch")

    def __init__(self, data, *, user):
        super().__init__(data, label_suffix="")
        events = ("Events", list(EVENTS.items()))
        self.fields["watch"].choices = [events, *reports_by_group(user)]

    def alert_initial(self) -> dict:
        """Initial values of the alert's own form."""
        watch = self.cleaned_data["watch"]
        if watch in EVENTS:
            return {"about": watch, "report": ""}
        return {"about": Alert.About.REPORT, "report": watch}


class AlertForm(ReportSerializerForm):
    """The second step: the fields that the chosen report or event has."""

    body = serializers.AlertSerializer
    parameters = ("country", "category")
    left_out = serializers.DATES
    report_fields = ("column", "test", "limit", "period")
    about = forms.ChoiceField(choices=Alert.About.choices, widget=forms.HiddenInput)
    report = forms.ChoiceField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(max_length=100)
    column = forms.ChoiceField(label="Number")
    test = forms.ChoiceField(choices=TESTS.items(), label="Alert when it")
    limit = forms.DecimalField(
        max_digits=19,
        decimal_places=6,
        label="Limit",
        help_text="An amount, or a percentage for falls and rises. Enter a rate of 20 % as 0.2.",
    )
    period = forms.ChoiceField(required=False)
    country = multiple_choice("Countries")
    category = forms.ChoiceField(required=False)
    recipients = EmailListField(help_text="Email addresses of users of this shop.")

    def __init__(self, data=None, *, request, instance=None, **kwargs):
        super().__init__(data, request=request, instance=instance, **kwargs)
        chosen = data or self.initial
        path = chosen.get("report", "")
        self.fields["report"].choices = [EMPTY_CHOICE, *reports_by_group(request.user)]
        if chosen.get("about") != Alert.About.REPORT:
            # Deleted, as a required field that is only hidden would refuse the form.
            for name in self.report_fields:
                del self.fields[name]
        elif path in reports():
            report = descriptions.asked_report(path, self.other_parameters)
            columns = {c.name: c.label for c in descriptions.columns_with_one_value(report)}
            # The API allows more columns than are offered here: an edit keeps the one it has.
            if instance and instance.column not in columns:
                columns[instance.column] = instance.column
            self.fields["column"].choices = columns.items()
        if chosen.get("about") == Alert.About.IMPORT_FAILED:
            del self.fields["country"], self.fields["category"]

    @property
    def title(self) -> str:
        """The report or event that is watched."""
        chosen = self.data or self.initial
        report = descriptions.asked_report(chosen.get("report", ""), self.other_parameters)
        return report.title if report else EVENTS.get(chosen.get("about", ""), "")
