"""What the pages of one customer and one product read of reports."""

from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc
from django.utils.datastructures import MultiValueDict

from analytics.query.answer import Answer
from analytics.query.run import run_report
from analytics.semantics.filters import Reader
from ledger.models import Snapshot


@dataclass(frozen=True)
class Answers:
    """Answers of reports to one reader, all from one snapshot."""

    reader: Reader
    snapshot: Snapshot

    def answer(self, path: str, **parameters: Any) -> Answer:
        lists = {
            name: value if isinstance(value, list) else [str(value)]
            for name, value in parameters.items()
        }
        return run_report(path, MultiValueDict(lists), self.reader, self.snapshot)

    def row(self, path: str, column: str, key: int, **parameters: Any) -> dict[str, Any]:
        """The row about this customer or product; empty where the report has none. It is looked up
        in the answer about all of them, which is cached for every page."""
        table = self.answer(path, **parameters).table
        return next(iter(table.filter(pc.equal(table[column], key)).to_pylist()), {})


def tile(label: str, value: str, note: str = "", mood: str = "") -> dict[str, str]:
    """A figure with a few words below it; with a mood they are a pill."""
    return {"label": label, "value": value, "note": note, "mood": mood}
