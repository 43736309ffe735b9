"""The kinds of filters that lists have. A value that none of them can read is refused."""

from django_filters import rest_framework as filters


def yes_no(field_name=None, **kwargs):
    return filters.TypedChoiceFilter(
        field_name,
        choices=(("true", "true"), ("false", "false")),
        coerce=lambda text: text == "true",
        **kwargs,
    )


def day(field_name, lookup_expr="exact", **kwargs):
    return filters.DateFilter(field_name, lookup_expr, input_formats=["%Y-%m-%d"], **kwargs)


def amount(field_name, lookup_expr="exact", **kwargs):
    limits = {"min_value": 0, "max_digits": 15, "decimal_places": 4}
    return filters.NumberFilter(field_name, lookup_expr, **limits, **kwargs)


def row(field_name, manager, **kwargs):
    """The id of a row that the user may see."""
    return filters.ModelChoiceFilter(
        field_name, queryset=lambda request: manager.for_user(request.user), **kwargs
    )
