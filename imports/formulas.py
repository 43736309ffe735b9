"""Escape cells that a spreadsheet would run as a formula, in files of rejected rows.

These files are corrected in a spreadsheet and imported again. Opening one must not run what a
stranger once entered as a name, and no value may change on the way: a text that begins like a
formula gets an apostrophe, which is removed when the file is imported.
"""

import re

# With apostrophes before it too: removing one must give back exactly what was escaped.
FORMULA = re.compile(r"'*[=+\-@\t\r]")
NUMBER = re.compile(r"[+-]?[0-9.,]*[0-9][0-9.,]*([eE][+-]?[0-9]+)?")
ESCAPED = r"^'('*[=+\-@\t\r])"


def escaped(text: str) -> str:
    """Escaped if a spreadsheet would run it as a formula; numbers stay as they are."""
    return f"'{text}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else text


def unescaped(text: str) -> str:
    return re.sub(ESCAPED, r"\1", text)


def unescaped_sql(column: str) -> str:
    pattern = ESCAPED.replace("'", "''")
    return rf"""regexp_replace("{column}", '{pattern}', '\1') as "{column}" """
