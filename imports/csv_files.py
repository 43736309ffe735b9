"""A CSV file as uploaded → UTF-8 text, with everything that its reader needs to know of it."""

import codecs
import csv
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from imports.encodings import SUGGESTED, guess_encoding
from imports.tables import LIMITS, LONGEST, FileRefused, Limits, Table, checked_header
from imports.transcoding import BYTE_ORDER_MARKS, CHUNK, plain_utf8, transcode

OTHER_FILES = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive (zip and gzip are read)"),
    (b"Rar!", "a RAR archive (zip and gzip are read)"),
    (b"BZh", "a bzip2 archive (zip and gzip are read)"),
    (b"\xfd7zXZ", "an xz archive (zip and gzip are read)"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive (zip and gzip are read)"),
    (b"PARE", "an encrypted Parquet file"),
    # A Parquet file by itself never comes here: `files._start` lets it through.
    (b"PAR1", "a Parquet file inside an archive: upload it by itself"),
)
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # OLE; an .xlsx with a password is one too
DECIMAL_COMMA = re.compile(r"-?(\d+|\d{1,3}([.]\d{3})+),(\d\d?|\d{4,})")  # 1,234 may be thousands
DECIMAL_POINT = re.compile(r"-?(\d+|\d{1,3}(,\d{3})+)[.](\d\d?|\d{4,})")


class NotInThisEncoding(Exception):
    def __init__(self, line: int, byte: int):
        self.line, self.byte = line, byte


def csv_table(
    path: Path, name: str, folder: Path, encoding: str | None = None, limits: Limits = LIMITS
) -> Table:
    try:
        path = plain_utf8(path, folder, encoding)
        delimiter = find_delimiter(_head(path))
        has_nul, simple_lines, lines = survey(path, delimiter, limits)
    except NotInThisEncoding as bad:
        # A declared encoding is tried second: what is valid UTF-8 is hardly ever anything else.
        if not encoding:
            raise encoding_refusal(path, name, folder, bad, limits) from None
        return csv_table(transcode(path, folder, encoding), name, folder, None, limits)
    rows = _first_rows(_head(path), delimiter)
    header = checked_header(rows[0], limits)
    # An upper bound, as quoted line breaks count too; the exact number would need a parser.
    if lines * len(header) > limits.cells:
        reason = (
            f"{lines:,} lines of {len(header):,} columns: at most {limits.cells:,} values are read"
        )
        raise FileRefused("too_many_rows", reason)
    decimal_comma = has_decimal_comma(rows[1:])
    return Table(name, path, header, delimiter, decimal_comma, has_nul, simple_lines)


def encoding_refusal(
    path: Path, name: str, folder: Path, bad: NotInThisEncoding, limits: Limits
) -> FileRefused:
    """A refusal that suggests the likely encoding and shows the first rows as read with it."""
    guess = guess_encoding(path)
    reason = (
        f"line {bad.line}: byte 0x{bad.byte:02x} is not UTF-8; it looks like "
        f"{SUGGESTED[guess][0]} ({guess})"
    )
    try:
        seen = csv_table(transcode(path, folder, guess), name, folder, None, limits)
    # The guess is wrong, or the file has another fault: refused without first rows.
    except (FileRefused, NotInThisEncoding):
        seen = None
    return FileRefused("bad_encoding", reason, bad.line, seen=seen, encoding=guess)


def refuse_other_file_types(start: bytes) -> None:
    """Refuse a file that is no CSV with what it is, instead of what is wrong with it as a CSV."""
    if start.startswith(OLD_OFFICE):
        reason = "a workbook with a password, or an old .xls: save it as .xlsx without, or as CSV"
        raise FileRefused("encrypted_workbook", reason)
    for magic, what in OTHER_FILES:
        if start.startswith(magic):
            raise FileRefused("wrong_file", f"this is {what}, not a table")
    text = start.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<svg")):
        raise FileRefused("wrong_file", "this is a web page or XML, not a table", 1)
    # A bracket alone proves nothing: a column's name may begin with one.
    if re.match(rb'\{\s*["}]|\[\s*[\[{"]', text):
        raise FileRefused("wrong_file", "this is JSON, not a table", 1)
    control_characters = len(re.findall(rb"[\x01-\x08\x0e-\x1f]", start))
    has_mark = any(start.startswith(mark) for mark, _ in BYTE_ORDER_MARKS)
    # More than 2 %: a few come from copied text. UTF-16, told by its mark, is full of them.
    if control_characters * 50 > len(start) and not has_mark:
        raise FileRefused("wrong_file", "this is not text: neither CSV nor a known file type")


