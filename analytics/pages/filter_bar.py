"""The bar above a page: its period and what that is compared with, countries, category, filters."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from django.conf import settings
from django.forms import BoundField
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from analytics.pages.category_tree import CategoryChoice, category_choices
from analytics.pages.chosen_filters import DATES, is_remembered
from analytics.pages.condition_chips import OPERATOR_WORDS, condition_chips
from analytics.pages.explore_address import FILTER_PARTS, SAFE
from analytics.pages.explore_fields import dimension_choices
from analytics.query.answer import Answer
from analytics.semantics import periods
from analytics.semantics.comparison import compare
from analytics.semantics.filters import Filters
from analytics.semantics.periods import Period, day_text

WITHOUT_DATES = ("all_time", "last_sales")
COMPARISONS = {
    "previous_period": "Previous period",
    "previous_year": "Same dates last year",
    "previous_year_weekdays": "Same weekdays last year",
    "none": "No comparison",
}


class FilterLink(NamedTuple):
    label: str
    query: str
    is_chosen: bool


class ComparisonChoice(NamedTuple):
    value: str
    label: str
    period: Period | None
    is_chosen: bool


@dataclass(frozen=True)
class FilterBar:
    """`given` is what the page shows, as the form has checked it."""

    request: HttpRequest
    form: Filters
    given: QueryDict
    answer: Answer | None = None  # None where the filters are refused
    has_period: bool = True
    has_comparison: bool = True
    own: tuple[str, ...] = ()  # the report's own parameters, shown beside the others
    more: tuple[str, ...] = ()  # and those behind "More filters"
    has_conditions: bool = True
    today: date = field(default_factory=timezone.localdate)

    # The period

    @property
    def period(self) -> Period | None:
        return self.answer.period if self.answer and self.answer.period.start else None

    @property
    def earlier(self) -> Period | None:
        return self.answer.comparison.earlier if self.answer and self.answer.comparison else None

    @property
    def chosen_period(self) -> str:
        """The name of the period; dates have the name "custom"."""
        name = self.given.get("period", "")
        has_dates = any(self.given.get(each) for each in DATES)
        return periods.OLD_NAMES.get(name, name) or ("custom" if has_dates else "all_time")

    @property
    def includes_today(self) -> bool:
        is_old = self.given.get("period") in periods.WITH_TODAY
        return is_old or self.given.get("include_today") == "1"

    @property
    def is_rolling(self) -> bool:
        return self.chosen_period in periods.ROLLING

    def presets(self) -> list[FilterLink]:
        shown = [n for n in periods.PRESETS if n != "last_sales" or n == self.chosen_period]
        return [
            FilterLink(periods.PRESETS[name], self.query_of(name), name == self.chosen_period)
            for name in shown
            if name != "custom"
        ]

    def query_of(self, name: str) -> str:
        query = self.given.copy()
        for each in DATES:
            query.pop(each, None)
        query["period"] = name
        return query.urlencode(safe=SAFE)

    def grains(self) -> list[FilterLink]:
        """How long the spans of a report over time are."""
        if "grain" not in self.form.fields:
            return []
        chosen = self.form["grain"].value()
        return [
            FilterLink(label, self.query_with("grain", name), name == chosen)
            for name, label in self.form.fields["grain"].choices
        ]

    def query_with(self, name: str, value: str) -> str:
        query = self.given.copy()
        query[name] = value
        return query.urlencode(safe=SAFE)

    @property
    def week_start(self) -> int:
        return settings.WEEK_START

    @property
    def days(self) -> list[dict[str, Any]]:
        """The fields of the first and the last day."""
        return [self.day(name, label) for name, label in zip(DATES, ("From", "To"), strict=True)]

    def day(self, name: str, label: str) -> dict[str, Any]:
        shown = getattr(self.period, name, None)
        text, errors = day_text(shown) if shown else "", self.errors_of(name)
        is_open = self.chosen_period in WITHOUT_DATES
        value = self.given.get(name, "") if errors else ("" if is_open else text)
        placeholder = text or "1 Nov 2026"
        return {
            "name": name, "label": label, "value": value, "placeholder": placeholder,
            "errors": errors, "iso": shown,
        }  # fmt: skip

    def errors_of(self, name: str) -> list[str]:
        found = self.form.errors.as_data().get(name, ())
        return [
            "Enter a date such as 1 Nov 2026." if error.code == "invalid" else str(error.message)
            for error in found
        ]

    @property
    def has_day_errors(self) -> bool:
        return any(name in self.form.errors for name in DATES)

    # What it is compared with

    def comparisons(self) -> list[ComparisonChoice]:
        chosen = self.given.get("compare") or "none"
        return [
            ComparisonChoice(value, label, self.earlier_of(value), value == chosen)
            for value, label in COMPARISONS.items()
        ]

    def earlier_of(self, name: str) -> Period | None:
        if name == "none" or self.period is None:
            return None
        return compare(self.period, name, self.today).earlier

    @property
    def compared(self) -> str:
        """ "28 days against 28 days. Today is included and not over."."""
        if self.period is None:
            return ""
        count = f"{self.period.days:,} day{'' if self.period.days == 1 else 's'}"
        against = f" against {self.earlier.days:,}" if self.earlier else ""
        return f"{count}{against}." + ("" if self.period.is_over(self.today) else " Not over yet.")

    # Countries and category

    @cached_property
    def chosen_countries(self) -> list[str]:
        checked = getattr(self.form, "cleaned_data", {}).get("country")
        if checked is None:
            return self.given.getlist("country")
        return [row.code or row.name for row in checked]

    def countries(self) -> list[tuple[str, str, bool]]:
        listed = self.form.countries()[1:]
        return [(value, label, value in self.chosen_countries) for value, label in listed]

    @property
    def country_text(self) -> str:
        """ "All", "Germany", "Germany, France +2"."""
        names = [row.name for row in getattr(self.form, "cleaned_data", {}).get("country") or ()]
        names = names or self.given.getlist("country")
        more = f" +{len(names) - 2}" if len(names) > 2 else ""
        return ", ".join(names[:2]) + more or "All"

    @property
    def chosen_category(self) -> str:
        category = getattr(self.form, "cleaned_data", {}).get("category")
        return category.name if category else self.given.get("category", "")

    def categories(self) -> list[CategoryChoice]:
        return category_choices()

    # The others

    @property
    def own_fields(self) -> list[BoundField]:
        fields = [self.form[name] for name in self.own if name in self.form.fields]
        return [each for each in fields if not each.is_hidden]

    @property
    def more_fields(self) -> list[BoundField]:
        return [self.form[name] for name in self.more if name in self.form.fields]

    @property
    def more_is_open(self) -> bool:
        return any(self.given.get(name) for name in self.more)

    @property
    def takes_conditions(self) -> bool:
        return self.has_conditions and "where" in self.form.fields

    def conditions(self) -> list[dict[str, str]]:
        if not self.takes_conditions or not self.form.is_valid():
            return []
        return condition_chips(self.request.user, self.given, self.form)

    @property
    def returns_on(self) -> BoundField | None:
        return self.form["returns_on"] if self.takes_conditions else None

    def condition_fields(self) -> list[tuple[str, list[tuple[str, str]]]]:
        return dimension_choices(self.form.reader)

    @property
    def operators(self) -> list[tuple[str, str]]:
        return [*OPERATOR_WORDS.items()]

    @property
    def query(self) -> str:
        """The address of what the page shows."""
        return self.given.urlencode(safe=SAFE)

    @property
    def is_remembered(self) -> bool:
        return is_remembered(self.request, self.given)

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What the form keeps, because it has no field for it."""
        own = {each.name for each in (*self.own_fields, *self.more_fields)}
        shown = {"country", "category", *own, *FILTER_PARTS}
        shown |= {"returns_on"} if self.returns_on else set()
        shown |= {*periods.PARAMETERS} if self.has_period else set()
        shown |= {"compare"} if self.has_period and self.has_comparison else set()
        lists = self.given.lists()
        return [(name, text) for name, texts in lists for text in texts if name not in shown]
