"""A report is one question, declared once: its address, columns, chart, parameters and query."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from typing import Any

from ibis import Table

from analytics.semantics.charts import Chart, default_chart
from analytics.semantics.columns import Column
from analytics.semantics.filters import Filters
from analytics.semantics.kinds import KINDS
from analytics.semantics.measures import WORDS
from analytics.semantics.shop import Shop
from core.registry import import_registered
from ledger.models import Snapshot

# What to say with an answer from this snapshot; True: the reader sees some countries only.
Note = Callable[[Snapshot, bool], str]
QueryFunction = Callable[..., Table]  # of a Shop and the report's own parameters


# Hashed by identity: a report is part of the key of each SQL statement in the cache.
@dataclass(frozen=True, eq=False)
class Report:
    path: str
    title: str
    description: str
    columns: tuple[Column, ...]
    query: QueryFunction | None  # None: its class knows another way to its rows
    form: type[Filters]
    chart: Chart | None
    totals: str | Callable[..., Table] | None
    personal: bool
    aliases: tuple[str, ...]
    note: Note | None = None
    by_month: bool = False
    key: tuple[str, ...] | None = None
    definition: str = ""
    averages: QueryFunction | None = None

    @property
    def key_columns(self) -> list[Column]:
        """The columns that say what a row is about: no two rows have the same values in them."""
        ids = [column for column in self.columns if column.kind == "id"]
        if self.key is not None:
            return [column for column in self.columns if column.name in self.key]
        return ids or [*takewhile(lambda column: not KINDS[column.kind].is_amount, self.columns)]

    @property
    def chart_or_default(self) -> Chart:
        return self.chart or default_chart(self.columns)

    @property
    def measures(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.is_measure)

    @property
    def has_totals(self) -> bool:
        return bool(self.totals and self.measures)

    @property
    def group(self) -> str:
        return self.path.partition("/")[0]

    def rows(self, shop: Shop, own: dict[str, Any]) -> Table:
        if self.query is None:
            raise NotImplementedError
        # Queries carry helper columns, such as the place to sort by; no face shows them.
        return self.query(shop, **own).select(*(column.name for column in self.columns))

    @property
    def average_columns(self) -> tuple[Column, ...]:
        """A row of averages is about all that goes down in the table with two axes."""
        down = getattr(self.chart, "y", "")
        return tuple(column for column in self.columns if column.name != down)

    def totals_of(self, shop: Shop, own: dict[str, Any]) -> Table:
        """One row with the report's measures over all of its rows."""
        if self.totals is None:
            raise ValueError(f"{self.path} has no totals.")
        measures = [WORDS[column.name].measure for column in self.measures]
        # Over the shop's rows, never over the report's: who buys in two countries is one customer.
        rows = self.totals(shop, **own) if callable(self.totals) else getattr(shop, self.totals)
        return rows.agg(measures)


declared: dict[str, Report] = {}


# On first use: commands that read no report do without its modules (95 MB of memory).
@cache
def reports() -> dict[str, Report]:
    """Every report by its path: those in the modules of the `report_packages` of installed apps."""
    import_registered("report_packages")
    return dict(sorted(declared.items()))


def report(
    path: str,
    *columns: Column,
    title: str,
    form: type[Filters] = Filters,
    chart: Chart | None = None,
    totals: str | Callable[..., Table] | None = "orders",
    personal: bool = False,
    aliases: tuple[str, ...] = (),
    note: Note | None = None,
    by_month: bool = False,
    key: tuple[str, ...] | None = None,
    averages: QueryFunction | None = None,
) -> Callable[[QueryFunction], QueryFunction]:
    """Declare a function of a `Shop` that returns a table with these columns as a report.

    The first paragraph of the function's docstring is the report's description, one plain sentence.
    What follows is its definition, which pages show on request.

    `totals` names the rows of the shop that the measures are summed over, or is a function that
    returns them, or None where totals have no meaning. A `personal` report is about single
    customers. The `note` of one that reads predictions is shown with its answer. A report of single
    lines day by day is read `by_month`: to sort all of them at once would need too much memory.
    `key` names the columns that say what a row is about, where these are not its ids, or the
    columns before the first amount. `averages` is a function of the shop for the last row of a
    table with two axes: a row for each value that goes across.
    """

    def declare(function: QueryFunction) -> QueryFunction:
        description, definition = docstring_texts(function)
        declared[path] = Report(
            path=path,
            title=title,
            description=description,
            definition=definition,
            columns=columns,
            query=function,
            form=form,
            chart=chart,
            totals=totals,
            personal=personal,
            aliases=aliases,
            note=note,
            by_month=by_month,
            key=key,
            averages=averages,
        )
        return function

    return declare


def docstring_texts(function: Callable) -> tuple[str, str]:
    """The description of a report, which is the first paragraph of its function's docstring, and
    its definition, which is the rest."""
    first, _, rest = (function.__doc__ or "").partition("\n\n")
    return " ".join(first.split()), " ".join(rest.split())
