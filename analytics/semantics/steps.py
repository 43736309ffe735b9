"""Steps of a long query, each compiled once for all queries that have it.

Ibis takes longer to compile a query than the engine to run it, and the levels of a question have
most of their steps in common: the rows of the shop, the first order of each customer.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import sha256

import ibis
from ibis import Table, Value
from ibis.common.deferred import Deferred
from ibis.expr.operations import Field, Relation

from ledger.engine import engine

STEP = re.compile("step_[0-9a-f]{16}")
statements: dict[str, str] = {}  # by the name of the step: as many as questions have shapes


def step(table: Table) -> Table:
    """The same rows, under a name that `with_steps` resolves."""
    return ibis.table(table.schema(), name=step_name(table.op()))


@lru_cache(4096)
def step_name(relation: Relation) -> str:
    return named(engine().compile(relation.to_expr()))


def grouping_sets(grouped: Table, sets: Iterable[Sequence[int]]) -> Table:
    """The groups by each of these sets of keys (the first is 1), from one pass over the rows. Ibis
    has no word for it; `grouped` is a table that it groups by all keys."""
    select, by, _ordinals = engine().compile(grouped).rpartition(" GROUP BY ")
    texts = (f"({', '.join(map(str, keys))})" for keys in sets)
    name = named(f"{select}{by}GROUPING SETS ({', '.join(texts)})")
    return ibis.table(grouped.schema(), name=name)


def named(sql: str) -> str:
    name = f"step_{sha256(sql.encode()).hexdigest()[:16]}"
    statements[name] = sql
    return name


def with_steps(sql: str) -> str:
    """The query with a `with` clause for its steps and for theirs, those that are read first."""
    names: dict[str, None] = {}
    add_steps(sql, names)
    if not names:
        return sql
    steps = ", ".join(f"{name} {engine().inlined} ({statements[name]})" for name in names)
    return f"WITH {steps}, {sql[5:]}" if sql.startswith("WITH ") else f"WITH {steps} {sql}"


def add_steps(sql: str, names: dict[str, None]) -> None:
    for name in dict.fromkeys(STEP.findall(sql)):
        if name not in names:
            add_steps(statements[name], names)
            names[name] = None


def columns_read(rows: Table, expressions: Iterable[Value | Deferred]) -> list[str]:
    """The columns that are read by these expressions, by calendars, or by how orders are counted
    (measures.py)."""
    # Lines that are equal in all of these are two all the same.
    always = {"line_id", "order_id", "placed_at", "day", "shipping", "first_of_product"}
    fields = (field for each in expressions for field in bound(rows, each).op().find(Field))
    read = always | {field.name for field in fields}
    return [name for name in rows.columns if name in read]


def bound(rows: Table, expression: Value | Deferred) -> Value:
    return expression.resolve(rows) if isinstance(expression, Deferred) else expression
