"""The form fields of reports' parameters: countries, categories, days, single rows."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from analytics.semantics.periods import FIRST_DAY, LAST_DAY, OLD_NAMES
from catalog.models import Category, Product
from customers.models import Country, Customer
from orders.models import Order

MISSING = "missing"  # the code of the error that a product or customer does not exist
# Databases count ids from 1, so 0 is free.
UNCATEGORISED, NO_CATEGORY = "Uncategorised", 0  # products without a category, and the id they get


SELECTED = {True: mark_safe(" selected"), False: ""}


class OneSelect(forms.Select):
    """A list to choose one from, without the two templates that Django renders for each option:
    with all countries they took a third of the page's time."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = set(self.format_value(value))
        options = format_html_join(
            "\n",
            '<option value="{}"{}>{}</option>',
            ((key, SELECTED[str(key) in chosen], label) for key, label in self.choices),
        )
        own = {"name": name, "multiple": self.allow_multiple_selected} | self.attrs | (attrs or {})
        return format_html("<select{}>\n{}\n</select>", flatatt(own), options)

    def use_required_attribute(self, initial: Any) -> bool:
        # Something is always chosen, and Django would read the choices once more to find that out.
        return False


class OneOrMoreSelect(OneSelect, forms.SelectMultiple):
    """A list to choose one from, or several where several are chosen already."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        self.allow_multiple_selected = len(value or ()) > 1
        return super().render(name, value, attrs, renderer)


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

    widget = OneSelect

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


class PeriodField(forms.ChoiceField):
    """A period by its name. The names of before are accepted too, and become those of now."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        return OLD_NAMES.get(text, text)


class RowField(forms.CharField):
    """A product or customer by its id, or by its SKU or code. Digits that are both are an id."""

    what, key = "", ""

    def __init__(self):
        text = f"Id or {self.key.replace('sku', 'SKU')} of a {self.what}."
        super().__init__(required=False, max_length=100, help_text=text)

    def rows(self, countries: tuple[int, ...] | None) -> QuerySet:
        """What a reader of these countries may see; None is a reader of all."""
        raise NotImplementedError

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        rows = self.rows(self.countries)
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

    def rows(self, countries: tuple[int, ...] | None) -> QuerySet:
        # Products belong to no country; what a reader sees of their sales is cut by the Shop.
        return Product.objects.all()


class CustomerField(RowField):
    what, key = "customer", "code"

    def rows(self, countries: tuple[int, ...] | None) -> QuerySet:
        """Who lives in these countries, or bought there."""
        if countries is None:
            return Customer.objects.all()
        bought = Order.objects.filter(customer=OuterRef("pk"), country__in=countries)
        return Customer.objects.filter(Q(country__in=countries) | Exists(bought))
