"""A column of a report: its name, kind, label and meaning."""

from dataclasses import dataclass

from analytics.semantics.measures import WORDS, Word, labelled


@dataclass(frozen=True)
class Column:
    """A word of the shop, or of one report, which then gives its kind and meaning here."""

    name: str
    kind: str = ""
    definition: str = ""
    label: str = ""

    def __post_init__(self) -> None:
        word = WORDS.get(self.name) or Word(self.name, "text", labelled(self.name), "")
        for part in ("kind", "definition", "label"):
            # A report may give a word its own label or meaning, but never its own measure.
            object.__setattr__(self, part, getattr(self, part) or getattr(word, part))

    @property
    def facts(self) -> dict[str, str]:
        """What programs are told of it."""
        names = ("name", "label", "kind", "definition")
        return {name: getattr(self, name) for name in names}

    @property
    def is_measure(self) -> bool:
        return self.name in WORDS and WORDS[self.name].measure is not None
