"""The UCI's Online Retail file twice: in the books, and as DuckDB reads it."""

import io
from itertools import zip_longest
from pathlib import Path

import duckdb
import pyarrow as pa
from django.core.management import call_command
from django.db import transaction
from django.utils.datastructures import MultiValueDict

from analytics.query.run import run_report
from analytics.semantics.filters import Reader
from analytics.tests import hand
from catalog.models import Product
from customers.models import Country, Customer
from ledger import build

ROOT = Path(__file__).parents[2]
WHOLE = ROOT.parent / "shared" / "data" / "online_retail.csv.gz"
SLICE = ROOT / "tests" / "data" / "retail.csv"

NAMES = {  # what the books call whom: nothing else is taken from them
    "products": (
        Product,
        {"product_id": "pk", "sku": "sku", "product": "name", "category": "category__name",
         "is_active": "is_active"},
    ),
    "customers": (
        Customer,
        {"customer_id": "pk", "code": "code", "customer": "name", "country_id": "country_id",
         "registered_on": "registered_at__date"},
    ),
    "countries": (Country, {"country_id": "pk", "country": "name", "country_code": "code"}),
}  # fmt: skip


class Retail:
    """The file in the books, and beside them as DuckDB reads it."""

    def __init__(self, file: Path):
        call_command("import_sales", file, stdout=io.StringIO())
        build.current()  # once for all tests: what a test writes goes with its end
        self.con = duckdb.connect()
        for name, (model, columns) in NAMES.items():
            rows = model.objects.values_list(*columns.values())
            found = zip(*rows, strict=True)
            self.con.register(name, pa.table(dict(zip(columns, map(pa.array, found), strict=True))))
        hand.opened(self.con, "from_file", file=str(file))
        self.days = self.con.execute("select min(day), max(day) from all_orders").fetchone()

    def by_hand(self, sql: str, start=None, end=None, country=None) -> pa.Table:
        first, last = self.days
        self.con.execute("set variable start = cast(? as date)", [start or first])
        self.con.execute('set variable "end" = cast(? as date)', [end or last])
        self.con.execute(
            "set variable country = (select country_id from countries where country = ?)",
            [country],
        )
        return self.con.execute(sql).to_arrow_table()

    def report(self, path: str, **asked):
        return run_report(
            path, MultiValueDict({name: [text] for name, text in asked.items()}), Reader()
        )


def in_the_books(file: Path, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield Retail(file)
        transaction.set_rollback(True)


def check(retail: Retail, path: str, **asked) -> None:
    """Every row and every total, to the last place."""
    ours = retail.report(path, **asked)
    rows = retail.by_hand(hand.QUESTIONS[path], **asked)
    pairs = zip_longest(ours.rows, rows.cast(ours.table.schema).to_pylist())
    differing = [pair for pair in pairs if pair[0] != pair[1]]
    assert not differing, (len(ours.rows), rows.num_rows, differing[:3])
    if ours.totals_table is not None:
        sums = retail.by_hand(
            hand.totals(ours.report.totals, ours.totals_table.column_names), **asked
        )
        assert ours.totals == sums.cast(ours.totals_table.schema).to_pylist()[0]
