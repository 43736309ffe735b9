"""Where people find each report: an entry of a section. Reports that differ in one thing only, such
as a dimension, share an entry and are its tabs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.utils.module_loading import import_string

MODEL_QUALITY = "Model quality"  # the heading of what is folded away


@dataclass(frozen=True, eq=False)
class Entry:
    """An app names its own as `report_entries` of its AppConfig."""

    section: str
    heading: str  # of the column where a section lists it
    reports: str | Mapping[str, str]  # a path, or the paths by the labels of their tabs
    title: str = ""  # those of the first report, if there is none
    question: str = ""

    @property
    def tabs(self) -> Mapping[str, str]:
        return {"": self.reports} if isinstance(self.reports, str) else self.reports

    @property
    def path(self) -> str:
        """Of the first report, by which stars and recently opened entries are kept."""
        return next(iter(self.tabs.values()))


@cache
def report_entries() -> tuple[Entry, ...]:
    """Those of all apps."""
    names = (getattr(app, "report_entries", None) for app in apps.get_app_configs())
    return tuple(entry for name in names if name for entry in import_string(name))


def entry_of(path: str) -> Entry:
    """The entry of a report; of one that no app lists, one of its own."""
    return entries_by_path().get(path) or Entry("sales", "", path)


@cache
def entries_by_path() -> dict[str, Entry]:
    return {path: entry for entry in report_entries() for path in entry.tabs.values()}
