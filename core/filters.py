"""Filters of the API's lists. An invalid value answers 400."""

from django.db.models import Manager
from django_filters import rest_framework as filters


def yes_no(field_name: str | None = None, **kwargs) -> filters.TypedChoiceFilter:
    # A BooleanFilter would ignore any other value and return all rows.
    return filters.TypedChoiceFilter(
        field_name,
        choices=(("true", "true"), ("false", "false")),
        coerce=lambda text: text == "true",
        **kwargs,
    )


def day(field_name: str, lookup_expr: str = "exact", **kwargs) -> filters.DateFilter:
    # By default Django also reads 10/11/2026, as the American October 11.
    return filters.DateFilter(field_name, lookup_expr, input_formats=["%Y-%m-%d"], **kwargs)


def amount_filter(field_name: str, lookup_expr: str = "exact", **kwargs) -> filters.NumberFilter:
    # The digits of a MoneyField: no amount with more could be stored.
    limits = {"min_value": 0, "max_digits": 15, "decimal_places": 4}
    return filters.NumberFilter(field_name, lookup_expr, **limits, **kwargs)


def row(field_name: str, manager: Manager, **kwargs) -> filters.ModelChoiceFilter:
    """A filter by the id of a row that the user may see."""
    return filters.ModelChoiceFilter(
        field_name, queryset=lambda request: manager.for_user(request.user), **kwargs
    )
