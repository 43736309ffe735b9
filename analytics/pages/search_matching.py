"""How well what somebody types matches the name of a thing, or another word for it."""

import re
from functools import lru_cache
from typing import NamedTuple

# The best first
EXACT, START, WORD, INSIDE, SYNONYM, DESCRIPTION, NO_MATCH = range(7)
SHORTEST = 3  # letters of a word that is completed

# Words that people use for the same: whoever types one of them also finds the others.
SYNONYMS = (
    ("margin", "profit", "earnings"),
    ("tax", "sales tax", "vat", "gst"),
    ("lifetime value", "ltv", "clv", "cltv"),
    ("return", "refund"),
    ("returns", "refunds"),
    ("returned", "refunded"),
    ("average order value", "aov", "basket size"),
    ("net sales", "turnover", "revenue", "income"),
    ("stock", "inventory"),
    ("churn", "at risk", "attrition"),
    ("voucher", "coupon", "discount"),
    ("forecast", "prediction", "predicted"),
    ("customers", "buyers", "clients"),
    ("products", "items", "articles"),
    ("country", "market", "region"),
    ("key figures", "kpi", "kpis", "dashboard"),
    ("retention", "loyalty"),
    ("export", "download"),
    ("schedule", "subscription", "email"),
    ("import", "upload"),
)


class Hit(NamedTuple):
    title: str
    address: str
    detail: str  # what it is
    description: str = ""
    words: str = ""  # more by which it is found
    rank: int = EXACT


def rank(search: str, hit: Hit) -> int:
    """How well the hit matches a search in lower case."""
    title, text = hit.title.lower(), f"{hit.title} {hit.description} {hit.words}".lower()
    if (best := rank_of_words(search, title)) < NO_MATCH:
        return best
    others = synonyms_of(search)
    if any(rank_of_words(other, title) < NO_MATCH for other in others):
        return SYNONYM
    return DESCRIPTION if any(has_words(each, text) for each in (search, *others)) else NO_MATCH


def rank_of_words(search: str, title: str) -> int:
    if title.startswith(search):
        return EXACT if title == search else START
    if has_words(search, title):
        return WORD
    return INSIDE if all(word in title for word in search.split()) else NO_MATCH


def has_words(search: str, text: str) -> bool:
    """Whether each word of the search begins a word of the text."""
    return all(re.search(rf"(?<!\w){re.escape(word)}", text) for word in search.split())


@lru_cache  # asked for each title
def synonyms_of(search: str) -> tuple[str, ...]:
    """The search with another word in place of one that it has or begins."""
    found = []
    for group in SYNONYMS:
        for word in group:
            others = [other for other in group if other != word]
            if len(search) >= SHORTEST and word.startswith(search):
                found += others
            elif re.search(rf"(?<!\w){word}(?!\w)", search):
                found += [search.replace(word, other) for other in others]
    return tuple(found)
