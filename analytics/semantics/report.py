"""A report is one question, declared once: its address, columns, chart, parameters and query."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import takewhile

from ibis import Table

from analytics.semantics.charts import Chart, default_chart
from analytics.semantics.columns import Column
from analytics.semantics.filters import Filters
from analytics.semantics.kinds import KINDS
from analytics.semantics.measures import WORDS
from analytics.semantics.shop import Shop
from core.registry import import_registered
from ledger.models import Snapshot

# What is said with an answer from this snapshot; to a reader of some countries only, if True.
Note = Callable[[Snapshot, bool], str]


@dataclass(frozen=True, eq=False)
class Report:
    path: str
    title: str
    description: str
    columns: tuple[Column, ...]
    query: Callable[..., Table]
    form: type[Filters]
    chart: Chart | None
    totals: str | Callable[..., Table] | None
    personal: bool
    aliases: tuple[str, ...]
    note: Note | None = None
    by_month: bool = False
    key: tuple[str, ...] | None = None
    definition: str = ""

    @property
    def key_columns(self) -> list[Column]:
        """The columns that tell what a row is about: no two rows have the same values in them."""
        ids = [column for column in self.columns if column.kind == "id"]
        if self.key is not None:
            return [column for column in self.columns if column.name in self.key]
        return ids or [*takewhile(lambda column: not KINDS[column.kind].is_amount, self.columns)]

    @property
    def chart_or_default(self) -> Chart:
        return self.chart or default_chart(self.columns)

    @property
    def group(self) -> str:
        return self.path.partition("/")[0]

    def rows(self, shop: Shop, own: dict) -> Table:
        return self.query(shop, **own).select(*(column.name for column in self.columns))

    def sums(self, shop: Shop, own: dict) -> Table | None:
        """One row: the report's measures over all of its rows together."""
        measures = [WORDS[column.name].measure for column in self.columns if column.is_measure]
        if not (self.totals and measures):
            return None
        rows = self.totals(shop, **own) if callable(self.totals) else getattr(shop, self.totals)
        return rows.agg(measures)


declared: dict[str, Report] = {}


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
):
    """Make a report of a function that asks a `Shop` and gives a table with these columns.

    The first paragraph of the function's docstring is the report's description, one plain sentence.
    What follows is its definition, which pages show on request.

    `totals` names the rows of the shop over which measures are summed up, or is a function that
    gives them, or None where that has no meaning. A `personal` report tells of single customers.
    One that reads predictions has a `note`: what is said of them goes with the answer.
    One that lists single lines day by day is asked `by_month`: sorted at once, they need room for
    all of them. `key` names the columns that tell what a row is about, where these are not its
    ids, or the columns before the first amount.
    """

    def declare(function):
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
        )
        return function

    return declare


def docstring_texts(function: Callable) -> tuple[str, str]:
    """The description of a report, which is the first paragraph of its function's docstring, and
    its definition, which is the rest."""
    first, _, rest = (function.__doc__ or "").partition("\n\n")
    return " ".join(first.split()), " ".join(rest.split())
