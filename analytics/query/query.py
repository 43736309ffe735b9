"""A report with checked parameters, a reader and one snapshot of the ledger: it has one answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.utils import timezone

from analytics.semantics.comparison import compare
from analytics.semantics.conditions import condition_values
from analytics.semantics.fields import RowField
from analytics.semantics.filters import Reader, Refused, ReportParams
from analytics.semantics.periods import WHOLE_DAY, Period
from analytics.semantics.placeholders import Value
from analytics.semantics.report import Report
from ledger import background
from ledger.models import Snapshot
from ledger.sources import is_on_disk
from shop_settings.saved import saved_version

ANY_ID = object()  # stands for the id in SQL that is compiled once for all ids


@dataclass(frozen=True)
class Query:
    report: Report
    params: ReportParams
    reader: Reader
    snapshot: Snapshot
    today: date
    hours: int = WHOLE_DAY  # of today that have begun

    @property
    def key(self) -> tuple:
        """All that the answer depends on."""
        # Today as well: it decides which periods are over and which days a comparison takes. The
        # hour only if today may be in the period, or pages of past months were made every hour.
        is_past = self.params.end is not None and self.params.end < self.today
        now = self.today, None if is_past else self.hours
        read = self.snapshot.token, saved_version()
        return self.report.path, self.params, self.reader, *read, now

    @property
    def countries(self) -> tuple[int, ...] | None:
        return self.reader.countries if self.params.countries is None else self.params.countries

    @cached_property
    def ids(self) -> dict[str, int]:
        """Of the product or customer that the report is about."""
        fields = self.report.form.base_fields
        return {
            name: value
            for name, value in self.params.own
            if isinstance(fields[name], RowField) and isinstance(value, int)
        }

    @cached_property
    def shape(self) -> tuple:
        """What the SQL depends on; all else is bound as values."""
        own = tuple(
            (name, ANY_ID if name in self.ids else value) for name, value in self.params.own
        )
        return (
            *(self.report, own),
            *(self.reader.countries is not None, self.params.countries is not None),
            *(self.params.categories is not None, self.params.returns_on),
            tuple(condition.shape for condition in self.params.where),
        )

    def values(self, period: Period) -> dict[str, Value]:
        """What is bound to the placeholders of the SQL."""
        # Always bound, because reports with a growth column compare without being asked to.
        before = compare(period, "previous_period", self.today, self.hours).earlier
        return {
            "START": period.start,
            "END": period.end,
            "HOURS": period.hours,
            "TODAY": self.today,
            "HOURS_TODAY": self.hours,
            "START_BEFORE": before.start,
            "END_BEFORE": before.end,
            "HOURS_BEFORE": before.hours,
            "SCOPE": self.reader.countries,
            "COUNTRIES": self.params.countries,
            "CATEGORIES": self.params.categories,
            **{name.upper(): value for name, value in self.ids.items()},
            **condition_values(self.params.where),
        }


def build_query(
    report: Report,
    parameters: Mapping[str, Any],
    reader: Reader,
    snapshot: Snapshot | None = None,
    patience: float | None = None,
) -> Query:
    """The query with these parameters; `Refused` if they are not right.

    A page with several queries names the snapshot, so that all answers agree.
    """
    form = report.form(parameters, reader)
    params = form.params()
    snapshot = snapshot or find_snapshot(params.snapshot, patience)
    # The shop's day, which begins at another moment than that of UTC.
    now = timezone.localtime()
    asked = form.report(report)
    return Query(asked, params, reader, snapshot, now.date(), now.hour + 1)


def find_snapshot(number: int | None, patience: float | None = None) -> Snapshot:
    """The snapshot of this number, or the newest that is finished within `patience` seconds."""
    if number is None:
        return background.snapshot_within_patience(patience)
    snapshot = Snapshot.objects.filter(number=number).first()
    if snapshot is None:
        raise Refused({"snapshot": [f"There is no snapshot {number}, or it is no longer kept."]})
    snapshot.behind_s = None
    # An old state cannot be written anew as the newest one is: the books have moved on.
    if not all(map(is_on_disk, snapshot.book_files().values())):
        raise Refused({"snapshot": ["Files of this snapshot are gone or damaged."]})
    return snapshot
