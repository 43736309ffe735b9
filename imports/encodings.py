"""Which encoding a text probably is in that is not UTF-8: suggested to its owner, never assumed."""

# ruff: noqa: RUF001 - letters of many alphabets look alike

import re
from pathlib import Path

SAMPLE = 1 << 20  # bytes
LINES = 2000
# Encoding → (what it is called, letters that are common in texts of it)
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
    "utf-16-le": ("Unicode without its mark", ""),
}
CHOICES = [(name, f"{title} ({name})") for name, (title, _) in SUGGESTED.items()]
KANA, HANGUL = re.compile("[\u3040-\u30ff]"), re.compile("[\uac00-\ud7a3]")
HAN = re.compile("[\u4e00-\u9fff]")


def guess_encoding(path: Path) -> str:
    """The likeliest of them; of two that are as likely the more common one."""
    with path.open("rb") as file:
        lines = file.read(SAMPLE).split(b"\n")
    # The last one may end within a letter.
    strange = [line for line in lines[:-1] or lines if not line.isascii()][:LINES]
    if not strange:  # further down; most files are of Windows
        return "cp1252"
    content = b"\n".join(strange)
    return max(SUGGESTED, key=lambda name: encoding_score(content, name))


def encoding_score(content: bytes, name: str) -> float:
    """Between -1 and 1: how much of what is not ASCII is what such texts are made of."""
    try:
        found = [letter for letter in content.decode(name) if not letter.isascii()]
    except UnicodeDecodeError:
        return -1
    if not found or name == "utf-16-le":
        return -1
    text = "".join(found)
    if name == "shift_jis":
        return len(KANA.findall(text)) / len(text) * 2 - 0.4
    if name == "euc-kr":
        return len(HANGUL.findall(text)) / len(text) - 0.05
    if name in ("gb18030", "big5"):
        return chinese_score(text, "gb2312" if name == "gb18030" else "big5")
    common = SUGGESTED[name][1]
    usual = sum(letter.lower() in common for letter in found)
    # A capital behind a small letter is what a wrong table makes of a word.
    odd = len(re.findall(r"(?<=[a-zа-яё])[À-ÖØ-ÞА-Я]", content.decode(name)))
    return (usual - odd) / len(found)


def chinese_score(text: str, table: str) -> float:
    """Common signs stand in the first part of the old tables."""
    usual = sum(
        bool(code := sign.encode(table, errors="ignore"))
        and code[0] < (0xD8 if table == "gb2312" else 0xC9)
        for sign in HAN.findall(text)
    )
    return usual / len(text) - 0.1
