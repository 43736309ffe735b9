"""Every number of Explore leads to the orders behind it: their list comes to that number."""

import random
import re
from decimal import Decimal as D
from html import unescape

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.datastructures import MultiValueDict

from analytics.pages.pivot_links import PivotLinks
from analytics.query.pivot import Pivot
from analytics.query.run import run_report
from analytics.semantics.filters import Reader
from analytics.semantics.kinds import display
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
