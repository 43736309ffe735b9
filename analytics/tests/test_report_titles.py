"""Titles and descriptions of reports are written for readers."""

from collections import Counter

from analytics.semantics.report import reports


def test_no_two_reports_share_a_title():
    titles = Counter(report.title for report in reports().values())
    assert [title for title, times in titles.items() if times > 1] == []


def test_a_description_is_one_plain_sentence():
    for report in reports().values():
        assert report.description[-1] in ".?", report.path
        assert ". " not in report.description, report.path
