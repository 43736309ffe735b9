"""Every number of Explore leads to the orders behind it: their list comes to that number."""

import random
import re
from collections import Counter
from decimal import Decimal as D
from html import unescape

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.datastructures import MultiValueDict

from analytics.pages.pivot_links import PivotLinks
from analytics.pages.report_links import ReportLinks, leads_to_orders
from analytics.query.pivot import Pivot
from analytics.query.run import run_report
from analytics.semantics.filters import Reader
from analytics.semantics.kinds import display
from analytics.semantics.question import BEFORE
from analytics.semantics.report import reports
from analytics.tests import varied_shop
from analytics.tests.explore_draws import draw, known_values
from analytics.tests.explore_reference import Reference
from customers.models import Country
from ledger import build
from orders.tests.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.once]

MEASURES = (
    "revenue", "orders", "refunds", "returns", "guests", "customers",
    "new_customers", "returning_customers", "new_customer_revenue",
)  # fmt: skip
SCOPES = (None, ("Germany", "United States"))
CENT = D("0.01")
CELLS, EACH = 200, 45  # of a question


@pytest.fixture(scope="module")
def snapshot(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        varied_shop.fill()
        yield build.current()
        transaction.set_rollback(True)


@pytest.fixture
def visitors(snapshot):
    """By what they see."""
    users = get_user_model().objects
    found = {}
    for scope in SCOPES:
        user = users.create_user(f"{len(found)}@example.com", role="manager" if scope else "admin")
        user.countries.set(Country.objects.filter(name__in=scope or ()))
        found[scope] = Visitor(user), Reader.of(user)
    return found


def test_random_cells_lead_to_orders_of_that_sum(snapshot, visitors):
    chance = random.Random(20)
    known = {
        scope: known_values(Reference(snapshot, reader.countries, "return"))
        for scope, (_, reader) in visitors.items()
    }
    linked = 0
    while linked < CELLS:
        measures = chance.sample(MEASURES, 3)
        drawn = draw(chance, known)
        visitor, reader = visitors[drawn.scope]
        asked = drawn.parameters | {"measures": [",".join(measures)], "compare": []}
        asked.pop("sort", None)
        pivot = Pivot(run_report("explore", MultiValueDict(asked), reader))
        links = PivotLinks(pivot, may_list_orders=True)
        for row, head, measure in some_cells(chance, pivot, measures):
            figures = links.figures(row, head)
            if address := links.cell_link(row, head, measure):
                linked += 1
                found = measured(visitor, address, measure)
                assert found == rounded(figures[measure]), (str(drawn), measure, address)


def some_cells(chance, pivot, measures):
    """Most of one level and measure: the SQL of their lists is the same."""
    heads = pivot.heads or [None]
    for _ in range(EACH):
        yield chance.choice(pivot.leaves or [pivot.total]), chance.choice(heads), measures[0]
    for measure in measures:
        row = chance.choice([pivot.total, *pivot.rows])
        yield row, chance.choice([None, *pivot.heads]), measure


PEOPLE = ("customers", "new_customers", "returning_customers", "size", "retention")
MONEY = (
    "revenue", "returns", "new_customer_revenue", "new_revenue", "returning_revenue",
    "guest_revenue", "value", "aov", "share",
)  # fmt: skip
COUNTED = {*PEOPLE, *MONEY, "orders", "documents", "guests", "refunds"}
FILTERS = (
    {},
    {"country": ["Germany"]},
    {"start": ["2025-02-01"], "end": ["2025-12-31"], "compare": ["previous_year"]},
    {"where": ["weekday:one_of:Monday,Friday"], "returns_on": ["order"]},
    {"start": ["2025-03-15"], "end": ["2025-10-20"], "category": ["Tea"]},
)
OF_ONE = ("product", "number")  # reports of one product, or of the orders themselves
PATHS = [
    path for path, report in reports().items()
    if report.path != "orders/amounts" and not {*report.form.own_names()} & {*OF_ONE}
]  # fmt: skip
FIGURES = 5  # of a report


def test_figures_of_each_report_lead_to_orders_of_that_sum(snapshot, visitors):
    chance, linked = random.Random(20), Counter()
    for path in PATHS:
        visitor, reader = visitors[chance.choice(SCOPES)]
        # Cohorts differ most from what a list of orders can select.
        for filters in FILTERS if "coho" in path else chance.sample(FILTERS, 1):
            asked = filters if reports()[path].form.base_fields.get("where") else {}
            links = ReportLinks(run_report(path, MultiValueDict(asked), reader), True)
            for row, name in some_figures(chance, links.answer):
                if address := links.row_link(row, name):
                    linked[path] += 1
                    place = path, name, row, address
                    assert abs(expected(row, name) - found(visitor, address, name)) < CENT, place
    assert sum(linked.values()) > 100
    assert {"customers/cohorts", "customers/cohort-value", "customers/growth"} <= linked.keys()


def some_figures(chance, answer):
    columns, table = answer.with_earlier
    names = [c.name for c in columns if leads_to_orders(c) and base_of(c.name) in COUNTED]
    figures = [(row, name) for row in table.to_pylist() for name in names if row[name]]
    return chance.sample(figures, min(FIGURES, len(figures)))


def base_of(name):
    return name.removesuffix(BEFORE)


def expected(row, name):
    """What the orders come to: those of a rate are its numerator."""
    base, ending = base_of(name), BEFORE * name.endswith(BEFORE)
    if base == "share":
        return row[f"revenue{ending}"]
    if base == "retention" or (base == "value" and "size" in row):
        return row[name] * row[f"size{ending}"]
    return row[name]


def found(visitor, address, name):
    base = base_of(name)
    sales, returned, revenue = list_totals(visitor, address)
    if base == "documents":
        return sales + returned
    if base == "aov":
        return revenue / sales
    if base == "value" and "status=refunded" in address:
        return -revenue
    return measured(visitor, address, "customers" if base in PEOPLE else base)


def rounded(value):
    return value if isinstance(value, int) else D(display(value, "money").replace(",", ""))


def measured(visitor, address, measure):
    """What the list comes to, by the amount that the measure is about."""
    if measure.endswith("customers"):
        rows = visitor.opens(address.replace("/orders/?", "/api/orders/list.json?")).json()["rows"]
        return len({row["customer_id"] for row in rows})
    sales, returned, revenue = list_totals(visitor, address)
    return {
        "orders": sales, "guests": sales, "refunds": returned, "returns": -revenue
    }.get(measure, revenue)  # fmt: skip


def list_totals(visitor, address) -> tuple[int, int, D]:
    """Sales, returns and net sales, as the page says them."""
    page = visitor.opens(address).content.decode()
    heading = re.search('<h2 id="documents">(.*?)</h2>', page, re.DOTALL)[1]
    words = unescape(" ".join(re.sub("<[^>]*>", " ", heading).split())).replace(",", "")
    numbers = [D(found) for found in re.findall(r"-?\d+(?:\.\d+)?", words)]
    return int(numbers[0]), int(sum(numbers[1:-1])), numbers[-1]
