"""The likely encoding of a text that is not UTF-8: suggested to the user, never assumed."""

# ruff: noqa: RUF001 - letters of many alphabets look alike

import re
from pathlib import Path

SAMPLE = 1 << 20  # bytes
LINES = 2000
# Encoding → (label, letters that are common in its texts)
SUGGESTED = {
    "cp1252": ("Western Europe, Windows", "äöüßéèêëàâáíóúñçãõåøæîôûìòœ€–’‘“”´°"),
    "cp1250": ("Central Europe, Windows", "ąćęłńóśźżčďěňřšťůýžáéíúőűăâîșț€–’„“”"),
    "cp1251": ("Cyrillic, Windows", "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїє№"),
    "cp1253": ("Greek, Windows", "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋ€"),
    "cp1254": ("Turkish, Windows", "çğıöşüâîİ€–’“”"),
    "cp850": ("Western Europe, DOS", "äöüßéèêëàâáíóúñçåøæîôû"),
    "mac-roman": ("Western Europe, Macintosh", "äöüßéèêëàâáíóúñçãõåøæîôûœ€–’“”"),
    "koi8-r": ("Cyrillic, KOI8", "абвгдежзийклмнопрстуфхцчшщъыьэюяё"),
    "shift_jis": ("Japanese", ""),
    "gb18030": ("Chinese", ""),
    "big5": ("Chinese, traditional", ""),
    "euc-kr": ("Korean", ""),
    "utf-16-le": ("Unicode without a byte order mark", ""),
}
CHOICES = [(name, f"{title} ({name})") for name, (title, _) in SUGGESTED.items()]
KANA, HANGUL = re.compile("[\u3040-\u30ff]"), re.compile("[\uac00-\ud7a3]")
HAN = re.compile("[\u4e00-\u9fff]")


def guess_encoding(path: Path) -> str:
    """The likeliest encoding; of equally likely ones the more common one."""
    with path.open("rb") as file:
        lines = file.read(SAMPLE).split(b"\n")
    # The last line may end within a character.
    not_ascii = [line for line in lines[:-1] or lines if not line.isascii()][:LINES]
    if not not_ascii:  # it comes after the sample; most files come from Windows
        return "cp1252"
    content = b"\n".join(not_ascii)
    return max(SUGGESTED, key=lambda name: encoding_score(content, name))


def encoding_score(content: bytes, name: str) -> float:
    """From -1 to 1: the share of the non-ASCII letters that is common in texts of the encoding."""
    try:
        letters = [letter for letter in content.decode(name) if not letter.isascii()]
    except UnicodeDecodeError:
        return -1
    # Nearly any bytes can be read as UTF-16: users may choose it, but it is never the likeliest.
    if not letters or name == "utf-16-le":
        return -1
    text = "".join(letters)
    if name == "shift_jis":
        return len(KANA.findall(text)) / len(text) * 2 - 0.4
    if name == "euc-kr":
        return len(HANGUL.findall(text)) / len(text) - 0.05
    if name in ("gb18030", "big5"):
        return chinese_score(text, "gb2312" if name == "gb18030" else "big5")
    common = SUGGESTED[name][1]
    usual = sum(letter.lower() in common for letter in letters)
    # Capitals after small letters are typical of a text that is read with the wrong encoding.
    odd = len(re.findall(r"(?<=[a-zа-яё])[À-ÖØ-ÞА-Я]", content.decode(name)))
    return (usual - odd) / len(letters)


def chinese_score(text: str, table: str) -> float:
    """Common characters have the first codes of the old encodings."""
    # Level 1 of GB 2312, its 3,755 common characters, ends with 0xD7, and that of Big5 before 0xC9.
    usual = sum(
        bool(code := sign.encode(table, errors="ignore"))
        and code[0] < (0xD8 if table == "gb2312" else 0xC9)
        for sign in HAN.findall(text)
    )
    return usual / len(text) - 0.1
