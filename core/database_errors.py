"""Recognizes failures outside the program: a locked or lost database, a full disk, a lost race.

Each database has its own codes for the same failure. Codes are compared, and the wording only where
a driver gives none.
"""

import errno
from collections.abc import Iterator

from django.db import IntegrityError, InterfaceError, OperationalError

# The numbers of MariaDB and MySQL, the SQLSTATEs of PostgreSQL, the names of SQLite.
LOCKED = {
    *(1020, 1205, 1213),  # changed since it was read, lock wait timeout, deadlock
    *("40001", "40P01", "55P03"),  # serialization failure, deadlock, lock not available
    *("SQLITE_BUSY", "SQLITE_LOCKED"),
}
LOST = {
    # Too many connections, server stops, query or connection killed or timed out, not reachable.
    *(1040, 1053, 1203, 1317, 1927, 1969, 2002, 2003, 2006, 2013, 2055, 4031),
    # Query canceled, server stops, crashed or starts, idle session ended, too many connections.
    *("57014", "57P01", "57P02", "57P03", "57P05", "53300"),
}
# SQLITE_IOERR_SHMSIZE: there is no room to enlarge the shared-memory file of the WAL.
FULL = {*(1021, 1114), "53100", *("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE")}
# Unique, foreign key, check and exclusion. Not "not null": no other request can cause that.
RACES = {
    *(1062, 1451, 1452, 3819, 4025),
    *("23503", "23505", "23514", "23P01"),
    *(f"SQLITE_CONSTRAINT_{kind}" for kind in ("CHECK", "FOREIGNKEY", "PRIMARYKEY", "UNIQUE")),
}
DEADLOCK = {1213, "40P01"}
LOCKED_WORDS = ("is locked", "deadlock", "lock wait timeout")
LOST_WORDS = ("gone away", "connection already closed", "connection is closed", "lost connection")
# The error 28 that MariaDB quotes is the operating system's ENOSPC.
FULL_WORDS = ("no space left on device", "disk quota exceeded", "disk is full", "got error 28 ")


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and the errors it was raised from."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        # `raise … from` can close a circle.
        seen.add(id(error))
        yield error
        error = error.__cause__


def code_of(error: BaseException) -> int | str:
    """The database's own error code, or "" if there is none."""
    for cause in causes(error):
        if code := getattr(cause, "sqlite_errorname", "") or getattr(cause, "sqlstate", ""):
            # also SQLITE_BUSY_SNAPSHOT and the like
            return "SQLITE_BUSY" if code.startswith("SQLITE_BUSY") else code
        # mysqlclient has no attribute for the code: it is the first argument.
        if cause.args and isinstance(cause.args[0], int):
            return cause.args[0]
    return ""


def says(error: BaseException, words: tuple[str, ...]) -> bool:
    text = str(error).lower()
    return any(word in text for word in words)


def is_locked(error: BaseException) -> bool:
    """Other writers held a lock for longer than the timeout."""
    if not isinstance(error, OperationalError):
        return False
    return code_of(error) in LOCKED or says(error, LOCKED_WORDS)


def is_deadlock(error: BaseException) -> bool:
    """Two transactions waited for each other, and the database rolled this one back."""
    return isinstance(error, OperationalError) and (
        code_of(error) in DEADLOCK or says(error, ("deadlock",))
    )


def is_lost(error: BaseException) -> bool:
    """The database cannot be reached or has closed the connection."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    code = code_of(error)
    # 08 is the class "connection exception" of SQLSTATE.
    if code in LOST or str(code).startswith("08") or says(error, LOST_WORDS):
        return True
    # psycopg has no code when the server was never reached.
    return not code and isinstance(error, OperationalError) and of_postgresql(error)


def of_postgresql(error: BaseException) -> bool:
    return type(error.__cause__).__module__.startswith("psycopg")


def is_full(error: BaseException) -> bool:
    """A disk is full: of the database, the ledger or files."""
    for cause in causes(error):
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if says(cause, FULL_WORDS):
            return True
    return isinstance(error, OperationalError) and code_of(error) in FULL


def is_race(error: BaseException) -> bool:
    """A constraint rejected what an earlier check had allowed: another request was faster."""
    return isinstance(error, IntegrityError) and code_of(error) in RACES
