"""The ledger of many lines is one that reports can read: other ids and years, the same figures."""

import sqlite3
from contextlib import closing

import duckdb
import pytest

from bench.many_lines import multiply_ledger, multiply_month
from ledger import build
from ledger.sources import table_files

pytestmark = pytest.mark.once


@pytest.fixture
def multiplied(shop):
    mug, cup = shop.product("mug"), shop.product("cup")
    shop.sell((mug, 2), (cup, 1), on="2026-02-28")
    shop.sell((cup, 1), on="2026-03-05")
    build.current(0)
    return multiply_ledger(20)


def rows(snapshot, sql):
    with duckdb.connect() as con:
        for table, paths in table_files(snapshot).items():
            if paths:
                con.execute(f'create view "{table}" as from read_parquet({paths})')
        return con.execute(sql).fetchall()


def test_each_year_has_its_copies_on_the_same_days(multiplied):
    found = rows(
        multiplied, "select day::text, count(*), sum(units) from lines group by 1 order by 1"
    )
    expected = [
        row
        for year in range(2017, 2027)
        for row in ((f"{year}-02-28", 4, 6), (f"{year}-03-05", 2, 2))
    ]
    assert found == expected
    assert len([part for part in multiplied.files if part.startswith("lines/")]) == 20


def test_copies_have_orders_lines_and_customers_of_their_own(multiplied):
    assert rows(multiplied, "select count(distinct line_id) from lines") == [(60,)]
    assert rows(multiplied, "select count(*), count(distinct order_id), count(distinct number), "
                "count(distinct customer_id) from orders") == [(40, 40, 40, 20)]  # fmt: skip
    assert rows(multiplied, "select count(*) from lines join orders using (order_id) "
                "join customers on customers.customer_id = orders.customer_id "
                "where lines.day = orders.day") == [(60,)]  # fmt: skip


def test_a_file_is_sorted_as_the_ledger_sorts_it(multiplied):
    ordered = "row_number() over (order by day, order_id, product_id, line_id)"
    file = table_files(multiplied)["lines"][0]
    with duckdb.connect() as con:
        found = con.execute(f"""select bool_and(sorted = file_row_number + 1)
            from (select file_row_number, {ordered} as sorted
                from read_parquet('{file}', file_row_number = true))""").fetchall()
    assert found == [(True,)]


def test_a_month_of_the_books_is_multiplied(tmp_path):
    books = tmp_path / "books.sqlite3"
    with closing(sqlite3.connect(books)) as con, con:
        con.execute("create table orders_order (id integer primary key, number, placed_on)")
        con.execute("create table orders_orderitem (id integer primary key, order_id, quantity)")
        con.executemany("insert into orders_order values (?, ?, ?)",
                        [(1, "A", "2011-10-31"), (2, "B", "2011-11-01")])  # fmt: skip
        con.executemany("insert into orders_orderitem values (?, ?, ?)",
                        [(1, 1, 5), (2, 2, 6), (3, 2, 7)])  # fmt: skip
    assert multiply_month(books, "2011-11", 3) == 6
    with closing(sqlite3.connect(books)) as con:
        assert con.execute("select * from orders_order").fetchall() == [
            (1, "A", "2011-10-31"),
            (2, "B", "2011-11-01"),
            (4, "B-1", "2011-11-01"),
            (6, "B-2", "2011-11-01"),
        ]
        items = "select id, order_id, quantity from orders_orderitem where id > 3 order by id"
        assert con.execute(items).fetchall() == [(5, 4, 6), (6, 4, 7), (8, 6, 6), (9, 6, 7)]
