"""What a report may be asked for: one form checks it for the API, the pages and the commands."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q

from analytics.semantics.periods import FIRST_DAY, LAST_DAY
from catalog.models import Category, Product
from customers.models import Country, Customer
from orders.models import Order

MISSING = "missing"  # the code of an error: what is asked about is not there
UNCATEGORISED, NO_CATEGORY = "Uncategorised", 0  # products without a category, and the id they get


class Refused(Exception):
    """Parameters that are not right, with the reasons by name."""

    def __init__(self, reasons: dict[str, list[str]]):
        super().__init__("; ".join(f"{name}: {' '.join(texts)}" for name, texts in reasons.items()))
        self.reasons = reasons


class Missing(Refused):
    """The parameters are right, but the one thing that is asked about is not there."""


@dataclass(frozen=True)
class Reader:
    """Who asks: the ids of the countries that they see, or None for all."""

    countries: tuple[int, ...] | None = None

    @classmethod
    def of(cls, user) -> "Reader":
        if user.role and user.sees_every_country:
            return cls()
        return cls(tuple(sorted(Country.objects.for_user(user).values_list("pk", flat=True))))

    def sees(self):
        everything = Country.objects.order_by("name")
        return everything if self.countries is None else everything.filter(pk__in=self.countries)


@dataclass(frozen=True)
class ReportParams:
    """Checked parameters. They are part of the key of what is cached, so they never change."""

    start: date | None = None
    end: date | None = None
    countries: tuple[int, ...] | None = None
    categories: tuple[int, ...] | None = None
    returns_on: str = "return"
    compare: str = ""
    snapshot: int | None = None
    own: tuple[tuple[str, object], ...] = ()
    shown: dict = field(default_factory=dict, compare=False)


class OneOrMore(forms.SelectMultiple):
    """A list to choose one from, or several where several are chosen already."""

    def get_context(self, name, value, attrs):
        self.allow_multiple_selected = len(value or ()) > 1
        return super().get_context(name, value, attrs)


class Countries(forms.MultipleChoiceField):
    """Names or codes of countries that the reader sees; others are unknown to them."""

    widget = OneOrMore

    def to_python(self, value):
        return [text.strip() for text in super().to_python(value) if text.strip()]

    def validate(self, value):
        pass

    def clean(self, value):
        found = []
        for text in super().clean(value):
            if "\0" in text:
                raise ValidationError("A NUL is not part of a name.")
            row = self.seen.named(text)
            if row is None:
                raise ValidationError(f"{text!r} is not a country that you see.")
            found.append(row)
        return found


class Shelf(forms.CharField):
    """A category by its name; those inside it belong to it. Products without one have a name for
    theirs, too."""

    widget = forms.Select

    def clean(self, value):
        name = super().clean(value)
        if not name:
            return None
        shelf = Category.objects.filter(name__iexact=name).first()
        if shelf is None and name.casefold() == UNCATEGORISED.casefold():
            return Category(pk=NO_CATEGORY, name=UNCATEGORISED)
        if shelf is None:
            raise ValidationError(f"{name!r} is not a category.")
        return shelf


def inside(shelf) -> tuple[int, ...]:
    """The ids of a category and of all that stand inside of it, even on a circle."""
    children: dict[int, list[int]] = {}
    for pk, parent in Category.objects.values_list("pk", "parent"):
        children.setdefault(parent, []).append(pk)
    found, left = set(), [shelf.pk]
    if shelf.name == UNCATEGORISED:
        left.append(NO_CATEGORY)
    while left:
        found.add(pk := left.pop())
        left += [child for child in children.get(pk, ()) if child not in found]
    return tuple(sorted(found))


class Day(forms.DateField):
    def __init__(self, **more):
        errors = {"invalid": "Write a date as YYYY-MM-DD."}
        widget = forms.DateInput(attrs={"type": "date"})
        super().__init__(
            required=False, input_formats=["%Y-%m-%d"], error_messages=errors, widget=widget, **more
        )

    def validate(self, value):
        super().validate(value)
        if value and not FIRST_DAY <= value <= LAST_DAY:
            raise ValidationError(f"From {FIRST_DAY} to {LAST_DAY}.")


class Id(forms.CharField):
    """The one thing that is asked about: by its id, or by the key that people know it by. Digits
    that are both are taken for the id."""

    what, key = "", ""

    def __init__(self):
        text = f"Id or {self.key.replace('sku', 'SKU')} of a {self.what}."
        super().__init__(required=False, max_length=100, help_text=text)

    def rows(self, reader: Reader):
        """What the reader may ask about."""
        raise NotImplementedError

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        rows = self.rows(self.reader)
        is_id = text.isascii() and text.isdigit() and len(text) < 19 and text[0] != "0"
        found = (rows.filter(pk=text).first() if is_id else None) or (
            rows.filter(**{self.key: text}).first()
        )
        if found is None:
            raise ValidationError(f"There is no {self.what} {text!r}.", code=MISSING)
        return found.pk


class ProductId(Id):
    what, key = "product", "sku"

    def rows(self, reader: Reader):
        return Product.objects.all()


class CustomerId(Id):
    what, key = "customer", "code"

    def rows(self, reader: Reader):
        """Who lives in the reader's countries, or bought there."""
        if reader.countries is None:
            return Customer.objects.all()
        bought = Order.objects.filter(customer=OuterRef("pk"), country__in=reader.countries)
        return Customer.objects.filter(Q(country__in=reader.countries) | Exists(bought))


