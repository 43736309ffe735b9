"""Text and names as SQL writes them."""

from pathlib import Path


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def quoted(text: str | Path) -> str:
    return "'" + str(text).replace("'", "''") + "'"
