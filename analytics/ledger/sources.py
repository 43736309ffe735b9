"""Where the rows of a snapshot lie."""

import os
from hashlib import sha256

from django.conf import settings

from analytics.ledger.fitted import FITTED
from analytics.ledger.parts import DOCUMENTS, PARTS, WHOLE

COLUMNS = {name: part.columns for name, part in PARTS.items()} | FITTED

# Stands in the name of every file: what other rules made, or another time zone, is made anew.
RULES = sha256(repr([DOCUMENTS, PARTS, FITTED]).encode()).hexdigest()[:8]


def sources(snapshot) -> dict[str, list[str]]:
    """The files of each table, the months in their order. What a fit wrote may be missing."""
    found: dict[str, list[str]] = {name: [] for name in COLUMNS}
    for part, file in sorted(snapshot.parts.items()):
        name = part.partition("/")[0]
        if name in PARTS or (name in FITTED and is_there(file)):
            found[name].append(f"{settings.LEDGER_FOLDER}/{file.name}")
    return found


def lost(snapshot) -> set[str]:
    """Parts whose file is gone or cut off, or was written by other rules than those of today."""
    files = dict.fromkeys(WHOLE) | snapshot.books()
    return {part for part, file in files.items() if not is_there(file)}


def is_there(file) -> bool:
    """Whether it can be read as it was written, by the rules of today."""
    return file is not None and RULES in file.name and is_on_disk(file)


def is_on_disk(file) -> bool:
    """Asked very often: only the size is compared."""
    try:
        size = os.stat(f"{settings.LEDGER_FOLDER}/{file.name}").st_size
    except OSError:
        return False
    return file.size in (None, size)
