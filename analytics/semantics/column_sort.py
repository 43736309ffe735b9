"""What rows are sorted by, as one writes it in an address: `-revenue`, or `-revenue@2026-03` for
the column of March."""

from dataclasses import replace

from analytics.semantics.condition_field import WhereField, read_band
from analytics.semantics.conditions import Condition, split_values
from analytics.semantics.dimensions import Dimension, band_names


def split_sort(text: str) -> tuple[str, str | None]:
    """What to sort by, with its minus, and the values of a column; None without a column."""
    by, is_in_column, values = text.partition("@")
    return by, values if is_in_column else None


def read_column(text: str, dimensions: list[Dimension], where: WhereField) -> tuple[Condition, ...]:
    """The column with these values, one for each dimension; `ValueError` if they are none."""
    values = split_values(text) or [""]
    if len(values) != len(dimensions):
        named = ", ".join(each.name for each in dimensions) or "none"
        raise ValueError(f"{text!r} does not have a value for each of the columns: {named}.")
    return tuple(
        with_place(where.checked(dimension.name, "is", [value]), dimension)
        for dimension, value in zip(dimensions, values, strict=True)
    )


def with_place(condition: Condition, dimension: Dimension) -> Condition:
    """Columns of bands have their place as the key, not their limits."""
    if not dimension.limits or condition.values == (None,):
        return condition
    bands = [read_band(name) for name in band_names(dimension.limits)]
    if condition.values not in bands:
        raise ValueError(f"{dimension.name}: there is no such band.")
    return replace(condition, values=(bands.index(condition.values),))
