"""Records the SQL of one order, and replays it through the database driver alone."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from random import Random
from unittest.mock import patch

from django.db import connection

# Ids start here, so that no other value among the parameters is equal to one of them.
PRODUCTS, ORDERS = 3_000_001, 5_000_001
COMMIT = "COMMIT"
Statements = list[tuple[str, tuple]]


@dataclass(frozen=True)
class RecordedOrder:
    statements: Statements
    number: str
    pk: int

    def replayer(self, client: int, products: int) -> Callable[[], None]:
        """A connected function that places one such order, of other products, at each call."""
        raw = connection.get_new_connection(connection.get_connection_params())
        if connection.vendor == "sqlite":
            raw.isolation_level = None  # BEGIN is among the statements
        random, indexes = Random(client), count()
        recorded = sorted({value for _, params in self.statements for value in flatten(params)
                           if isinstance(value, int) and PRODUCTS <= value < ORDERS})  # fmt: skip

        def replay() -> None:
            # In ascending order, as recorded: rows are locked in the order of their ids.
            chosen = sorted(random.sample(range(PRODUCTS, PRODUCTS + products), len(recorded)))
            number = f"{client}-{time.time_ns()}-{next(indexes)}"
            new = dict(zip(recorded, chosen, strict=True))
            self.execute(raw, {self.number: number, **new})

        return replay

    def execute(self, raw, new: dict) -> None:
        cursor = raw.cursor()
        for sql, params in self.statements:
            if sql == COMMIT:
                raw.commit()
                continue
            cursor.execute(sql, replace_values(params, new))
            rows = cursor.fetchall() if cursor.description else []
            if self.number in params:  # the order itself, whose id its lines refer to
                new |= {self.pk: rows[0][0], f"order:{self.pk}": f"order:{rows[0][0]}"}
        raw.commit()


def record_order(place: Callable[[], None]) -> RecordedOrder:
    from orders.models import Order

    statements: Statements = []
    commit = connection._commit

    def record(execute, sql, params, many, context):
        statements.append((sql, tuple(params or ())))
        return execute(sql, params, many, context)

    def record_commit() -> None:  # Django does not pass commits to `execute_wrapper`
        statements.append((COMMIT, ()))
        commit()

    set_next_id("orders_order", ORDERS)
    with connection.execute_wrapper(record), patch.object(connection, "_commit", record_commit):
        place()
    if connection.vendor == "sqlite":
        statements = [(sql.replace("%s", "?").replace("%%", "%"), params)
                      for sql, params in statements]  # fmt: skip
    order = Order.objects.get(pk__gte=ORDERS)
    return RecordedOrder(statements, order.number, order.pk)


def set_next_id(table: str, first: int) -> None:
    sql = {
        "sqlite": [f"delete from sqlite_sequence where name = '{table}'",
                   f"insert into sqlite_sequence (name, seq) values ('{table}', {first - 1})"],
        "mysql": [f"alter table {table} auto_increment = {first}"],
        "postgresql": [f"alter table {table} alter column id restart with {first}"],
    }  # fmt: skip
    with connection.cursor() as cursor:
        for statement in sql[connection.vendor]:
            cursor.execute(statement)


def flatten(params: tuple) -> list:
    """On PostgreSQL a parameter can be a whole column."""
    return [v for param in params for v in (param if isinstance(param, list) else [param])]


def replace_values(params, new: dict):
    return type(params)(
        replace_values(value, new) if isinstance(value, list) else
        new.get(value, value) if isinstance(value, int | str) else value
        for value in params
    )  # fmt: skip
