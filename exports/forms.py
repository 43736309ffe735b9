"""What the pages of exports ask. The API's bodies check it: the same rules in the same words."""

import re

from django import forms

from analytics.api import thing_of
from analytics.filters import Filters, Reader
from analytics.report import reports
from exports import bodies
from exports.models import MONTHLY, Alert, Mailing, Wanted
from exports.times import PERIODS
from imports.forms import ByTheApi

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ANY = ("", "–")


def groups(user) -> list:
    """The reports that the user may see, by group."""
    found: dict[str, list] = {}
    for report in reports().values():
        if user.may(thing_of(report), "retrieve"):
            found.setdefault(report.group.capitalize(), []).append((report.path, report.title))
    return list(found.items())


class AskedByBody(ByTheApi):
    """A form whose fields are sent to a body, empty ones left away."""

    body = bodies.NewExport
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
            self.fields["reports"].choices = [monthly, *groups(request.user)]
        if "report" in self.fields:
            self.fields["report"].choices = [ANY, *groups(request.user)]

    def clean(self):
        given = super().clean()
        if not self.errors:
            context = {"request": self.request}
            self.checked = self.body(self.instance, data=self.said(given), context=context)
            self.heed(self.checked)
        return given

    def heed(self, body) -> None:
        """Reasons of parameters that have no place of their own are told above the form."""
        if body.is_valid():
            return
        for name, reasons in body.errors.items():
            for reason in texts(reasons):
                place = name if name in self.fields else None
                self.add_error(
                    place, reason if place or name == "non_field_errors" else f"{name}: {reason}"
                )

    def said(self, given: dict) -> dict:
        parameters = {name: given[name] for name in self.parameters if given.get(name)}
        said = {name: v for name, v in given.items() if name not in self.parameters}
        said = {name: value for name, value in said.items() if value not in ("", None)}
        parameters = {
            name: value if isinstance(value, list) else str(value)
            for name, value in parameters.items()
        }
        return said | {"parameters": parameters}


def texts(reasons):
    """The words of an error, however deep they stand."""
    if isinstance(reasons, dict):
        return [word for inner in reasons.values() for word in texts(inner)]
    return [
        word for r in reasons for word in (texts(r) if isinstance(r, dict | list) else [str(r)])
    ]


def day(label: str) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(required=False, label=label, widget=widget, input_formats=["%Y-%m-%d"])


def several(label: str, **more) -> forms.MultipleChoiceField:
    size = more.pop("size", 4)
    widget = forms.SelectMultiple(attrs={"size": size})
    return forms.MultipleChoiceField(required=False, label=label, widget=widget, **more)


class People(forms.CharField):
    """E-mail addresses, one a line or with commas between them."""

    widget = forms.Textarea(attrs={"rows": 2})

    def clean(self, value):
        return [word for word in re.split(r"[\s,;]+", super().clean(value)) if word]

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value


class ExportForm(AskedByBody):
    reports = several("Reports", size=10, help_text="Hold Ctrl or ⌘ to choose several.")
    format = forms.ChoiceField(choices=Wanted.Format.choices, initial="xlsx")
    month = forms.CharField(
        required=False,
        max_length=7,
        help_text="Only of the monthly sales report.",
        widget=forms.TextInput(attrs={"type": "month", "placeholder": "YYYY-MM"}),
    )
    start, end = day("From"), day("To")
    country = several("Countries")
    category = forms.ChoiceField(required=False)


class MailingForm(AskedByBody):
    body = bodies.MailingBody
    parameters = ("country", "category")
    name = forms.CharField(max_length=100)
    reports = several("Reports", size=8, help_text="Hold Ctrl or ⌘ to choose several.")
    format = forms.ChoiceField(choices=Wanted.Format.choices, initial="xlsx")
    period = forms.ChoiceField(
        choices=[("", "All time"), *PERIODS], required=False, help_text="As of the day it goes."
    )
    country = several("Countries")
    category = forms.ChoiceField(required=False)
    rhythm = forms.ChoiceField(choices=Mailing.Rhythm.choices, label="How often")
    weekday = forms.ChoiceField(
        required=False,
        label="On which weekday",
        choices=[ANY, *((str(turn), name) for turn, name in enumerate(WEEKDAYS, 1))],
    )
    day = forms.IntegerField(required=False, min_value=1, max_value=31, label="On which day")
    at = forms.TimeField(label="At", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    subject = forms.CharField(required=False, max_length=150)
    recipients = People(help_text="E-mail addresses of people who may sign in here.")


class AlertForm(AskedByBody):
    body = bodies.AlertBody
    parameters = ("country", "category")
    name = forms.CharField(max_length=100)
    about = forms.ChoiceField(choices=Alert.About.choices)
    report = forms.ChoiceField(required=False)
    column = forms.CharField(
        required=False, max_length=50, help_text="Such as revenue; rows is how many there are."
    )
    test = forms.ChoiceField(required=False, choices=[ANY, *Alert.Test.choices], label="Tell if it")
    limit = forms.DecimalField(required=False, max_digits=19, decimal_places=6, label="This much")
    period = forms.ChoiceField(choices=[("", "All time"), *PERIODS], required=False)
    country = several("Countries")
    category = forms.ChoiceField(required=False)
    recipients = People(help_text="E-mail addresses of people who may sign in here.")
