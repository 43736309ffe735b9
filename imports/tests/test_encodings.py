"""The encoding of a file that is not UTF-8 is suggested, shown, and confirmed in the page."""

# ruff: noqa: RUF001 - letters of many alphabets look alike

import pytest

from imports.encodings import guess_encoding
from imports.models import Import
from imports.tests.desk import SALES
from imports.tests.visitor import number, text

GERMAN = "Artikel;Ort\nBücher für Schüler;Köln\nGrüße;Süßen\n"


@pytest.mark.parametrize(
    ("words", "encoding"),
    [
        (GERMAN, "cp1252"),
        (GERMAN, "cp850"),
        (GERMAN, "mac-roman"),
        ("Nom;Ville\nCafé crème;Orléans\n", "cp1252"),
        ("Preis\n12,50 €\n", "cp1252"),
        ("Nazwa\nŁódź żółta ścieżka\nGdańsk\n", "cp1250"),
        ("Товар;Город\nЧайник красный;Москва\n", "cp1251"),
        ("Товар;Город\nЧайник красный;Москва\n", "koi8-r"),
        ("商品\nりんごジュース、みかん\n", "shift_jis"),
        ("商品;城市\n红色的杯子;北京市\n", "gb18030"),
        ("상품;도시\n빨간 컵;서울\n", "euc-kr"),
    ],
)
def test_the_encoding_of_a_text_is_guessed_from_its_letters(tmp_path, words, encoding):
    path = tmp_path / "file"
    path.write_bytes(words.encode(encoding))
    assert guess_encoding(path) == encoding


def test_a_file_in_another_encoding_offers_it_in_the_page_and_is_read_by_it(operator):
    path = operator.looks_at(SALES.replace("HOLDER", "HÖLDER für Tücher").encode("cp1252"))
    run = Import.objects.get(pk=number(path))
    assert (run.state, run.error) == (
        "failed",
        "line 2: byte 0xd6 is not UTF-8; it looks like Western Europe, Windows (cp1252)",
    )
    assert run.preview["encoding"] == "cp1252"
    assert run.preview["first_rows"][0][2] == "HÖLDER für Tücher"
    page = operator.opens(path)
    assert '<option value="cp1252" selected>' in page.content.decode()
    assert "HÖLDER für Tücher" in text(page)
    assert "--encoding" not in text(page)
