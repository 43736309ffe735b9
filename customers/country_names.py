"""What a country is called besides its name in the books: in other languages, short or long.

The names are those of ISO 3166 (pycountry), of Unicode's CLDR in every language (Babel), and a few
that trade uses and neither has. A name that may mean several countries means none here.
"""

import pickle
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

import pycountry
from babel.localedata import locale_identifiers, resolve_locale_filename

# "Korea" in the files of shops is the Republic. "Channel Islands", "Virgin Islands" and the like
# are several countries of ISO 3166 and so stand for none.
OWN = {
    "EIRE": "IE", "Republic of Ireland": "IE", "RSA": "ZA", "Korea": "KR", "UK": "GB", "EL": "GR",
    "Great Britain": "GB", "Britain": "GB", "Scotland": "GB", "Wales": "GB", "U.S.": "US",
    "Northern Ireland": "GB", "UAE": "AE", "Macedonia": "MK", "PR China": "CN",
}  # fmt: skip


def code_of(text: str) -> str:
    """The ISO 3166 code of the country called so; empty if none is, or more than one."""
    name = folded(text)
    return common_names().get(name) or names_of_all_languages().get(name, "")


def folded(text: str) -> str:
    """Without case, accents and punctuation: "Côte d’Ivoire" and "COTE D'IVOIRE" are one."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = re.sub("[\u0300-\u036f.]", "", plain)
    words = re.sub(r"[\s\-,'’`()/_]+", " ", plain.replace("&", " and ")).split()
    return " ".join("saint" if word == "st" else word for word in words).removeprefix("the ")


@cache
def common_names() -> dict[str, str]:
    own = {folded(name): code for name, code in OWN.items()}
    return unambiguous(names_of_the_standard()) | own


def names_of_the_standard() -> Iterator[tuple[str, str]]:
    for country in pycountry.countries:
        for kind in ("name", "common_name", "official_name", "alpha_3"):
            if name := getattr(country, kind, ""):
                yield name, country.alpha_2
                first, _, rest = name.partition(", ")
                yield f"{rest} {first}", country.alpha_2  # "Korea, Republic of"


@cache
def names_of_all_languages() -> dict[str, str]:
    """Read once, in about a second, when a name is met that nobody else knows."""
    return unambiguous(translated_names())


def translated_names() -> Iterator[tuple[str, str]]:
    """Past Babel's own loader, which would keep all that it knows of a thousand locales."""
    codes = {country.alpha_2 for country in pycountry.countries}
    for locale in locale_identifiers():
        with open(resolve_locale_filename(locale), "rb") as file:
            territories = pickle.load(file).get("territories", {})  # noqa: S301 - Babel's own file
        for code, name in territories.items():
            if code in codes and isinstance(name, str) and not re.fullmatch("[A-Za-z]{2}", name):
                yield name, code


def unambiguous(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for name, code in names:
        found.setdefault(folded(name), set()).add(code)
    return {name: min(codes) for name, codes in found.items() if name and len(codes) == 1}
