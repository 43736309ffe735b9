"""The parameters of reports: one form checks them for the API, the pages and the commands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from analytics.semantics.condition_field import WhereField, texts_of
from analytics.semantics.conditions import Condition
from analytics.semantics.dimensions import DIMENSIONS
from analytics.semantics.fields import (
    MISSING,
    UNCATEGORISED,
    CategoryField,
    CountriesField,
    DayField,
    OneSelect,
    PeriodField,
    category_ids,
)
from analytics.semantics.periods import NAMED, PRESETS, WITH_TODAY, preset
from catalog.models import Category, Product
from customers.models import Country, Customer
from orders.models import Order

if TYPE_CHECKING:
    from analytics.semantics.report import Report


class Refused(Exception):
    """Invalid parameters, with the reasons by name."""

    def __init__(self, reasons: dict[str, list[str]]):
        super().__init__("; ".join(f"{name}: {' '.join(texts)}" for name, texts in reasons.items()))
        self.reasons = reasons


class Missing(Refused):
    """The parameters are valid, but the product or customer does not exist."""


@dataclass(frozen=True)
class Reader:
    """Who reads: the ids of the countries that they see, or None for all."""

    countries: tuple[int, ...] | None = None
    may_name_customers: bool = True

    @classmethod
    def of(cls, user: Any) -> "Reader":
        may_name_customers = user.may("customer-reports", "retrieve")
        if user.role and user.sees_every_country:
            return cls(None, may_name_customers)
        # Without a role this is `()`, which sees nothing, and not None, which sees everything.
        countries = Country.objects.for_user(user).values_list("pk", flat=True)
        return cls(tuple(sorted(countries)), may_name_customers)

    def visible_countries(self) -> QuerySet[Country]:
        countries = Country.objects.order_by("name")
        return countries if self.countries is None else countries.filter(pk__in=self.countries)


@dataclass(frozen=True)
class ReportParams:
    """Checked parameters. They are part of the keys of the cache, so they never change."""

    start: date | None = None
    end: date | None = None
    period: str = ""
    countries: tuple[int, ...] | None = None
    categories: tuple[int, ...] | None = None
    returns_on: str = "return"
    compare: str = ""
    snapshot: int | None = None
    where: tuple[Condition, ...] = ()
    own: tuple[tuple[str, object], ...] = ()
    # A dict has no hash, and this one only repeats the other fields for display.
    shown: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def is_of_goods(self) -> bool:
        """Whether they leave out some products."""
        by_condition = any(DIMENSIONS[condition.field].of_goods for condition in self.where)
        return self.categories is not None or by_condition


class Filters(forms.Form):
    """The parameters of every report. A report with some of its own inherits from here."""

    period = PeriodField(
        required=False,
        widget=OneSelect,
        choices=[("", "by its dates"), *PRESETS.items()],
        help_text="The days by a name, counted from today, in place of start and end. Units of "
        "the calendar that are not over end today.",
    )
    include_today = forms.ChoiceField(
        required=False,
        widget=OneSelect,
        choices=[("", "no"), ("1", "yes")],
        help_text="1: the last 7, 30 or 90 days end today and not yesterday.",
    )
    start = DayField(help_text="First day, in the shop's time zone. Default: the first sale.")
    end = DayField(help_text="Last day, inclusive. Default: the last sale.")
    country = CountriesField(
        required=False, help_text="Code or name of a country. May be repeated."
    )
    category = CategoryField(
        required=False,
        max_length=100,
        help_text="Only products of this category, or Uncategorised.",
    )
    where: WhereField | None = WhereField(
        help_text="Only what a condition is true of: dimension:operator:value, such as "
        "weekday:one_of:Saturday,Sunday. May be repeated.",
    )
    compare = forms.ChoiceField(
        required=False,
        widget=OneSelect,
        choices=[
            ("", "nothing"),
            ("none", "nothing"),
            ("previous_period", "previous period"),
            ("previous_year", "previous year"),
            ("previous_year_weekdays", "year ago by weekday"),
        ],
        help_text="Also the same for an earlier period: of a month, quarter, year or week the one "
        "before, else as many days before; or the same dates, or weekdays (364 days), a year ago. "
        "Of a period that is not over, the same days and hours so far.",
    )
    returns_on = forms.ChoiceField(
        required=False,
        widget=OneSelect,
        choices=[("return", "day of the return"), ("order", "day of the order")],
        initial="return",
        help_text="The day on which a return counts: its own day, or the day of the sale.",
    )
    snapshot = forms.IntegerField(
        required=False,
        min_value=1,
        # SQLite's driver raises OverflowError for larger integers.
        max_value=2**63 - 1,
        widget=forms.HiddenInput,
        help_text="Number of a kept ledger snapshot, to get the same answer again.",
    )

    def __init__(self, data: Mapping[str, Any], reader: Reader):
        super().__init__(data)
        self.reader = reader
        for form_field in self.fields.values():
            form_field.countries = reader.countries
        if "where" in self.fields:
            self.fields["where"].reader = reader
        # Per request: they depend on the reader, and some are added while the process runs.
        self.fields["country"].visible = reader.visible_countries()
        self.fields["country"].choices = self.countries
        self.fields["category"].widget.choices = self.categories

    def countries(self) -> list[tuple[str, str]]:
        """The reader's countries where a customer lives or bought."""
        lived_in = Exists(Customer.objects.filter(country=OuterRef("pk")))
        sold_to = Exists(Order.objects.filter(country=OuterRef("pk")))
        visible = self.reader.visible_countries().filter(lived_in | sold_to)
        return [("", "All"), *((row.code or row.name, row.name) for row in visible)]

    def categories(self) -> list[tuple[str, str]]:
        names = list(Category.objects.order_by("name").values_list("name", flat=True))
        if UNCATEGORISED not in names and Product.objects.filter(category=None).exists():
            names.append(UNCATEGORISED)
        return [("", "All"), *((name, name) for name in names)]

    @classmethod
    def own_names(cls) -> list[str]:
        """The parameters that only this report has."""
        return [name for name in cls.base_fields if name not in Filters.base_fields]

    def report(self, declared: "Report") -> "Report":
        """The report that these parameters ask: one of its own for each question of explore."""
        return declared

    def clean(self) -> dict[str, Any]:
        """A missing parameter gets its initial value; the first day comes before the last."""
        given = super().clean()
        for name, form_field in self.fields.items():
            # Django shows initial values, but a bound form does not fall back on them.
            if form_field.initial is not None and given.get(name) in form_field.empty_values:
                given[name] = form_field.initial
        if given.get("compare") == "none":
            given["compare"] = ""
        if given.get("period") and given["period"] != "custom":
            self.resolve_period(given)
        if given.get("start") and given.get("end") and given["start"] > given["end"]:
            self.add_error("end", "The last day is before the first.")
        return given

    def resolve_period(self, given: dict[str, Any]) -> None:
        """The days of a period that has a name."""
        if dates := [name for name in ("start", "end") if given.get(name)]:
            self.add_error(dates[0], "Choose a period or dates, not both.")
        elif given["period"] in NAMED:
            name = self.data["period"] if self.data["period"] in WITH_TODAY else given["period"]
            days = preset(name, timezone.localdate(), given.get("include_today") == "1")
            given["start"], given["end"] = days.start, days.end

    def params(self) -> ReportParams:
        """The checked parameters, or Refused with the reasons."""
        # A misspelt filter that is ignored would give the answer for the whole shop.
        if unknown := sorted(set(self.data) - set(self.fields)):
            known = ", ".join(sorted(self.fields))
            raise Refused({name: [f"Not known here. Known: {known}."] for name in unknown})
        if not self.is_valid():
            raise self.refusal()
        given = self.cleaned_data
        return ReportParams(
            start=given["start"],
            end=given["end"],
            period=given["period"],
            compare=given["compare"],
            returns_on=given["returns_on"],
            snapshot=given["snapshot"],
            # Sorted, without doubles: one choice has one key in the cache.
            countries=tuple(sorted({row.pk for row in given["country"]})) or None,
            categories=category_ids(given["category"]) if given["category"] else None,
            where=tuple(dict.fromkeys(given.get("where", ()))),
            own=tuple((name, given[name]) for name in self.own_names()),
            shown=self.as_shown(),
        )

    def refusal(self) -> Refused:
        reasons = {name or "": [*map(str, texts)] for name, texts in self.errors.items()}
        # Missing becomes 404, but only if nothing else is wrong: other errors make it a 400.
        codes = {error.code for errors in self.errors.as_data().values() for error in errors}
        return Missing(reasons) if codes == {MISSING} else Refused(reasons)

    def as_shown(self) -> dict[str, Any]:
        """The parameters as they are shown with the answer."""
        given = dict(self.cleaned_data)
        given["country"] = [row.name for row in given["country"]]
        given["category"] = given["category"] and given["category"].name
        for name in ("where", "having", "bands"):
            if given.get(name):
                given[name] = texts_of(self[name].data)
        filled = {name: value for name, value in given.items() if value not in (None, "", [])}
        return {name: json_value(value) for name, value in filled.items()}


class WithoutConditions(Filters):
    """Of reports of the whole shop, which read no orders that a condition could choose."""

    where = None


class ChurnDays(Filters):
    days = forms.IntegerField(
        required=False,
        # With 1, nobody could be at risk: the first whole day after the half is the full number.
        min_value=2,
        max_value=3650,
        initial=90,
        help_text="Days without an order until a customer has churned; at risk after half of them.",
    )


def json_value(value: Any) -> Any:
    """As JSON can hold it: amounts are text."""
    return f"{value:f}" if isinstance(value, Decimal) else value
