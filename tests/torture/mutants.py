"""Mutation testing: change one place of the code, run the tests that reach it, expect a failure.

`make coverage` records which tests reach which line; `make mutants N=200 SEED=7` draws a sample.
docs/reliability.md says why this is neither mutmut nor cosmic-ray.
"""

import argparse
import ast
import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from coverage import CoverageData

ROOT = Path(__file__).parents[2]
# The code where a mistake costs most.
SOURCES = ("orders/**/*.py", "imports/**/*.py", "ledger/*.py", "core/scope.py")
# Spark and the ways to write to database servers do not run in the tests on SQLite.
EXCLUDED = ("/tests/", "/migrations/", "ledger/spark")
SECONDS = 300  # for all tests of one mutant

OPPOSITES = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
SQL_OPPOSITES = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "<>", "<>": "=", "+": "-", "-": "+",
    "and": "or", "or": "and", "is null": "is not null", "is not null": "is null",
    "left join": "join", "sum(": "max(", "min(": "max(", "max(": "min(",
}  # fmt: skip
SQL_WORDS = "|".join(map(re.escape, sorted(SQL_OPPOSITES, reverse=True)))
SQL_OPERATOR = re.compile(rf"(?<=\s)(?:{SQL_WORDS})(?=\s|(?<=\())")
LOOKS_LIKE_SQL = re.compile(r"\b(select|case when|coalesce|set)\b| is (not )?null| (<>|[<>]=?) ")


@dataclass
class Mutant:
    """One node of a file's syntax tree, what takes its place, and the lines of its statement."""

    path: str
    tree: ast.Module
    parent: ast.AST
    field: str
    index: int | None
    replacement: ast.AST
    lines: range  # empty for code that runs at import

    def code(self) -> str:
        original = self._swap(self.replacement)
        try:
            return ast.unparse(self.tree)
        finally:
            self._swap(original)

    def __str__(self) -> str:
        original = getattr(self.parent, self.field)
        original = original if self.index is None else original[self.index]
        before, after = ast.unparse(original), ast.unparse(self.replacement)
        return f"{self.path}:{original.lineno}: {before[:120]} → {after[:120]}"

    def _swap(self, node: ast.AST) -> ast.AST:
        if self.index is None:
            original = getattr(self.parent, self.field)
            setattr(self.parent, self.field, node)
        else:
            children = getattr(self.parent, self.field)
            original, children[self.index] = children[self.index], node
        return original


def all_mutants() -> Iterator[Mutant]:
    paths = {str(p.relative_to(ROOT)) for pattern in SOURCES for p in ROOT.glob(pattern)}
    for path in sorted(paths):
        if not any(part in path for part in EXCLUDED):
            tree = ast.parse((ROOT / path).read_text())
            yield from mutants_below(tree, path, tree, range(0), in_function=False)


def mutants_below(node, path, tree, lines, in_function) -> Iterator[Mutant]:
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns"):
            continue
        for index, child in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(child, ast.AST) or is_skipped(child):
                continue
            inside = in_function or (isinstance(node, ast.FunctionDef) and field == "body")
            own_lines = statement_lines(child) if isinstance(child, ast.stmt) and inside else lines
            at = index if isinstance(value, list) else None
            for replacement in replacements(child, field):
                yield Mutant(path, tree, node, field, at, replacement, own_lines)
            yield from mutants_below(child, path, tree, own_lines, inside)


def is_skipped(node: ast.AST) -> bool:
    """Imports and docstrings."""
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return docstring or isinstance(node, ast.Import | ast.ImportFrom)


def statement_lines(statement: ast.stmt) -> range:
    """The whole statement, or the head of a compound one."""
    body = getattr(statement, "body", None)
    return range(statement.lineno, body[0].lineno if body else statement.end_lineno + 1)


def replacements(node: ast.AST, field: str) -> Iterator[ast.AST]:
    if field == "decorator_list":
        yield ast.parse("lambda function: function", mode="eval").body
    match node:
        case ast.Compare(ops=[op]):
            yield ast.Compare(node.left, [OPPOSITES[type(op)]()], node.comparators)
        case ast.BinOp(op=op) if type(op) in OPPOSITES:
            yield ast.BinOp(node.left, OPPOSITES[type(op)](), node.right)
        case ast.BoolOp(op=op):
            yield ast.BoolOp(OPPOSITES[type(op)](), node.values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield ast.Constant(value + 1)
        case ast.Constant(value=str(value)) if LOOKS_LIKE_SQL.search(value):
            for found in SQL_OPERATOR.finditer(value):
                swapped = SQL_OPPOSITES[found[0]]
                yield ast.Constant(value[: found.start()] + swapped + value[found.end() :])
        case ast.Return(value=ast.expr()):
            yield ast.Return(None)
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise():
            yield ast.Pass()
    if field == "test" or field == "ifs":
        yield ast.UnaryOp(ast.Not(), node)


def sample(mutants: list[Mutant], size: int, seed: int) -> list[Mutant]:
    """One mutant from each of `size` equal stretches, so that every file has its share. The order
    is random: a run that is interrupted is a fair sample too."""
    chance, size = random.Random(seed), min(size, len(mutants))
    edges = [round(n * len(mutants) / size) for n in range(size + 1)]
    drawn = [mutants[chance.randrange(*edges[n : n + 2])] for n in range(size)]
    return chance.sample(drawn, size)


class Reach:
    """Which tests reach a line, as `make coverage` recorded it."""

    def __init__(self):
        self.data = CoverageData(str(ROOT / "var/coverage"))
        self.data.read()

    def tests(self, mutant: Mutant) -> list[str]:
        """Those of the lines; for code that runs at import, all tests of its app."""
        by_line = self.data.contexts_by_lineno(str(ROOT / mutant.path))
        contexts = {context for line in mutant.lines for context in by_line.get(line, ())}
        app = f"{mutant.path.partition('/')[0]}/tests"
        return sorted(c.rpartition("|")[0] for c in contexts if c) if mutant.lines else [app]


def outcome(mutant: Mutant, tests: list[str], copy: Path) -> str:
    """killed, survived, timeout, or unreached."""
    if not tests:
        return "unreached"
    (copy / mutant.path).write_text(mutant.code())
    command = [sys.executable, "-m", "pytest", "-x", "-n", "0", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(
            [*command, *tests], cwd=copy, timeout=SECONDS, check=False, capture_output=True,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        return "killed" if done.returncode else "survived"
    except subprocess.TimeoutExpired:
        return "timeout"
    finally:
        shutil.copy(ROOT / mutant.path, copy / mutant.path)
        for database in copy.glob("var/test-*.sqlite3*"):
            database.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=200, help="size of the sample")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    mutants, reach, counts = list(all_mutants()), Reach(), Counter()
    with TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder, "code")
        ignored = shutil.ignore_patterns(".git", ".venv", "var", ".*_cache", ".hypothesis")
        shutil.copytree(ROOT, copy, ignore=ignored)
        for mutant in sample(mutants, options.n, options.seed):
            result = outcome(mutant, reach.tests(mutant), copy)
            counts[result] += 1
            if result != "killed":
                print(f"{result}: {mutant}", flush=True)
    print(f"{dict(counts)} of {len(mutants)} possible; repeat with SEED={options.seed}")


if __name__ == "__main__":
    main()
