"""What one order says to the database, written down, to be said again without us."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from random import Random

from django.db import connection

# Rows are numbered from here, so that no other value among those sent looks like one of them.
PRODUCTS, ORDERS = 3_000_001, 5_000_001
COMMIT = "COMMIT"
Said = list[tuple[str, tuple]]


@dataclass(frozen=True)
class Order:
    """The statements with what they were given, and which of that is another with each order."""

    said: Said
    number: str
    pk: int

    def through_the_driver(self, client: int, products: int) -> Callable[[], None]:
        """Connected, and ready to send all of it once more at each call."""
        raw = connection.get_new_connection(connection.get_connection_params())
        if connection.vendor == "sqlite":
            raw.isolation_level = None  # its BEGIN is among the statements
        chance, turns = Random(client), count()
        ours = sorted({value for _, given in self.said for value in flat(given) if bought(value)})

        def send() -> None:
            others = chance.sample(range(PRODUCTS, PRODUCTS + products), len(ours))
            new = dict(zip(ours, sorted(others), strict=True))
            new[self.number] = f"{client}-{time.time_ns()}-{next(turns)}"
            cursor = raw.cursor()
            for sql, given in self.said:
                if sql == COMMIT:
                    raw.commit()
                    continue
                cursor.execute(sql, exchanged(given, new))
                found = cursor.fetchall() if cursor.description else ()
                if self.number in given:  # the order itself: its lines need its number
                    new |= {self.pk: found[0][0], f"order:{self.pk}": f"order:{found[0][0]}"}
            raw.commit()

        return send


def recorded(buy: Callable[[], None]) -> Order:
    from orders.models import Order as Book

    number_from("orders_order", ORDERS)
    said: Said = []
    with connection.execute_wrapper(listening(said)), commits(said):
        buy()
    if connection.vendor == "sqlite":
        said = [(sql.replace("%s", "?").replace("%%", "%"), given) for sql, given in said]
    placed = Book.objects.get(pk__gte=ORDERS)
    return Order(said, placed.number, placed.pk)


def listening(said: Said) -> Callable:
    def listen(execute, sql, given, many, context):
        said.append((sql, tuple(given or ())))
        return execute(sql, given, many, context)

    return listen


class commits:
    """The commit is not a statement to Django: note its place."""

    def __init__(self, said: Said):
        self.said = said

    def __enter__(self) -> None:
        commit = connection._commit

        def noted() -> None:
            self.said.append((COMMIT, ()))
            commit()

        connection._commit = noted

    def __exit__(self, *_) -> None:
        with suppress(AttributeError):
            del connection._commit


def number_from(table: str, first: int) -> None:
    """The next row of the table gets this number."""
    sql = {
        "sqlite": [f"delete from sqlite_sequence where name = '{table}'",
                   f"insert into sqlite_sequence (name, seq) values ('{table}', {first - 1})"],
        "mysql": [f"alter table {table} auto_increment = {first}"],
        "postgresql": [f"alter table {table} alter column id restart with {first}"],
    }  # fmt: skip
    with connection.cursor() as cursor:
        for statement in sql[connection.vendor]:
            cursor.execute(statement)


def bought(value) -> bool:
    return isinstance(value, int) and PRODUCTS <= value < ORDERS


def flat(given) -> list:
    """PostgreSQL is given whole columns."""
    return [one for value in given for one in (value if isinstance(value, list) else [value])]


def exchanged(given, new: dict):
    return type(given)(
        exchanged(value, new) if isinstance(value, list) else
        new.get(value, value) if isinstance(value, int | str) else value
        for value in given
    )  # fmt: skip
