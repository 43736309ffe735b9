"""The parameters of reports: one form checks them for the API, the pages and the commands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet

from analytics.semantics.periods import FIRST_DAY, LAST_DAY
from catalog.models import Category, Product
from customers.models import Country, Customer
from orders.models import Order

MISSING = "missing"  # the code of the error that a product or customer does not exist
# Databases count ids from 1, so 0 is free.
UNCATEGORISED, NO_CATEGORY = "Uncategorised", 0  # products without a category, and the id they get


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

    @classmethod
    def of(cls, user: Any) -> "Reader":
        if user.role and user.sees_every_country:
            return cls()
        # Without a role this is `()`, which sees nothing, and not None, which sees everything.
        return cls(tuple(sorted(Country.objects.for_user(user).values_list("pk", flat=True))))

    def visible_countries(self) -> QuerySet[Country]:
        countries = Country.objects.order_by("name")
        return countries if self.countries is None else countries.filter(pk__in=self.countries)


@dataclass(frozen=True)
class ReportParams:
    """Checked parameters. They are part of the keys of the cache, so they never change."""

    start: date | None = None
    end: date | None = None
    countries: tuple[int, ...] | None = None
    categories: tuple[int, ...] | None = None
    returns_on: str = "return"
    compare: str = ""
    snapshot: int | None = None
    own: tuple[tuple[str, object], ...] = ()
    # A dict has no hash, and this one only repeats the other fields for display.
    shown: dict[str, Any] = field(default_factory=dict, compare=False)


class OneOrMoreSelect(forms.SelectMultiple):
    """A list to choose one from, or several where several are chosen already."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        self.allow_multiple_selected = len(value or ()) > 1
        return super().get_context(name, value, attrs)


class CountriesField(forms.MultipleChoiceField):
    """Names or codes of countries that the reader sees; others are unknown to them."""

    widget = OneOrMoreSelect

    def to_python(self, value: Any) -> list[str]:
        return [text.strip() for text in super().to_python(value) if text.strip()]

    def validate(self, value: Any) -> None:
        """Names and codes are both accepted, so `choices` do not list all of them."""

    def clean(self, value: Any) -> list[Country]:
        countries = []
        for text in super().clean(value):
            # CharField refuses NUL, MultipleChoiceField does not, and PostgreSQL fails on it.
            if "\0" in text:
                raise ValidationError("A NUL is not part of a name.")
            country = self.visible.named(text)
            if country is None:
                # The same message for countries that do not exist, so it does not tell of others.
                raise ValidationError(f"{text!r} is not a country that you see.")
            countries.append(country)
        return countries


class CategoryField(forms.CharField):
    """A category by its name, or Uncategorised for products without one."""

    widget = forms.Select

    def clean(self, value: Any) -> Category | None:
        name = super().clean(value)
        if not name:
            return None
        category = Category.objects.filter(name__iexact=name).first()
        if category is None and name.casefold() == UNCATEGORISED.casefold():
            return Category(pk=NO_CATEGORY, name=UNCATEGORISED)
        if category is None:
            raise ValidationError(f"{name!r} is not a category.")
        return category


def category_ids(category: Category) -> tuple[int, ...]:
    """The ids of a category and of all inside it, at any depth; a circle ends at its start."""
    # The ORM has no recursive queries; one query for all parents is less than one for each level.
    children: dict[int, list[int]] = {}
    for pk, parent in Category.objects.values_list("pk", "parent"):
        children.setdefault(parent, []).append(pk)
    ids, waiting = set(), [category.pk]
    # Reports group by name, so a real category of this name is one row with the products that have
    # none: the filter takes both.
    if category.name == UNCATEGORISED:
        waiting.append(NO_CATEGORY)
    while waiting:
        ids.add(pk := waiting.pop())
        waiting += [child for child in children.get(pk, ()) if child not in ids]
    return tuple(sorted(ids))


class DayField(forms.DateField):
    def __init__(self, **more: Any):
        errors = {"invalid": "Enter a valid date (YYYY-MM-DD)."}
        widget = forms.DateInput(attrs={"type": "date"})
        # Django's default formats also read 03/04/2026, as 4 March.
        super().__init__(
            required=False, input_formats=["%Y-%m-%d"], error_messages=errors, widget=widget, **more
        )

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and not FIRST_DAY <= value <= LAST_DAY:
            raise ValidationError(f"Enter a date from {FIRST_DAY} to {LAST_DAY}.")


class RowField(forms.CharField):
    """A product or customer by its id, or by its SKU or code. Digits that are both are an id."""

    what, key = "", ""

    def __init__(self):
        text = f"Id or {self.key.replace('sku', 'SKU')} of a {self.what}."
        super().__init__(required=False, max_length=100, help_text=text)

    def rows(self, reader: Reader) -> QuerySet:
        """What the reader may see."""
        raise NotImplementedError

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        rows = self.rows(self.reader)
        # isdigit() is true of "²" too; 19 digits may not fit in 64 bits; "007" is a SKU, not id 7.
        is_id = text.isascii() and text.isdigit() and len(text) < 19 and text[0] != "0"
        row = (rows.filter(pk=text).first() if is_id else None) or (
            rows.filter(**{self.key: text}).first()
        )
        if row is None:
            raise ValidationError(f"There is no {self.what} {text!r}.", code=MISSING)
        return row.pk


class ProductField(RowField):
    what, key = "product", "sku"

    def rows(self, reader: Reader) -> QuerySet:
        # Products belong to no country; what a reader sees of their sales is cut by the Shop.
        return Product.objects.all()


class CustomerField(RowField):
    what, key = "customer", "code"

    def rows(self, reader: Reader) -> QuerySet:
        """Who lives in the reader's countries, or bought there."""
        if reader.countries is None:
            return Customer.objects.all()
        bought = Order.objects.filter(customer=OuterRef("pk"), country__in=reader.countries)
        return Customer.objects.filter(Q(country__in=reader.countries) | Exists(bought))


class Filters(forms.Form):
    """The parameters of every report. A report with some of its own inherits from here."""

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
    compare = forms.ChoiceField(
        required=False,
        choices=[
            ("", "nothing"),
            ("previous_period", "previous period"),
            ("previous_year", "previous year"),
        ],
        help_text="Also the same for an earlier period: of whole months the ones before, of the "
        "first days of a month the same days, else as many days before; or the dates a year ago.",
    )
    returns_on = forms.ChoiceField(
        required=False,
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
            form_field.reader = reader
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

    def clean(self) -> dict[str, Any]:
        """A missing parameter gets its initial value; the first day comes before the last."""
        given = super().clean()
        for name, form_field in self.fields.items():
            # Django shows initial values, but a bound form does not fall back on them.
            if form_field.initial is not None and given.get(name) in form_field.empty_values:
                given[name] = form_field.initial
        if given.get("start") and given.get("end") and given["start"] > given["end"]:
            self.add_error("end", "The last day is before the first.")
        return given

    def params(self) -> ReportParams:
        """The checked parameters, or `Refused` with the reasons."""
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
            compare=given["compare"],
            returns_on=given["returns_on"],
            snapshot=given["snapshot"],
            # Sorted, without doubles: one choice has one key in the cache.
            countries=tuple(sorted({row.pk for row in given["country"]})) or None,
            categories=category_ids(given["category"]) if given["category"] else None,
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
        filled = {name: value for name, value in given.items() if value not in (None, "", [])}
        return {name: json_value(value) for name, value in filled.items()}


def json_value(value: Any) -> Any:
    """As JSON can hold it: amounts are text."""
    return f"{value:f}" if isinstance(value, Decimal) else value
