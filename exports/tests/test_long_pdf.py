"""A report with more columns than a page has room for, printed by a real browser."""

from datetime import date

import pytest
from django.utils.datastructures import MultiValueDict
from pypdf import PdfReader

from analytics.query.run import run_report
from analytics.semantics.filters import Reader
from exports.pdf import write_pdf

pytestmark = [pytest.mark.django_db, pytest.mark.browser]


def test_a_long_table_of_cohorts_stays_on_its_pages(signed_in, shop, tmp_path):
    mug = shop.product("mug")
    months = [date(2023 + month // 12, month % 12 + 1, 5) for month in range(36)]
    for number, day in enumerate(months):
        shop.sell((mug, 1), on=str(day), customer=shop.customer(f"buyer-{number}"))
    answer = run_report("customers/retention", MultiValueDict(), Reader())
    write_pdf(tmp_path / "cohorts.pdf", "Cohorts", iter([answer]))
    pages = PdfReader(tmp_path / "cohorts.pdf").pages
    places = []
    for page in pages:
        page.extract_text(visitor_text=lambda text, cm, tm, *_: places.append((text, cm, tm)))
    across = [tm[4] * cm[0] + cm[4] for text, cm, tm in places if text.strip()]
    assert 0 < min(across) < max(across) < pages[0].mediabox.width - 20
    text = " ".join(page.extract_text() for page in pages)
    for first in (0, 12, 24):  # a year of ages in each part, with the averages of it
        ages = " ".join(map(str, range(first, first + 12)))
        assert f"Cohort by months later New customers {ages}\n" in text
    assert text.count("\nAverage ") == 3
    assert "Where" not in text  # nothing was filtered
