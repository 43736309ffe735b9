"""The small mistakes that can be made in a file of code: each changes one place of its text."""

import ast
import re
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from itertools import accumulate

SWAPPED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
SQL = {
    b"<": b"<=", b"<=": b"<", b">": b">=", b">=": b">", b"=": b"<>", b"<>": b"=", b"+": b"-",
    b"-": b"+", b"*": b"/", b"and": b"or", b"or": b"and", b"is null": b"is not null",
    b"is not null": b"is null", b"not in": b"in", b"left join": b"join", b"sum(": b"max(",
    b"min(": b"max(", b"max(": b"min(", b"arg_max(": b"arg_min(",
}  # fmt: skip
WORDS = b"|".join(map(re.escape, sorted(SQL, reverse=True)))
SIGN = re.compile(rb"(?<=\s)(?<!select )(?:%s)(?=\s|(?<=\())" % WORDS)
# What SQL has and prose has not: texts without it are left as they are.
IS_SQL = re.compile(rb"\b(select|case when|coalesce|set)\b| is (not )?null| (<>|[<>]=?) ")
# Without these nothing works at all, or only slower: there is nothing to find out.
NEEDED = {"property", "cached_property", "contextmanager", "dataclass", "classmethod", "cache"}


@dataclass(frozen=True)
class Mistake:
    path: str
    lines: range  # of the statement that it is in; none of what runs at the import
    source: bytes
    start: int
    end: int
    after: bytes

    @property
    def text(self) -> bytes:
        return self.source[: self.start] + self.after + self.source[self.end :]

    def __str__(self):
        """Its line, with what is there and what stands there instead in brackets."""
        first = self.source.rfind(b"\n", 0, self.start) + 1
        last = self.source.find(b"\n", self.end)
        what = " ".join(self.source[self.start : self.end].decode().split())[:60]
        before, after = self.source[first : self.start], self.source[self.end : last]
        line = f"{before.decode()}[{what} → {self.after.decode()}]{after.decode()}"
        return f"{self.path}: {line.strip()}"


class File:
    def __init__(self, path: str, source: bytes):
        self.path, self.source = path, source
        lengths = [len(line) for line in source.splitlines(keepends=True)]
        self.starts = [0, *accumulate(lengths)]

    def mistakes(self, within: str = "") -> list[Mistake]:
        """All that can be made here, or in what has the name `within`, in their order."""
        found = {}
        for node, lines in nodes(ast.parse(self.source), None, within):
            for start, end, after in self.changes(node):
                found[start, end, after] = lines
        every = [Mistake(self.path, found[key], self.source, *key) for key in sorted(found)]
        return [mistake for mistake in every if is_code(mistake.text)]

    def place(self, node) -> tuple[int, int]:
        start = self.starts[node.lineno - 1] + node.col_offset
        return start, self.starts[node.end_lineno - 1] + node.end_col_offset

    def text(self, node) -> str:
        return self.source[slice(*self.place(node))].decode()

    def changes(self, node) -> Iterator[tuple[int, int, bytes]]:
        """From where to where in the file, and what stands there instead."""
        for part, after in self.instead(node):
            yield *self.place(part), after.encode()
        if isinstance(node, (ast.Constant, ast.JoinedStr)):
            yield from self.in_sql(*self.place(node))

    def in_sql(self, start, end) -> Iterator[tuple[int, int, bytes]]:
        text = self.source[start:end]
        for sign in SIGN.finditer(text) if IS_SQL.search(text) else ():
            if b"between" not in text[max(0, sign.start() - 40) : sign.start()]:
                yield start + sign.start(), start + sign.end(), SQL[sign[0]]

    def instead(self, node) -> Iterator[tuple[ast.AST, str]]:
        """Parts of the node, and the code that takes the place of each."""
        match node:
            case ast.Compare(ops=[*ops], comparators=[*others]):
                for n, op in enumerate(ops):
                    swapped = [*ops[:n], SWAPPED[type(op)](), *ops[n + 1 :]]
                    yield node, changed(node, ops=swapped)
                for side in [node.left, *others]:
                    if isinstance(side, ast.Constant) and isinstance(side.value, str):
                        yield side, repr(side.value + "?")
            case ast.BinOp(op=op) | ast.BoolOp(op=op) if type(op) in SWAPPED:
                yield node, changed(node, op=SWAPPED[type(op)]())
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield node, f"({self.text(operand)})"
            case ast.Constant(value=bool(value)):
                yield node, repr(not value)
            case ast.Constant(value=int(value)):
                yield node, repr(value + 1)
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
                yield from self.negated([test])
            case ast.comprehension(ifs=tests):
                yield from self.negated(tests)
            case ast.Return(value=ast.expr()):
                yield node, "return None"
            case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise():
                yield node, "pass"
            case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
                yield node, "pass"
            case ast.FunctionDef(decorator_list=[*decorators]):
                for decorator in decorators:
                    if not NEEDED & {*re.findall(r"\w+", self.text(decorator))}:
                        yield decorator, "(lambda made: made)"

    def negated(self, tests) -> Iterator[tuple[ast.AST, str]]:
        """Unless to swap the sign, or to leave out the `not`, does the same."""
        for test in tests:
            match test:
                case ast.UnaryOp(op=ast.Not()):
                    pass
                case ast.Compare(ops=[ast.Eq() | ast.NotEq() | ast.Is() | ast.IsNot()]):
                    pass
                case ast.Compare(ops=[ast.In() | ast.NotIn()]):
                    pass
                case _:
                    yield test, f"(not ({self.text(test)}))"


def changed(node, **fields) -> str:
    """The code of a node with other fields."""
    other = copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return f"({ast.unparse(other)})"


def nodes(node, lines: range | None, within: str) -> Iterator[tuple[ast.AST, range]]:
    """Every node with the lines of its statement; of what has a body, of its head."""
    if isinstance(node, (ast.Import, ast.ImportFrom)) or is_text(node):
        return
    if isinstance(node, ast.stmt) and lines is not None:
        body = getattr(node, "body", None)
        lines = range(node.lineno, body[0].lineno if body else node.end_lineno + 1)
    if getattr(node, "name", None) == within:
        within = ""
    if not within:
        yield node, lines or range(0)
    if isinstance(node, ast.JoinedStr):  # what is inside has no places of its own
        return
    hints = getattr(node, "annotation", None), getattr(node, "returns", None)
    body = node.body if isinstance(node, ast.FunctionDef) else ()
    for child in ast.iter_child_nodes(node):
        if child not in hints:
            yield from nodes(child, range(0) if child in body else lines, within)


def is_text(node) -> bool:
    """A text that stands alone explains the code."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def is_code(text: bytes) -> bool:
    try:
        compile(text, "", "exec")
    except SyntaxError:
        return False
    return True
