"""What may arrive as a file: each is read, or refused with a code and words that help."""

import gzip
import io
import random
import struct
import time
import zipfile
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from imports.files import FileRefused, Limits, tables_of
from imports.tests.workbooks import (
    corners,
    hidden_corners,
    macros,
    many_strings,
    no_sheet,
    workbook,
    zipped,
)

pytestmark = pytest.mark.once

GOOD = "number,date,amount\n1,2026-01-05,12.50\n2,2026-01-06,7\n"
SHOP = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture
def taken(tmp_path):
    """Bytes or text as an upload → its tables."""

    def take(content, name="orders.csv", **how):
        upload = tmp_path / "stored-under-a-random-name"
        upload.write_bytes(content.encode() if isinstance(content, str) else content)
        folder = tmp_path / "unpacked"
        folder.mkdir()
        return tables_of(upload, name, folder, **how)

    return take


@pytest.fixture
def refused(taken):
    """The same, for what must be refused → (code, line, words)."""

    def refuse(content, name="orders.csv", **how):
        with pytest.raises(FileRefused) as caught:
            taken(content, name, **how)
        assert str(caught.value) == caught.value.reason
        return caught.value.code, caught.value.line, caught.value.reason

    return refuse


def text_of(table):
    return table.path.read_bytes().decode("utf-8")


def gz(content: bytes) -> bytes:
    """Without the time of day: every process must make the same cases."""
    return gzip.compress(content, mtime=0)


def test_a_plain_csv_is_used_where_it_lies(taken, tmp_path):
    (table,) = taken(GOOD)
    assert table.path.resolve() == tmp_path / "stored-under-a-random-name"
    assert (table.name, table.header) == ("orders.csv", ("number", "date", "amount"))
    assert (table.delimiter, table.decimal_comma, table.has_nul, table.simple_lines) == (
        ",", False, False, True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "delimiter", "decimal_comma"),
    [
        ("a;b;c\n1;2,50;x\n", ";", True),
        ("a\tb\tc\n1\t2.50\tx\n", "\t", False),
        ('"a;b;c;d",e\n1,2.50\n', ",", False),
        ("a;b\n1.234,50;1\n", ";", True),
        ('a,b\n1,"12,50"\n', ",", True),
        ('a,b\n1,"1,234"\n', ",", False),
        ("a;b\n17850.0;12.5\n", ";", False),
    ],
)
def test_the_delimiter_and_the_decimal_sign_are_found(taken, text, delimiter, decimal_comma):
    (table,) = taken(text)
    assert (table.delimiter, table.decimal_comma) == (delimiter, decimal_comma)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + GOOD.encode(),
        b"\xff\xfe" + GOOD.encode("utf-16-le"),
        b"\xfe\xff" + GOOD.encode("utf-16-be"),
        GOOD.encode("utf-32"),
        gz(GOOD.encode()),
        gz(GOOD[:20].encode()) + gz(GOOD[20:].encode()) + b"\0" * 100,
        zipped({"orders.csv": GOOD}),
        zipped({"__MACOSX/._orders.csv": b"\0\1", "a/": "", "a/orders.csv": GOOD}),
        GOOD.replace("\n", "\r").encode(),
    ],
    ids=["BOM", "UTF-16", "UTF-16 BE", "UTF-32", "gzip", "gzips", "zip", "macOS zip", "old Mac"],
)
def test_however_it_is_wrapped_the_same_table_comes_out(taken, content):
    (table,) = taken(content)
    assert text_of(table) == GOOD
    assert table.header == ("number", "date", "amount")


def test_several_files_of_a_zip_are_several_tables_under_their_own_names(taken):
    tables = taken(zipped({"data/a.csv": "x,y\n1,2\n", "b.csv": "z\n3\n"}))
    assert [(table.name, table.header) for table in tables] == [
        ("data/a.csv", ("x", "y")),
        ("b.csv", ("z",)),
    ]


def test_the_name_decides_nothing_and_is_trusted_with_nothing(taken):
    (table,) = taken(GOOD, "../..\\..\\etc/orders.xlsx")
    assert (table.name, text_of(table)) == ("orders.xlsx", GOOD)


def test_a_name_that_means_something_to_the_reader_is_hidden_from_it(tmp_path):
    path = tmp_path / "orders*[1].csv.gz"
    path.write_text(GOOD)
    (table,) = tables_of(path, path.name, tmp_path)
    assert table.path.name == "upload"
    assert text_of(table) == GOOD


def test_a_header_alone_is_a_table_without_rows(taken):
    (table,) = taken("number,date,amount\n")
    assert table.header == ("number", "date", "amount")


