"""Why a backup cannot be written or restored, and how the commands say so."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
from django.core.management.base import CommandError
from django.db import DatabaseError


class BackupError(Exception):
    """The backup cannot be restored here."""


class InvalidBackup(BackupError):
    """The file is not a Ledgerlight backup, or it is incomplete or damaged."""


class RestoreRefused(BackupError):
    """The backup is valid but does not fit this installation; nothing was changed."""


@contextmanager
def command_errors(outcome: str) -> Iterator[None]:
    """Report expected failures as a CommandError that ends with the outcome for the user."""
    try:
        yield
    # duckdb.Error, as a restore also builds the ledger.
    except (BackupError, OSError, DatabaseError, duckdb.Error, ValueError) as error:
        raise CommandError(f"{error} {outcome}") from error
