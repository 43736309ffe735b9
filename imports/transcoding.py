"""Text in another encoding, or with old line ends → UTF-8 with line feeds."""

import codecs
from pathlib import Path

from imports.tables import FileRefused

CHUNK = 1 << 17  # bytes; small enough for the processor's cache, because it is scanned six times
BYTE_ORDER_MARKS = (  # the longer ones first: that of UTF-32 begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Encodings that files of shops have. Python's other codecs are no encodings of files, or slow:
# punycode takes five seconds per megabyte.
ENCODINGS = {
    codecs.lookup(name).name
    for name in (
        *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "ascii"),
        *(f"cp125{n}" for n in range(9)),
        # There is no ISO 8859-12.
        *(f"iso8859-{n}" for n in (*range(1, 12), *range(13, 17))),
        *("cp437", "cp850", "cp852", "cp855", "cp857", "cp858", "cp866", "cp874"),
        *("mac-roman", "mac-latin2", "mac-cyrillic", "koi8-r", "koi8-u"),
        *("shift_jis", "cp932", "euc-jp", "gb2312", "gbk", "gb18030", "big5", "euc-kr", "cp949"),
    )
}


def plain_utf8(path: Path, folder: Path, encoding: str | None) -> Path:
    """The file itself if it is plain text with line feeds, else a copy that is."""
    with path.open("rb") as file:
        start = file.read(CHUNK)
    for mark, marked_encoding in BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return transcode(path, folder, marked_encoding, len(mark))
    # UTF-16 of English text is valid UTF-8, with a NUL at every letter: decoding finds no fault.
    if b"\0" in start.split(b"\n", 1)[0]:
        if encoding:
            return transcode(path, folder, encoding)
        reason = "the first line contains NUL bytes; if it is UTF-16, choose encoding utf-16-le"
        raise FileRefused("wrong_file", reason, 1)
    # The last byte may be half of a Windows line end.
    if b"\r" in start[:-1] and b"\n" not in start:  # line ends of the classic Mac OS
        return transcode(path, folder, encoding or "utf-8")
    return path


def transcode(path: Path, folder: Path, encoding: str, skip: int = 0) -> Path:
    target = folder / f"{path.stem}-utf8.csv"
    decoder = _decoder(encoding)
    lines, old_mac = 1, None
    with path.open("rb") as file, target.open("wb") as out:
        file.seek(skip)
        while True:
            # The empty chunk at the end makes the decoder report a character that was cut off.
            chunk = file.read(CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
                out_bytes = text.encode()
            except UnicodeError as bad:
                line = lines + _lines_before(bad, encoding)
                reason = f"line {line}: this is not {encoding}"
                raise FileRefused("bad_encoding", reason, line) from None
            old_mac = "\n" not in text if old_mac is None else old_mac
            out.write(out_bytes.replace(b"\r", b"\n") if old_mac else out_bytes)
            lines += text.count("\n")
            if not chunk:
                return target


def _lines_before(bad: UnicodeError, encoding: str) -> int:
    if isinstance(bad, UnicodeDecodeError):
        return bad.object[: bad.start].decode(encoding, errors="ignore").count("\n")
    return 0


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    if (name := known_encoding(encoding)) is None:
        reason = f"the encoding {encoding[:40]!a} is not known"
        raise FileRefused("unknown_encoding", reason)
    return codecs.getincrementaldecoder(name)()


def known_encoding(name: str) -> str | None:
    """The codec's canonical name, if files may have this encoding."""
    try:
        canonical = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    return canonical if canonical in ENCODINGS else None