class Filters(forms.Form):
    """The parameters of every report. A report with some of its own inherits from here."""

    start = Day(help_text="First day, in the shop's time zone. Default: the first sale.")
    end = Day(help_text="Last day, inclusive. Default: the last sale.")
    country = Countries(required=False, help_text="Code or name of a country. May be repeated.")
    category = Shelf(
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
        max_value=2**63 - 1,
        widget=forms.HiddenInput,
        help_text="Number of a kept ledger snapshot, to get the same answer again.",
    )

    def __init__(self, data, reader: Reader):
        super().__init__(data)
        self.reader = reader
        for known in self.fields.values():
            known.reader = reader
        self.fields["country"].seen = reader.sees()
        self.fields["country"].choices = self.countries
        self.fields["category"].widget.choices = self.categories

    def countries(self) -> list[tuple[str, str]]:
        """Those of the reader's where somebody lives or bought."""
        lived_in = Exists(Customer.objects.filter(country=OuterRef("pk")))
        sold_to = Exists(Order.objects.filter(country=OuterRef("pk")))
        seen = self.reader.sees().filter(lived_in | sold_to)
        return [("", "All"), *((row.code or row.name, row.name) for row in seen)]

    def categories(self) -> list[tuple[str, str]]:
        names = list(Category.objects.order_by("name").values_list("name", flat=True))
        if UNCATEGORISED not in names and Product.objects.filter(category=None).exists():
            names.append(UNCATEGORISED)
        return [("", "All"), *((name, name) for name in names)]

    @classmethod
    def own(cls) -> list[str]:
        return [name for name in cls.base_fields if name not in Filters.base_fields]

    def clean(self):
        """What was not given has its initial value; the first day comes before the last."""
        given = super().clean()
        for name, made in self.fields.items():
            if made.initial is not None and given.get(name) in made.empty_values:
                given[name] = made.initial
        if given.get("start") and given.get("end") and given["start"] > given["end"]:
            self.add_error("end", "The last day is before the first.")
        return given

    def params(self) -> ReportParams:
        """The checked parameters, or `Refused` with the reasons."""
        if unknown := sorted(set(self.data) - set(self.fields)):
            known = ", ".join(sorted(self.fields))
            raise Refused({name: [f"Not known here. Known: {known}."] for name in unknown})
        if not self.is_valid():
            raise self.refusal()
        given = self.cleaned_data
        chosen = {
            name: given[name] for name in ("start", "end", "compare", "returns_on", "snapshot")
        }
        return ReportParams(
            **chosen,
            countries=tuple(sorted({row.pk for row in given["country"]})) or None,
            categories=inside(given["category"]) if given["category"] else None,
            own=tuple((name, given[name]) for name in self.own()),
            shown=self.shown(),
        )

    def refusal(self) -> Refused:
        reasons = {name or "": [*map(str, texts)] for name, texts in self.errors.items()}
        codes = {error.code for errors in self.errors.as_data().values() for error in errors}
        return Missing(reasons) if codes == {MISSING} else Refused(reasons)

    def shown(self) -> dict:
        """The parameters as they are shown with the answer."""
        given = dict(self.cleaned_data)
        given["country"] = [row.name for row in given["country"]]
        given["category"] = given["category"] and given["category"].name
        found = {name: value for name, value in given.items() if value not in (None, "", [])}
        return {name: plain(value) for name, value in found.items()}


def plain(value):
    """As JSON can hold it: amounts are text."""
    return f"{value:f}" if isinstance(value, Decimal) else value
