"""Returns of many lines: few statements, and all of it or nothing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Inventory
from catalog.services import stock_differences
from orders import services
from orders.models import OrderItem
from orders.returns import TooManyReturned, count_as_returned

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold(shop):
    """A paid order of so many products, one more unit of each than of the one before."""

    def sell(products, most=5):
        lines = [(shop.product(f"P{products}-{n}"), n % most + 1) for n in range(products)]
        return services.pay(shop.sell(*lines))

    return sell


def everything_of(sale):
    return {item: item.quantity for item in sale.items.all()}


def statements(work):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        work()
    return [query["sql"] for query in queries]


def test_a_return_takes_as_many_statements_with_forty_lines_as_with_ten(sold):
    few, many = sold(10), sold(40)
    of_few, of_many = everything_of(few), everything_of(many)
    first = statements(lambda: services.return_items(few, of_few))
    assert len(statements(lambda: services.return_items(many, of_many))) == len(first)
    assert {item.returned for item in many.items.all() if item.quantity == 3} == {3}


def test_units_back_in_stock_are_one_update_a_product(sold):
    few, many = sold(10), sold(40)
    of_few, of_many = everything_of(few), everything_of(many)
    first = statements(lambda: services.return_items(few, of_few, restock=True))
    more = statements(lambda: services.return_items(many, of_many, restock=True))
    assert len(more) - len(first) == 30
    assert {*Inventory.objects.values_list("quantity", flat=True)} == {100}
    assert stock_differences() == []


def test_a_line_with_too_few_units_left_returns_nothing_of_the_others(sold):
    sale = sold(3)
    last = sale.items.last()
    services.return_items(sale, {last: 1})
    with pytest.raises(TooManyReturned, match=f"Cannot return 3 of item {last.pk}: 2 can be"):
        services.return_items(sale, everything_of(sale))
    assert list(sale.items.order_by("pk").values_list("returned", flat=True)) == [0, 0, 1]


def test_what_was_returned_since_the_lines_were_read_is_not_returned_again(sold):
    sale = sold(3)
    read_before = everything_of(sale)
    services.return_items(sale, {sale.items.first(): 1})
    with pytest.raises(TooManyReturned, match="at the same moment"):
        count_as_returned(read_before)
    assert not OrderItem.objects.filter(returned__gt=1).exists()
