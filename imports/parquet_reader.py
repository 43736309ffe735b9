"""The child process that reads Parquet: imports.parquet_reader FILE OUT.csv ROWS CELLS COLUMNS

A kilobyte of Parquet may hold a billion equal rows: limits apply to the rows that are written.
"""

import sys
from typing import Any

import duckdb

from imports.child_process import Refused, run_limited
from imports.sql import quoted

MEMORY = 600 * 1024**2  # of addresses, of which a third is used
CPU_SECONDS = 10


def convert_parquet(source: str, target: str, rows: str, cells: str, columns: str) -> None:
    # No temporary files: a file that needs more memory than this is refused.
    config: dict[str, Any] = {"threads": 1, "memory_limit": "150MB", "temp_directory": ""}
    with duckdb.connect(config=config) as con:
        try:
            width = len(con.execute("describe from read_parquet(?)", [source]).fetchall())
            check_size(con, source, width, int(rows), int(cells), int(columns))
            con.execute(
                f"copy (from read_parquet({quoted(source)})) to {quoted(target)} "
                "(format csv, header true, quote '\"', escape '\"')"
            )
        except duckdb.OutOfMemoryException as error:
            reason = "a value or a page of the Parquet file is too large: save it as CSV"
            raise Refused("file_too_demanding", reason) from error
        # Also when the target reaches RLIMIT_FSIZE.
        except duckdb.IOException as error:
            reason = "unpacked, the Parquet file is too large or the disk is full: split it"
            raise Refused("file_too_demanding", reason) from error
        except duckdb.Error as error:
            reason = "the file begins like Parquet but is damaged or encrypted"
            raise Refused("damaged", reason) from error


def check_size(
    con: duckdb.DuckDBPyConnection, source: str, width: int, rows: int, cells: int, columns: int
) -> None:
    """Count the rows of the row groups, which are read; the total in the file may be forged."""
    if width > columns:
        reason = f"the first line names {width:,} columns; at most {columns:,} are read"
        raise Refused("too_many_columns", reason)
    # `distinct`, because parquet_metadata has a row for each column of a row group.
    ((count,),) = con.execute(
        "select coalesce(sum(n), 0)::bigint from (select distinct row_group_id, "
        "row_group_num_rows as n from parquet_metadata(?))",
        [source],
    ).fetchall()
    if count > rows:
        reason = f"the file has {count:,} rows; at most {rows:,} are read"
        raise Refused("too_many_rows", reason)
    if count * width > cells:
        reason = f"the file has {count * width:,} values; at most {cells:,} are read"
        raise Refused("too_many_rows", reason)


if __name__ == "__main__":
    sys.exit(run_limited(convert_parquet, memory=MEMORY, seconds=CPU_SECONDS))
