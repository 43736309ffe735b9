"""The PDF, printed by a real browser and read back."""

import io
import re

import pytest
from pypdf import PdfReader

from exports import jobs
from exports.tests.books import fetched

pytestmark = [pytest.mark.django_db, pytest.mark.browser]


def test_a_pdf_has_every_report_with_chart_all_rows_and_totals(signed_in, march):
    client = signed_in("analyst")
    body = {
        "reports": ["products/sold", "revenue/monthly"],
        "parameters": {"start": "2026-03-01", "end": "2026-03-31"},
        "format": "pdf",
    }
    pk = client.post("/api/exports/", body).json()["id"]
    jobs.make(pk)
    export = client.get(f"/api/exports/{pk}/").json()
    assert (export["state"], export["name"]) == ("done", "reports-2026-03-01-2026-03-31.pdf")
    book = PdfReader(io.BytesIO(fetched(client, f"/api/exports/{pk}/file/")))
    first, *rest = (re.sub(r"\s+", " ", page.extract_text()) for page in book.pages)
    assert first.startswith("Products sold")
    assert "1 Mar 2026 – 31 Mar 2026" in first
    for cell in ("mug", "pot", "60.00", "25.00", "85.00"):
        assert cell in first, cell
    assert rest[0].startswith("Net sales by month How much was sold in each month?")
    assert book.metadata.title == "Reports"
