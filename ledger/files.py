"""Files of the ledger: written under another name, synced to the disk, then renamed."""

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
    """Writes new files; on leaving the block they are removed unless `keep` was called."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.written: list[Path] = []
        self.is_kept = False

    def __enter__(self) -> "Writer":
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        if not self.is_kept:
            for path in self.written:
                path.unlink(missing_ok=True)

    def keep(self) -> None:
        self.is_kept = True

    def write(self, con: duckdb.DuckDBPyConnection, part: str, query: str) -> str:
        """Write the rows of `query`; returns the name of the new file."""
        name = f"{part.replace('/', '-')}-{sources.schema_version()}-{uuid.uuid4().hex}.parquet"
        path = self.folder / name
        partial = path.with_suffix(".part")
        # Noted before writing: a copy that fails leaves a part of the file behind.
        self.written += [partial, path]
        con.execute(f"copy ({query}) to '{partial}' (format parquet, compression zstd)")
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.rename(path)
        return path.name

    def write_table(self, name: str, table: pa.Table) -> str:
        """The same for rows that do not come from the books."""
        values = ", ".join(
            f"cast({n} as {kind}) as {n}" for n, kind in sources.app_tables()[name].items()
        )
        with duckdb.connect() as con:
            con.register("fitted", table)
            return self.write(con, name, f"select {values} from fitted")

    def fsync_directory(self) -> None:
        """Sync the names of the files to the disk; their contents are synced when written."""
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def new_ledger_file(part: str, name: str, number: int) -> LedgerFile:
    """The row of a new file that first belongs to the snapshot of this number."""
    with (settings.LEDGER_FOLDER / name).open("rb") as file:
        digest, size = file_digest(file, "sha256").hexdigest(), file.tell()
    return LedgerFile(part=part, name=name, size=size, digest=digest, first=number)


def damaged_parts(snapshot: Snapshot) -> set[str]:
    """The parts whose file is missing or differs from what was written. Reads all files."""
    return {part for part, file in snapshot.parts.items() if not is_whole(file)}


def is_whole(file: StoredFile) -> bool:
    if not is_on_disk(file):
        return False
    path = settings.LEDGER_FOLDER / file.name
    if not file.digest:
        return is_readable(path)
    with path.open("rb") as content:
        return file_digest(content, "sha256").hexdigest() == file.digest


def is_readable(path: Path) -> bool:
    with duckdb.connect() as con:
        try:
            # The hash needs every value; count(*) would read only the footer.
            con.execute(f"select bit_xor(hash(columns(*))) from read_parquet('{path}')")
        except duckdb.Error:
            return False
    return True