def survey(path: Path, delimiter: str, limits: Limits = LIMITS) -> tuple[bool, bool, int]:
    """Read all of the file once as strict UTF-8: (contains NUL, every record is one line, lines)"""
    has_nul = blank = odd = False
    read = lines = 0
    for chunk in _whole_lines(path):
        lines += chunk.count(b"\n")
        if lines > limits.rows:
            reason = f"the file has more than {limits.rows:,} lines"
            raise FileRefused("too_many_rows", reason)
        try:
            chunk.decode()
        except UnicodeDecodeError as bad:
            line = _lines_up_to(path, read + bad.start)
            raise NotInThisEncoding(line, chunk[bad.start]) from None
        has_nul = has_nul or b"\0" in chunk
        # A chunk begins where a line does, so that a line end there is a blank line's.
        blank = blank or chunk.startswith((b"\n", b"\r\n"))
        blank = blank or b"\n\n" in chunk or (b"\r" in chunk and b"\n\r\n" in chunk)
        odd = odd or (b'"' in chunk and _oddly_quoted(chunk, delimiter.encode()))
        read += len(chunk)
    if odd:
        return has_nul, _records_are_lines(path, delimiter) and not blank, lines
    return has_nul, not blank, lines


def _oddly_quoted(lines: bytes, delimiter: bytes) -> bool:
    """Does a quote stay open at a line's end, or is one within a value? Fast, and never misses
    one."""
    # Odd pieces are inside quotes; a doubled quote leaves an empty piece between two of them.
    pieces = lines.split(b'"')
    if len(pieces) % 2 == 0 or any(b"\n" in quoted for quoted in pieces[1::2]):
        return True
    may_precede, may_follow = (b"", delimiter, b"\n"), (b"", delimiter, b"\n", b"\r")
    outside = pieces[::2]
    return any(text[-1:] not in may_precede for text in outside[:-1]) or any(
        text[:1] not in may_follow for text in outside[1:]
    )


def _records_are_lines(path: Path, delimiter: str) -> bool:
    """Slow and exact, for files whose quotes are not simply in pairs on each line."""
    simple = True
    with path.open(encoding="utf-8", newline="") as text:
        rows = csv.reader(text, delimiter=delimiter, strict=True)
        while True:
            first_line = rows.line_num + 1
            row: list[str] = []
            try:
                row = next(rows)
            except StopIteration:
                return simple
            except csv.Error as error:
                # An error within one line concerns that row only; the reader continues after it.
                if rows.line_num > first_line or "end of data" in str(error):
                    reason = f"line {first_line}: a quote opens in this record and is not closed"
                    raise FileRefused("unclosed_quote", reason, first_line) from None
            if rows.line_num > first_line:
                simple = False
                # Python's limit is for one value, in characters; DuckDB's for the record, in bytes.
                if sum(len(value.encode()) for value in row) > LONGEST:
                    reason = f"the record on line {first_line} is longer than {LONGEST:,} bytes"
                    raise FileRefused("line_too_long", reason, first_line)


def find_delimiter(head: str) -> str:
    """The most frequent of comma, semicolon and tab in the first line, outside of quotes."""
    # The header only: in rows with decimal commas, those may outnumber the delimiter.
    line = re.sub(r'"[^"]*("|$)', "", head).split("\n", 1)[0]
    return max(",;\t", key=line.count)


def has_decimal_comma(rows: list[list[str]]) -> bool:
    values = [value.strip() for row in rows for value in row]
    commas = sum(DECIMAL_COMMA.fullmatch(value) is not None for value in values)
    return commas > sum(DECIMAL_POINT.fullmatch(value) is not None for value in values)


def _head(path: Path) -> str:
    head = next(_whole_lines(path), b"")
    if not head.strip(b"\0 \t\r\n"):
        raise FileRefused("empty_file", "the file is empty")
    return head.decode(errors="replace")  # to detect the delimiter; `survey` is strict


def _first_rows(head: str, delimiter: str) -> list[list[str]]:
    # Not strict: a bad quote rejects its own row later, and not the file.
    reader = csv.reader(head.splitlines(keepends=True), delimiter=delimiter)
    try:
        return list(islice(reader, 200))
    except csv.Error as error:
        line = reader.line_num
        raise FileRefused("bad_row", f"line {line} cannot be read: {error}", line) from None


def _whole_lines(path: Path) -> Iterator[bytes]:
    """Chunks that end at a line's end, so that no character and no pair of quotes is cut."""
    read = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            # With a limit: a file without line ends would be read whole.
            chunk += file.readline(LONGEST)
            # Only the last line can be too long: those before it are shorter than CHUNK.
            last = chunk.rfind(b"\n", 0, -1) + 1
            if len(chunk) - last > LONGEST:
                line = _lines_up_to(path, read + last)
                reason = f"line {line} is longer than {LONGEST:,} bytes: this is not a table"
                raise FileRefused("line_too_long", reason, line)
            yield chunk
            read += len(chunk)


def _lines_up_to(path: Path, place: int) -> int:
    with path.open("rb") as file:
        lines = 1
        while place > 0 and (chunk := file.read(min(CHUNK, place))):
            lines, place = lines + chunk.count(b"\n"), place - len(chunk)
    return lines
