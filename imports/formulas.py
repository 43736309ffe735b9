"""Cells that a spreadsheet would take for a formula: made harmless in what we hand out.

A rejected row goes out, is mended in a spreadsheet and comes back. Nobody who opens it may run what
a stranger once typed as a name, and nothing may come back changed: so a text that begins like a
formula gets an apostrophe, which is taken off again when the file comes back.
"""

import re

FORMULA = re.compile(r"'*[=+\-@\t\r]")
NUMBER = re.compile(r"[+-]?[0-9.,]*[0-9][0-9.,]*([eE][+-]?[0-9]+)?")
GUARDED = r"^'('*[=+\-@\t\r])"


def escaped(text: str) -> str:
    """Harmless in a spreadsheet; numbers stay as they are."""
    return f"'{text}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else text


def unescaped(text: str) -> str:
    return re.sub(GUARDED, r"\1", text)


def unescaped_sql(column: str) -> str:
    pattern = GUARDED.replace("'", "''")
    return rf"""regexp_replace("{column}", '{pattern}', '\1') as "{column}" """
