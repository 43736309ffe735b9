"""Other names of countries: short and long ones, in every language.

The names come from ISO 3166 (pycountry), from Unicode CLDR in every language (Babel) and from a
short list of trade names that neither has. A name of several countries counts as unknown.
"""

import pickle
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

import pycountry
from babel.localedata import locale_identifiers, resolve_locale_filename

# In files of shops "Korea" is the Republic. "Channel Islands", "Virgin Islands" and the like are
# several countries of ISO 3166, so they are left out.
TRADE_NAMES = {
    "EIRE": "IE", "Republic of Ireland": "IE", "RSA": "ZA", "Korea": "KR", "UK": "GB", "EL": "GR",
    "Great Britain": "GB", "Britain": "GB", "Scotland": "GB", "Wales": "GB", "U.S.": "US",
    "Northern Ireland": "GB", "UAE": "AE", "Macedonia": "MK", "PR China": "CN",
}  # fmt: skip


def country_code(text: str) -> str:
    """The ISO 3166 code of the country with this name; empty if there is not exactly one."""
    name = normalized(text)
    # In this order, because most names are common and the others take a second to load.
    return common_names().get(name) or names_in_all_languages().get(name, "")


def normalized(text: str) -> str:
    """Without case, accents and punctuation: "Côte d’Ivoire" equals "COTE D'IVOIRE"."""
    # NFKD puts accents behind their letters, where the next line removes them (U+0300 to U+036F).
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = re.sub("[\u0300-\u036f.]", "", plain)
    words = re.sub(r"[\s\-,'’`()/_]+", " ", plain.replace("&", " and ")).split()
    return " ".join("saint" if word == "st" else word for word in words).removeprefix("the ")


@cache
def common_names() -> dict[str, str]:
    trade_names = {normalized(name): code for name, code in TRADE_NAMES.items()}
    return unambiguous(iso_names()) | trade_names


def iso_names() -> Iterator[tuple[str, str]]:
    for country in pycountry.countries:
        for kind in ("name", "common_name", "official_name", "alpha_3"):
            if name := getattr(country, kind, ""):
                yield name, country.alpha_2
                first, _, rest = name.partition(", ")
                yield f"{rest} {first}", country.alpha_2  # "Korea, Republic of"


@cache
def names_in_all_languages() -> dict[str, str]:
    """Loaded once, in about a second, when a name is not among the common ones."""
    return unambiguous(translated_names())


def translated_names() -> Iterator[tuple[str, str]]:
    """Reads the files directly: Babel's loader would keep a thousand locales in memory."""
    codes = {country.alpha_2 for country in pycountry.countries}
    for locale in locale_identifiers():
        with open(resolve_locale_filename(locale), "rb") as file:
            territories = pickle.load(file).get("territories", {})  # noqa: S301 - Babel's own file
        for code, name in territories.items():
            if code in codes and isinstance(name, str) and not re.fullmatch("[A-Za-z]{2}", name):
                yield name, code


def unambiguous(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    codes_by_name: dict[str, set[str]] = {}
    for name, code in names:
        codes_by_name.setdefault(normalized(name), set()).add(code)
    known = codes_by_name.items()
    return {name: min(codes) for name, codes in known if name and len(codes) == 1}
