"""Random questions, asked of Explore and of the reference."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count, islice

from django.utils.datastructures import MultiValueDict

from analytics.query.pivot import Pivot
from analytics.query.query import build_query
from analytics.query.run import run
from analytics.semantics.dimensions import DIMENSIONS
from analytics.semantics.filters import Reader
from analytics.semantics.report import reports
from analytics.tests.explore_check import Check
from analytics.tests.explore_draws import Draw, Known, Scope, draw, known_values
from analytics.tests.explore_expected import Expected
from analytics.tests.explore_reference import Reference
from customers.models import Country
from ledger.models import Snapshot

SCOPES: tuple[Scope, ...] = (None, ("Germany", "France"), ("United States",), ())
TODAY, HOURS = date(2026, 3, 1), 10  # it is between nine and ten


@dataclass
class Trial:
    snapshot: Snapshot
    references: dict[tuple[Scope, str], Reference] = field(default_factory=dict)

    def reference(self, scope: Scope, returns_on: str) -> Reference:
        key = scope, returns_on
        if key not in self.references:
            self.references[key] = Reference(self.snapshot, ids_of(scope), returns_on)
        return self.references[key]

    def draws(self, seed: object, times: int) -> Iterator[Draw]:
        chance = random.Random(str(seed))
        known: dict[Scope, Known] = {
            scope: known_values(self.reference(scope, "return")) for scope in SCOPES
        }
        drawn = (draw(chance, known) for _ in count())
        yield from islice(filter(can_be_asked, drawn), times)

    def answer(self, question: Draw) -> Pivot:
        reader = Reader(ids_of(question.scope))
        parameters = MultiValueDict(question.parameters)
        query = build_query(reports()["explore"], parameters, reader, self.snapshot)
        return Pivot(run(replace(query, today=TODAY, hours=HOURS)))

    def differences(self, question: Draw, answer: Pivot) -> list[str]:
        """Where the answer is not what the SQL says; the address first."""
        expected = Expected.of(question, self.reference(question.scope, question.returns_on))
        found = [*Check(question, answer, expected).differences()]
        return [str(question), *found[:5]] if found else []


def ids_of(scope: Scope) -> tuple[int, ...] | None:
    if scope is None:
        return None
    countries = Country.objects.filter(name__in=scope)
    return tuple(sorted(countries.values_list("pk", flat=True)))


def can_be_asked(question: Draw) -> bool:
    """Not the days of all but the top days, which are refused; nor the groups of RFM among the top
    of an earlier period, in which the reference has other groups."""
    if not (question.top and question.rows):
        return True
    outer = question.rows[0]
    days = {"days_in_period", "revenue_per_day"} & {*question.measures}
    return not (days and DIMENSIONS[outer].group == "Time") and outer != "rfm_group"
