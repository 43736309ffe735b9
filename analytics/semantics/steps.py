"""Steps of a long query, each compiled once for all queries that have it.

Ibis takes longer to compile a query than the engine to run it, and the levels of a question have
most of their steps in common: the rows of the shop, the first order of each customer.
"""

import re
from functools import lru_cache
from hashlib import sha256

import ibis
from ibis import Table
from ibis.expr.operations import Relation

from ledger.engine import engine

STEP = re.compile("step_[0-9a-f]{16}")
statements: dict[str, str] = {}  # by the name of the step: as many as questions have shapes


def step(table: Table) -> Table:
    """The same rows, under a name that `with_steps` resolves."""
    return ibis.table(table.schema(), name=step_name(table.op()))


@lru_cache(4096)
def step_name(relation: Relation) -> str:
    sql = engine().compile(relation.to_expr())
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