def test_blank_column_names_are_called_by_their_position(taken):
    (table,) = taken("a,, b ,\n1,2,3,4\n")
    assert table.header == ("a", "column_2", "b", "column_4")


def test_a_quoted_newline_or_a_blank_line_makes_lines_and_records_differ(tmp_path):
    for number, (text, simple) in enumerate(
        [
            ('a,b\n1,"x ""y"" z"\n2,"p, q"\n', True),
            ('a,b\n1,"x\ny"\n', False),
            ('a,b,c,d\n"1","x\ny",2,"z"\n', False),
            ("a,b\n1,2\n\n3,4\n", False),
            ("a,b\r\n1,2\r\n\r\n3,4\r\n", False),
            ('a,b\n12" pipe,13" pipe\n5" pipe,x\n', True),
            ('a,b\n"x"y,"z"\n1,2\n', True),
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "up").write_text(text)
        (table,) = tables_of(folder / "up", "up.csv", folder)
        assert table.simple_lines is simple, text


def test_a_nul_byte_is_noticed(taken):
    (table,) = taken("a,b\n1,x\0y\n")
    assert table.has_nul


def test_what_is_declared_is_believed_when_it_is_not_utf8(taken):
    (table,) = taken("name,town\nRené,Köln\n".encode("cp1252"), encoding="cp1252")
    assert text_of(table) == "name,town\nRené,Köln\n"


def test_utf8_is_tried_before_what_is_declared(taken):
    (table,) = taken("name,town\nRené,Köln\n", encoding="cp1252")
    assert text_of(table) == "name,town\nRené,Köln\n"


def test_utf16_without_its_mark_is_read_when_declared(taken):
    (table,) = taken(GOOD.encode("utf-16-le"), encoding="utf-16-le")
    assert text_of(table) == GOOD


LATE = GOOD.encode() * 30_000 + "3,2026-01-07,Café\n".encode("cp1252") + GOOD.encode()


@pytest.mark.parametrize(
    ("content", "how", "code", "line", "words"),
    [
        (b"", {}, "empty_file", None, "the file is empty"),
        (b"\xef\xbb\xbf", {}, "empty_file", None, "the file is empty"),
        (b" \n\r\n\t", {}, "empty_file", None, "the file is empty"),
        (gz(b""), {}, "empty_file", None, "the file is empty"),
        ("\nnumber,date\n1,2\n", {}, "no_header", 1, "the first line is blank"),
        (",,\n1,2,3\n", {}, "no_header", 1, "must name the columns"),
        ("a,b, A\n1,2,3\n", {}, "duplicate_column", 1, '"A" is there twice'),
        (LATE, {}, "bad_encoding", 90_001,
         "line 90001: byte 0xe9 is not UTF-8; it looks like Western Europe, Windows (cp1252)"),
        (LATE, {"encoding": "ascii"}, "bad_encoding", 90_001, "line 90001: this is not ascii"),
        (LATE, {"encoding": "klingon"}, "unknown_encoding", None, "'klingon' is not known"),
        (LATE, {"encoding": "zip"}, "unknown_encoding", None, "'zip' is not known"),
        (GOOD.encode("utf-16-le"), {}, "wrong_file", 1, "choose encoding utf-16-le"),
        (b"\xff\xfe" + GOOD.encode("utf-16-le")[:-1], {}, "bad_encoding", 3, "not utf-16-le"),
        ('a,b\n1,"x\n2,y\n3,z\n', {}, "unclosed_quote", 2, "line 2: a quote opens"),
        ('a,b\n1,2\n3,"x\n4,"y"\n', {}, "unclosed_quote", 3, "is not closed"),
        ('a,b\na"b,"c\n', {}, "unclosed_quote", 2, "is not closed"),
        ('a,"b\n1,2\n', {}, "unclosed_quote", 1, "line 1: a quote opens"),
        ('a,b\n1,"' + "x\n" * 200_000, {}, "unclosed_quote", 2, "is not closed"),
        ("a,b\n1," + "x" * 3_000_000, {}, "line_too_long", 2, "line 2 is longer than"),
        ('a,b,c,d,e\n' + ",".join(['"' + "x\n" * 65_000 + '"'] * 5), {}, "line_too_long", 2,
         "the record on line 2 is longer"),
        (",".join(f"c{n}" for n in range(2001)), {}, "too_many_columns", 1, "2,001 columns"),
        ("<!DOCTYPE html><p>Sign in</p>", {}, "wrong_file", 1, "a web page"),
        ('[{"id": 1}, {"id": 2}]', {}, "wrong_file", 1, "JSON"),
        ('{"orders": []}', {}, "wrong_file", 1, "JSON"),
        (b"%PDF-1.7\n", {}, "wrong_file", None, "a PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), {}, "wrong_file", None, "a picture"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(100), {}, "wrong_file", None, "a 7z archive"),
        (random.Random(1).randbytes(5000), {}, "wrong_file", None, "not text"),
        (b"PAR1" + bytes(100) + b"PAR1", {}, "damaged", None, "begins like Parquet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), {}, "encrypted_workbook", None,
         "a workbook with a password, or an old .xls"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_with_its_line(refused, content, how, code, line, words):
    found, at, reason = refused(content, **how)
    assert (found, at) == (code, line)
    assert words in reason


def bomb(size=40_000_000):
    return zipped({"orders.csv": b"a,b\n" + b"1,2\n" * (size // 4)})


def lying(archive):
    """The same zip, which says of its one file that it is small."""
    place = archive.rfind(b"PK\x01\x02")
    return archive[: place + 24] + struct.pack("<I", 100) + archive[place + 28 :]


def listing(count):
    """A zip whose list of entries alone would fill the memory."""
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", *[0] * 6, *[0] * 3, 1, *[0] * 4, 0, 0) + b"x"
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(entry) * count, 0, 0)
    return b"PK\x03\x04" + entry * count + end


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (bomb(), "archive_bomb", "more than 200 times"),
        (lying(bomb()), "damaged_archive", "damaged"),
        (gz(bytes(40_000_000)), "archive_bomb", "more than 200 times"),
        (zipped({f"{n}.csv": GOOD for n in range(51)}), "too_many_entries", "51 files"),
        (listing(100_000), "too_many_entries", "the list of its files alone"),
        (zipped({"inner.zip": zipped({"a.csv": GOOD})}), "nested_archive", "inner.zip in the"),
        (zipped({"book.xlsx": workbook(["a"], [1])}), "nested_archive", "upload it by itself"),
        (gz(gz(GOOD.encode())), "nested_archive", "inside an archive"),
        (zipped({"../../etc/cron.d/x": GOOD}), "unsafe_name", "points outside"),
        (zipped({"/etc/passwd": GOOD}), "unsafe_name", "'/etc/passwd'"),
        (zipped({"C:orders.csv": GOOD}), "unsafe_name", "points outside"),
        (zipped({"a\\..\\b.csv": GOOD}), "unsafe_name", "points outside"),
        (zipped({"a\nb.csv": GOOD}), "unsafe_name", "'a\\nb.csv'"),
        (zipped({"a.csv": GOOD, "A.csv": GOOD}), "duplicate_entry", "'A.csv' is in the archive"),
        (zipped({}), "empty_archive", "no file"),
        (zipped({"a.csv": GOOD}, zipfile.ZIP_LZMA), "unusual_compression", "use plain zip"),
        (zipped({"a.csv": GOOD})[:-30], "damaged_archive", "damaged or cut off"),
        (b"PK\x03\x04" + bytes(50), "damaged_archive", "damaged or cut off"),
        (gz(GOOD.encode() * 99)[:-20], "damaged_archive", "damaged or was cut off"),
        (gz(GOOD.encode()) + b"more", "damaged_archive", "damaged"),
        (zipped({"a.csv": GOOD, "b.csv": b"x,y\n1,\xe9\n"}), "bad_encoding",
         "b.csv in the archive: line 2: byte 0xe9 is not UTF-8"),
        (zipped({"word/document.xml": "x", "[Content_Types].xml": "x"}), "wrong_file",
         "no .xlsx workbook"),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": ""}),
         "wrong_file", "no .xlsx workbook"),
    ],
)  # fmt: skip
def test_an_archive_with_a_trick_is_refused_at_once(refused, content, code, words):
    started = time.monotonic()
    found, _, reason = refused(content, "orders.zip")
    assert (found, words in reason) == (code, True), reason
    assert time.monotonic() - started < 3


def test_a_large_file_that_is_packed_as_text_is_may_be_unpacked(taken):
    text = "n,day\n" + "".join(f"{n},2026-01-05\n" for n in range(5000))
    (table,) = taken(gz(text.encode()), limits=Limits(ratio_from=1000))
    assert text_of(table) == text


def test_an_encrypted_archive_is_refused(refused):
    archive = bytearray(zipped({"a.csv": GOOD}, zipfile.ZIP_STORED))
    archive[archive.find(b"PK\x01\x02") + 8] |= 1
    code, _, reason = refused(bytes(archive))
    assert (code, reason) == ("encrypted", "'a.csv' in the archive is encrypted")


def test_what_is_as_large_as_may_be_is_unpacked(taken):
    content = zipped({"a.csv": GOOD * 100, "b.csv": GOOD * 100})
    assert len(taken(content, limits=Limits(unpacked=2 * 100 * len(GOOD)))) == 2


def test_what_is_unpacked_counts_together(refused):
    content = zipped({"a.csv": GOOD * 100, "b.csv": GOOD * 100})
    code, _, reason = refused(content, limits=Limits(unpacked=6000))
    assert (code, reason) == ("archive_too_large", "unpacked, it is larger than 6,000 bytes")


def test_a_workbook_becomes_text_without_the_noise_of_floats(taken):
    content = workbook(
        ["id", "when", "day", "price", "yes", "note"],
        [17850.0, datetime(2026, 1, 5, 10, 30), datetime(2026, 1, 6), 0.1 + 0.2, True, "a, b"],
        [],
        [1e15, None, None, -12.5, False, "line\nbreak"],
        ["007", None, None, None, None, '-2+3 "x"'],
        [],
    )
    (table,) = taken(content, "orders.xlsx")
    assert text_of(table) == (
        "id,when,day,price,yes,note\n"
        '17850,2026-01-05 10:30:00,2026-01-06,0.3,TRUE,"a, b"\n'
        "\n"
        '1000000000000000,,,-12.5,FALSE,"line\nbreak"\n'
        '007,,,,,"-2+3 ""x"""\n'
    )
    assert (table.name, table.simple_lines) == ("orders.xlsx", False)


def test_the_first_sheet_that_holds_anything_is_read(taken):
    (table,) = taken(workbook(["a", "b"], [1, 2], sheets=("Cover", "Notes")))
    assert text_of(table) == "a,b\n1,2\n"


def test_a_formula_is_what_it_came_to_and_text_like_one_stays_text(taken):
    def calculate(files):
        sheet = files["xl/worksheets/sheet1.xml"]
        files["xl/worksheets/sheet1.xml"] = sheet.replace(
            b'<c r="B2"><f>1+1</f><v></v></c>', b'<c r="B2"><f>1+1</f><v>2</v></c>'
        ).replace(b'<c r="B2"><f>1+1</f><v /></c>', b'<c r="B2"><f>1+1</f><v>2</v></c>')

    content = workbook(["a", "b"], ["@SUM(1)", "=1+1"], change=calculate)
    (table,) = taken(content)
    assert text_of(table) == "a,b\n@SUM(1),2\n"


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (workbook([1], change=corners), "workbook_too_large", "1,048,576 rows × 16,384 columns"),
        (workbook([1], change=hidden_corners), "file_too_demanding", "more memory or time"),
        (workbook([1], change=many_strings), "archive_bomb", "more than 200 times"),
        (workbook([1], change=macros), "workbook_macros", "contains macros"),
        (workbook(), "empty_file", "all sheets of the workbook are empty"),
        (workbook([1], change=no_sheet), "damaged", "cannot be read"),
        (workbook(["a", "a"], [1, 2]), "duplicate_column", '"a" is there twice'),
    ],
    ids=["corners", "hidden corners", "strings", "macros", "empty", "damaged", "twice"],
)
def test_a_workbook_with_a_trick_is_refused(refused, content, code, words):
    started = time.monotonic()
    found, _, reason = refused(content, "orders.xlsx")
    assert (found, words in reason) == (code, True), reason
    assert time.monotonic() - started < 20


def test_a_parquet_file_is_a_table_whatever_it_is_called(taken):
    packed = io.BytesIO()
    pq.write_table(pa.table({"a": [1, 2], " b": ["x", "y\0z"]}), packed)
    (table,) = taken(packed.getvalue(), "orders.parquet.gzip")
    assert (table.header, table.has_nul) == (("a", "b"), True)
    assert text_of(table) == "a, b\n1,x\n2,y\0z\n"


def test_a_parquet_file_of_billions_of_equal_rows_is_refused(refused):
    packed = io.BytesIO()
    pq.write_table(pa.table({"a": pa.nulls(1000)}), packed)
    code, _, reason = refused(packed.getvalue(), limits=Limits(rows=999))
    assert (code, reason) == ("too_many_rows", "the file has 1,000 rows; at most 999 are read")


@pytest.mark.skipif(not SHOP.exists(), reason="the public data sets are not here")
def test_the_public_files_are_what_they_are(tmp_path):
    (retail,) = tables_of(SHOP / "online_retail.csv.gz", "online_retail.csv.gz", tmp_path)
    assert retail.header[:3] == ("InvoiceNo", "StockCode", "Description")
    assert (retail.simple_lines, retail.has_nul, retail.path.stat().st_size) == (
        True, False, 48_039_726,
    )  # fmt: skip
    (vouchers,) = tables_of(SHOP / "voucher_data.parquet.gzip", "v.parquet.gzip", tmp_path)
    assert text_of(vouchers).count("\n") == 285_571
