"""Files of the ledger: written beside their place, made safe on the disk, then put there whole."""

import os
import uuid
from hashlib import file_digest
from pathlib import Path

import duckdb
import pyarrow as pa
from django.conf import settings

from ledger import sources
from ledger.models import LedgerFile, Snapshot, StoredFile
from ledger.sources import is_on_disk


class Writer:
    """Writes files that nobody knows yet; those that are not kept in the end are removed."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.written: list[Path] = []
        self.kept = False

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_):
        if not self.kept:
            for path in self.written:
                path.unlink(missing_ok=True)

    def keep(self) -> None:
        self.kept = True

    def write(self, con, part: str, query: str) -> str:
        """The name of a new file with the rows of `query`."""
        name = f"{part.replace('/', '-')}-{sources.rules()}-{uuid.uuid4().hex}.parquet"
        path = self.folder / name
        started = path.with_suffix(".part")
        self.written += [started, path]
        con.execute(f"copy ({query}) to '{started}' (format parquet, compression zstd)")
        with started.open("rb") as file:
            os.fsync(file.fileno())
        started.rename(path)
        return path.name

    def write_table(self, name: str, table: pa.Table) -> str:
        """The same for rows that did not come from the books."""
        values = ", ".join(
            f"cast({n} as {kind}) as {n}" for n, kind in sources.app_tables()[name].items()
        )
        with duckdb.connect() as con:
            con.register("fitted", table)
            return self.write(con, name, f"select {values} from fitted")

    def settle(self) -> None:
        """The names are on the disk as safely as what they name."""
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def described(part: str, name: str, number: int) -> LedgerFile:
    """A new file as the snapshot of this number notes it."""
    with (settings.LEDGER_FOLDER / name).open("rb") as file:
        digest, size = file_digest(file, "sha256").hexdigest(), file.tell()
    return LedgerFile(part=part, name=name, size=size, digest=digest, first=number)


def damaged(snapshot: Snapshot) -> set[str]:
    """The parts whose file is not what was written, or is gone. All files are read."""
    return {part for part, file in snapshot.parts.items() if not is_whole(file)}


def is_whole(file: StoredFile) -> bool:
    if not is_on_disk(file):
        return False
    path = settings.LEDGER_FOLDER / file.name
    if not file.digest:
        return can_be_read(path)
    with path.open("rb") as content:
        return file_digest(content, "sha256").hexdigest() == file.digest


def can_be_read(path: Path) -> bool:
    with duckdb.connect() as con:
        try:
            con.execute(f"select bit_xor(hash(columns(*))) from read_parquet('{path}')")
        except duckdb.Error:
            return False
    return True
