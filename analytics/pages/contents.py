"""The entries of reports that a user may open, by section, as pages list them."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import User
from analytics.api.reports import resource_of
from analytics.kept.services import starred_paths
from analytics.semantics.entries import MODEL_QUALITY, Entry, report_entries
from analytics.semantics.report import Report, reports


@dataclass(frozen=True)
class Tab:
    label: str
    report: Report

    @property
    def address(self) -> str:
        return f"/reports/{self.report.path}/"


@dataclass(frozen=True)
class ListedEntry:
    entry: Entry
    tabs: list[Tab]  # that the user may open
    is_starred: bool

    @property
    def path(self) -> str:
        return self.entry.path

    @property
    def address(self) -> str:
        return self.tabs[0].address

    @property
    def title(self) -> str:
        return self.entry.title or self.tabs[0].report.title

    @property
    def question(self) -> str:
        return self.entry.question or self.tabs[0].report.description


def may_open(user: User, report: Report) -> bool:
    return user.may(resource_of(report), "retrieve")


def listed_entries(user: User, entries: Iterable[Entry] | None = None) -> list[ListedEntry]:
    """Those with something that the user may open."""
    starred, found = {*starred_paths(user)}, []
    for entry in report_entries() if entries is None else entries:
        tabs = [Tab(label, reports()[path]) for label, path in entry.tabs.items()]
        tabs = [tab for tab in tabs if may_open(user, tab.report)]
        if tabs:
            found.append(ListedEntry(entry, tabs, entry.path in starred))
    return found


def entries_of_section(user: User, section: str) -> list[ListedEntry]:
    return listed_entries(user, (entry for entry in report_entries() if entry.section == section))


def by_heading(entries: list[ListedEntry]) -> dict[str, list[ListedEntry]]:
    """In the order of the headings, without what says how good the models are."""
    headings: dict[str, list[ListedEntry]] = {}
    for listed in entries:
        if listed.entry.heading != MODEL_QUALITY:
            headings.setdefault(listed.entry.heading, []).append(listed)
    return headings


def of_model_quality(entries: list[ListedEntry]) -> list[ListedEntry]:
    return [listed for listed in entries if listed.entry.heading == MODEL_QUALITY]


def matching_tabs(listed: ListedEntry, search: str) -> list[Tab]:
    """All, if the words of the entry match; otherwise those whose own do."""
    if search in f"{listed.title} {listed.question}".casefold():
        return listed.tabs
    return [tab for tab in listed.tabs if search in searched_text(tab)]


def searched_text(tab: Tab) -> str:
    report = tab.report
    words = (report.title, report.description, report.definition, report.path, tab.label)
    return " ".join(words).casefold()
