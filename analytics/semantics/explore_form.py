"""The parameters of a question: measures, rows, columns, and which rows in which order."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from analytics.semantics.chart_choice import CHOICES
from analytics.semantics.column_sort import read_column, split_sort
from analytics.semantics.condition_field import HavingField, read_number, texts_of
from analytics.semantics.conditions import Condition
from analytics.semantics.dimensions import DIMENSIONS, OTHER_NAMES
from analytics.semantics.filters import Filters
from analytics.semantics.measures import WORDS
from analytics.semantics.question import (
    DAYS,
    IN_SQL,
    Question,
    is_of_two_periods,
    split_calculation,
    with_bands,
)
from analytics.semantics.question_report import question_report
from analytics.semantics.report import Report

MOST_MEASURES, MOST_DEPTH, MOST_COLUMNS, MOST_BANDS = 12, 4, 2, 20
EXPLORE_MEASURES = [
    name for name, word in WORDS.items()
    if (word.measure is not None and not name.startswith("stock_")) or name in DAYS
]  # fmt: skip
Names = tuple[str, ...]
# What a visitor sees who has asked nothing yet.
FIRST_QUESTION = {"measures": ("revenue",), "rows": ("country",), "columns": ("month",)}


class NamesField(forms.CharField):
    """Names with commas between."""

    def __init__(self, most: int, **more: Any):
        self.most = most
        super().__init__(required=False, max_length=500, **more)

    def clean(self, value: Any) -> tuple[str, ...]:
        names = tuple(part.strip() for part in (super().clean(value) or "").split(","))
        names = tuple(self.checked(name) for name in names if name)
        if len(names) > self.most:
            raise ValidationError(f"At most {self.most}.")
        if len({*names}) < len(names):
            raise ValidationError("Name each only once.")
        return names

    def checked(self, name: str) -> str:
        raise NotImplementedError


class MeasuresField(NamesField):
    def checked(self, name: str) -> str:
        base, ending = split_calculation(name)
        if base not in EXPLORE_MEASURES:
            known = ", ".join(EXPLORE_MEASURES)
            raise ValidationError(f"{name!r} is not a measure. Known: {known}.")
        if ending in IN_SQL and not WORDS[base].is_sum:
            raise ValidationError(f"{base} is no sum: it has no shares and no running total.")
        return name


class DimensionsField(NamesField):
    def checked(self, name: str) -> str:
        name = OTHER_NAMES.get(name, name)
        if name not in DIMENSIONS:
            raise ValidationError(f"{name!r} is not a dimension. Known: {', '.join(DIMENSIONS)}.")
        return name


class BandsField(forms.Field):
    """The limits of bands: order_value:20,50,100; a parameter for each dimension."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> tuple[tuple[str, tuple[Decimal, ...]], ...]:
        return tuple(self.limits(text) for text in texts_of(value))

    def limits(self, text: str) -> tuple[str, tuple[Decimal, ...]]:
        name, _colon, numbers = text.partition(":")
        if name not in DIMENSIONS or not DIMENSIONS[name].limits:
            known = ", ".join(name for name, each in DIMENSIONS.items() if each.limits)
            raise ValidationError(f"{name!r} has no bands. Known: {known}.")
        try:
            limits = tuple(read_number(number) for number in numbers.split(","))
        except ValueError as error:
            raise ValidationError(f"{name}: {error}") from None
        if [*limits] != sorted({*limits}) or len(limits) > MOST_BANDS:
            raise ValidationError(f"{name}: at most {MOST_BANDS} limits, from the lowest on.")
        return name, limits


