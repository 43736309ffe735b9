"""Files that no shop sends, as large as they come: refused soon and small, or taken right."""

import gzip
import io
import os
import random
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import openpyxl
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings
from django.db import connection

from analytics.faces import FACES
from catalog.models import Product
from imports.tests.desk import HEADER
from imports.tests.workbooks import (
    corners,
    hidden_corners,
    macros,
    many_strings,
    no_sheet,
    workbook,
)
from tests.torture.conftest import CUT, SEED, often
from tests.torture.installation import Installation

# What is refused never gets as far as the database: one kind of it is enough.
pytestmark = pytest.mark.skipif(
    "sqlite" not in connection.settings_dict["ENGINE"], reason="files do not see the database"
)
SIZE = 20_000_000 if CUT else 300_000_000
SECONDS, MEGABYTES = 5, 512
ROW = "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n"


def rows_of_size() -> bytes:
    return (HEADER + "\n" + ROW * (SIZE // len(ROW))).encode()


def zipped(**files) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, content in files.items():
            pack.writestr(name.replace("__", "/").replace("_csv", ".csv"), content)
    return packed.getvalue()


def parquet(rows: int) -> bytes:
    packed = io.BytesIO()
    pq.write_table(pa.table({"a": pa.nulls(rows)}), packed)
    return packed.getvalue()


# name → (the file's name, its content, words of the refusal)
BAD = {
    "one endless line": ("a.csv", lambda: b"a" * SIZE, ""),
    "an endless first cell": ("a.csv", lambda: b'"' + b"a\n" * (SIZE // 2), ""),
    "a quote that never closes": ("a.csv", lambda: HEADER.encode() + b'\n"' + rows_of_size(), ""),
    "noise": ("a.csv", lambda: random.Random(SEED).randbytes(SIZE // 100) * 100, ""),
    "nothing but NUL": ("a.csv", lambda: b"\0" * SIZE, ""),
    "a byte that is no UTF-8 at the end": ("a.csv", lambda: rows_of_size() + b"\xff\n", "UTF-8"),
    "a header and blank lines": ("a.csv", lambda: HEADER.encode() + b"\n" * 5_000_000, ""),
    "a hundred thousand columns": (
        "a.csv", lambda: ",".join(f"c{n}" for n in range(100_000)).encode() + b"\n1\n", "",
    ),
    "columns that nobody knows": ("a.csv", lambda: b"x,y\n" + b"1,2\n" * (SIZE // 4), ""),
    "an empty file": ("a.csv", lambda: b"", "empty"),
    "a zip bomb": ("a.zip", lambda: zipped(a_csv=b"0" * SIZE), "times"),
    "a gzip bomb": ("a.csv.gz", lambda: gzip.compress(b"0" * SIZE), "times"),
    "a zip of a zip bomb": ("a.zip", lambda: zipped(a_csv=zipped(b_csv=b"0" * SIZE)), ""),
    "a zip that leaves its folder": ("a.zip", lambda: zipped(**{"..__..__a_csv": b"a\n1\n"}), ""),
    "a cut-off zip": ("a.zip", lambda: zipped(a_csv=rows_of_size())[:-100], ""),
    "a cut-off gzip": ("a.csv.gz", lambda: gzip.compress(rows_of_size(), 1)[:-100], ""),
    "a cut-off Parquet file": ("a.parquet", lambda: parquet(1000)[:-10], ""),
    "a Parquet file of 60 million equal rows": ("a.parquet", lambda: parquet(60_000_000), "rows"),
    "a workbook of two far corners": ("a.xlsx", lambda: workbook([1], change=corners), "1,048,576"),
    "a workbook of hidden corners": ("a.xlsx", lambda: workbook([1], change=hidden_corners), ""),
    "a workbook of 400 MB text": ("a.xlsx", lambda: workbook([1], change=many_strings), "times"),
    "a workbook with macros": ("a.xlsx", lambda: workbook([1], change=macros), "macros"),
    "a broken workbook": ("a.xlsx", lambda: workbook([1], change=no_sheet), ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    there = Installation("sqlite", tmp_path_factory.mktemp("shop"))
    there.begin_anew()
    return there


def measured(there, *arguments) -> tuple[int, str, float, float]:
    """Exit code, words, seconds, and the megabytes that the program and its children took."""
    code = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:]); "
        "print('MB', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024); "
        "sys.exit(done.returncode)"
    )
    command = [sys.executable, "-c", code, sys.executable, "manage.py", *map(str, arguments)]
    started = time.monotonic()
    done = subprocess.run(
        command, env=there.environment, cwd=settings.BASE_DIR, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    words = done.stdout + done.stderr
    most = float(done.stdout.rpartition("MB ")[2])
    return done.returncode, words, time.monotonic() - started, most


@pytest.fixture(scope="module")
def beginning(there):
    """What it takes to begin at all."""
    return min(measured(there, "import_sales", "--help")[2] for _ in range(2))


@pytest.mark.parametrize("what", list(BAD)[:: often(1, 5)])
def test_a_bad_file_is_refused_soon_and_small(what, there, beginning, tmp_path, tried):
    tried(f"files that are bad in one way, of up to {SIZE // 10**6} MB")
    name, content, expected = BAD[what]
    path: Path = tmp_path / name
    path.write_bytes(content())
    code, words, seconds, megabytes = measured(there, "import_sales", path)
    os.unlink(path)
    assert (code, "Traceback" in words) == (1, False), words
    assert expected in words
    assert seconds - beginning < SECONDS, words
    assert megabytes < MEGABYTES, words


def test_a_large_right_file_is_taken_whole(there, tmp_path, tried):
    rows = SIZE // 300
    tried(f"a file of {rows:,} right rows, each taken")
    path = tmp_path / "right.csv"
    with path.open("w") as out:
        out.write(HEADER + "\n")
        for n in range(rows):
            out.write(f"{n // 20},P{n % 999},THING,1,2010-12-01 08:26:00,2.55,{n // 100},France\n")
    code, words, _, megabytes = measured(there, "import_sales", path)
    assert (code, f"{rows:,} read, {rows:,} stored" in words) == (0, True), words
    assert megabytes < MEGABYTES
    tried(f"{rows:,} rows written out again as CSV and as JSON, each there", 2)
    there.manage("report", "orders/lines", "--format", "csv", "--output", tmp_path / "out.csv")
    there.manage("report", "orders/lines", "--format", "json", "--output", tmp_path / "out.json")
    with (tmp_path / "out.csv").open() as out:
        assert sum(1 for _ in out) == rows + 1
    assert len(orjson.loads((tmp_path / "out.json").read_bytes())["rows"]) == rows


NAMES = (
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0", 'a"b\nc,d;e', "😀\u202etxt",
    "\x01\x02\x1b[31m", "<script>alert(1)</script>", "x" * 200, "{{ 7 * 7 }}", "_x0041_", "'0123",
)  # fmt: skip


@pytest.mark.django_db
def test_no_name_is_a_formula_or_breaks_a_face(api, shop, tried):
    tried(
        "names that programs take for commands, in every face of a report", len(NAMES) * len(FACES)
    )
    for n, name in enumerate(NAMES):
        product = shop.product(f"p{n}")
        Product.objects.filter(pk=product.pk).update(name=name)
        shop.sell((product, 1))
    for face in FACES:
        answer = api.get(f"/api/products/top/?format={face}&limit=20")
        assert answer.status_code == 200, (face, answer.content)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if face == "xlsx":
            book = openpyxl.load_workbook(io.BytesIO(content))
            cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
            assert not [cell.value for cell in cells if cell.data_type == "f"]
        if face == "svg":
            assert b"<script" not in content
        if face == "text":
            assert b"\x1b" not in content