class ExploreForm(Filters):
    measures = MeasuresField(
        MOST_MEASURES, initial=("revenue",), help_text="Measures with commas between. Of sums also "
        "_share and _running; with a comparison _before, _change and _growth.",
    )  # fmt: skip
    rows = DimensionsField(
        MOST_DEPTH, help_text="Dimensions of the rows, from the outer to the inner one."
    )
    columns = DimensionsField(MOST_COLUMNS, help_text="Dimensions of the columns.")
    having = HavingField(
        help_text="Only rows whose measure is so: units:at_least:50. May be repeated. Totals "
        "still cover all rows.",
    )
    sort = forms.CharField(
        required=False, max_length=500,
        help_text="Measure or dimension to sort rows by; with a minus before it, largest first. "
        "By a measure in one of the columns: -revenue@2026-03.",
    )  # fmt: skip
    top = forms.IntegerField(
        required=False, min_value=1, max_value=1000,
        help_text="Only so many of the outer rows, by the measure they are sorted by.",
    )  # fmt: skip
    other = forms.ChoiceField(
        required=False, choices=[("1", "one row"), ("0", "left out")], initial="1",
        help_text="What becomes of all rows but the top ones.",
    )  # fmt: skip
    totals = forms.ChoiceField(
        required=False, choices=[("1", "shown"), ("0", "left out")], initial="1",
        help_text="Totals and subtotals.",
    )  # fmt: skip
    bands = BandsField(
        required=False,
        help_text="Limits of the bands of a dimension: order_value:20,50,100. May be repeated.",
    )
    chart = forms.ChoiceField(
        required=False, choices=[(name, name) for name in CHOICES], initial="auto",
        help_text="The chart; auto chooses by the dimensions.",
    )  # fmt: skip

    def report(self, declared: Report) -> Report:
        return question_report(self.question_of(self.cleaned_data), declared)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if not any(self.data.get(name) for name in FIRST_QUESTION):
            given.update(FIRST_QUESTION)
        if not self.errors:
            self.check_together(given)
        return given

    def check_together(self, given: dict[str, Any]) -> None:
        # Taken first: add_error() takes a field out of what is given.
        measures, rows, columns = given["measures"], given["rows"], given["columns"]
        top = given["top"]
        if both := {*rows} & {*columns}:
            self.add_error("columns", f"{min(both)} is on the rows already.")
        if "customer" in rows + columns and not self.reader.may_name_customers:
            self.add_error("rows", "You may not see single customers.")
        if top and not rows:
            self.add_error("top", "There are no rows to choose from.")
        if top and rows and DIMENSIONS[rows[0]].group == "Time" and {*DAYS} & {*measures}:
            self.add_error("top", "How many days the other rows have is not known: leave it out.")
        if not given["compare"] and any(map(is_of_two_periods, measures)):
            self.add_error("measures", "Changes need a comparison: compare=previous_year.")
        try:
            self.sort_at = self.read_sort(given["sort"], measures, rows, columns)
        except ValueError as error:
            self.add_error("sort", str(error))

    def read_sort(
        self, text: str, measures: Names, rows: Names, columns: Names
    ) -> tuple[Condition, ...]:
        """The column in which rows are sorted by a measure; none for the total."""
        sort, column = split_sort(text)
        by = sort.removeprefix("-")
        if by and by not in (*EXPLORE_MEASURES, *rows, *measures):
            raise ValueError(f"{by!r} is neither a measure nor a dimension of the rows.")
        if column is None:
            return ()
        if not by or by in rows:
            raise ValueError("Only a measure has a value in each column: revenue@2026-03.")
        dimensions = [with_bands(name, self.cleaned_data["bands"]) for name in columns]
        return read_column(column, dimensions, self.fields["where"])

    def question_of(self, given: dict[str, Any]) -> Question:
        by_largest = f"-{given['measures'][0]}" if given["top"] else ""
        return Question(
            measures=given["measures"],
            rows=given["rows"],
            columns=given["columns"],
            having=tuple(given["having"]),
            sort=split_sort(given["sort"])[0] or by_largest,
            sort_at=self.sort_at,
            top=given["top"],
            has_other=given["other"] == "1",
            has_totals=given["totals"] == "1",
            bands=given["bands"],
        )
