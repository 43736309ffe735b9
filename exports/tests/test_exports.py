"""Files that are asked for: made by the worker, fetched by who asked for them while they may."""

import csv
import html
import io
import os
import re
import time
from datetime import timedelta
from zipfile import ZipFile

import pytest
from django.utils import timezone

from exports import files, jobs, pdf
from exports.models import Export
from exports.tests.books import fetched, opened, rows

pytestmark = pytest.mark.django_db
MARCH = {"start": "2026-03-01", "end": "2026-03-31"}


def asked(client, *reports, status=201, **more):
    body = {"reports": list(reports), "parameters": MARCH, **more}
    answer = client.post("/api/exports/", body)
    assert answer.status_code == status, answer.json()
    return answer.json()


def made(client, *reports, **more) -> int:
    pk = asked(client, *reports, **more)["id"]
    jobs.make(pk)
    assert shown(client, pk)["state"] == "done", shown(client, pk)["error"]
    return pk


def shown(client, pk) -> dict:
    return client.get(f"/api/exports/{pk}/").json()


def test_several_reports_are_one_workbook_with_a_sheet_each(signed_in, march):
    client = signed_in("analyst")
    export = asked(client, "products/sold", "revenue/monthly")
    assert (export["state"], export["done"], export["total"]) == ("waiting", 0, 2)
    jobs.make(export["id"])
    export = shown(client, export["id"])
    assert (export["state"], export["done"], export["name"]) == (
        "done", 2, "reports-2026-03-01-2026-03-31.xlsx",
    )  # fmt: skip
    content = fetched(client, f"/api/exports/{export['id']}/file/")
    book = opened(content)
    assert book.sheetnames == ["Products sold", "Net sales by month", "Definitions"]
    assert rows(book, "Products sold") == rows(opened(march.file), "Products")
    assert rows(book, "Net sales by month")[1][4] == 85
    assert export["size"] == len(content)
    again = made(client, "products/sold", "revenue/monthly")
    assert fetched(client, f"/api/exports/{again}/file/") == content


def test_a_zip_holds_a_csv_of_each(signed_in, march):
    client = signed_in("analyst")
    pk = made(client, "products/sold", "revenue/monthly", format="zip")
    packed = ZipFile(io.BytesIO(fetched(client, f"/api/exports/{pk}/file/")))
    assert packed.namelist() == ["products-sold.csv", "revenue-monthly.csv"]
    table = csv.DictReader(io.StringIO(packed.read("products-sold.csv").decode()))
    assert [(row["sku"], row["revenue"]) for row in table] == [("mug", "60.00"), ("pot", "25.00")]


def test_a_csv_is_what_the_report_itself_gives(signed_in, march):
    client = signed_in("analyst")
    pk = made(client, "products/sold", format="csv")
    own = fetched(client, "/api/products/sold.csv", **MARCH)
    assert fetched(client, f"/api/exports/{pk}/file/") == own


def test_the_monthly_report_is_asked_for_by_its_month(signed_in, march):
    client = signed_in("admin")
    pk = made(client, "monthly", parameters={"month": "2026-03"})
    assert fetched(client, f"/api/exports/{pk}/file/") == march.file
    assert shown(client, pk)["name"] == "sales-2026-03.xlsx"


@pytest.mark.parametrize(
    ("reports", "more", "field", "reason"),
    [
        (["no/such"], {}, "reports", "'no/such' is not a report."),
        ([], {}, "reports", "Choose 1 to 50 different reports."),
        (["orders/status"] * 2, {}, "reports", "Choose 1 to 50 different reports."),
        (["customers/top"], {}, "reports", "Your role may not open 'customers/top'."),
        (["orders/status", "revenue/tax"], {"format": "csv"}, "format",
         "A CSV file holds a single report. Choose zip or xlsx."),
        (["orders/status"], {"format": "doc"}, "format", '"doc" is not a valid choice.'),
        (["orders/status"], {"parameters": {"colour": "red"}}, "colour",
         "None of these reports has this parameter."),
        (["orders/status"], {"parameters": {"start": "soon"}}, "start",
         "Enter a valid date (YYYY-MM-DD)."),
        (["orders/status"], {"parameters": {"start": {}}}, "parameters.start",
         "Enter a string or a list of strings."),
        (["monthly"], {"parameters": {"month": "2026-13"}}, "month",
         "'13' is not a month: write 1 to 12."),
        (["monthly"], {"parameters": {}}, "month", "'' is not a month: write 1 to 12."),
        (["monthly"], {"format": "zip"}, "format",
         "The monthly sales report is an Excel workbook."),
        (["orders/status"], {"snapshot": 1}, "snapshot", "Set by the shop."),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_refused_by_name(signed_in, reports, more, field, reason):
    export = asked(signed_in("operator"), *reports, status=400, **more)
    assert {"field": field, "reason": reason} in export["errors"]
    assert not Export.objects.exists()


def test_only_who_asked_for_a_file_fetches_it(signed_in, march):
    anna, ben, admin = (signed_in(role) for role in ("analyst", "analyst", "admin"))
    pk = made(anna, "products/sold")
    assert ben.get(f"/api/exports/{pk}/").status_code == 404
    assert ben.get(f"/api/exports/{pk}/file/").status_code == 404
    assert shown(admin, pk)["state"] == "done"
    assert admin.get(f"/api/exports/{pk}/file/").status_code == 403


def test_who_may_see_less_than_then_does_not_fetch_it_any_more(signed_in, march):
    manager = signed_in("manager", march.germany, march.france)
    pk = made(manager, "customers/buyers")
    book = opened(fetched(manager, f"/api/exports/{pk}/file/"))
    assert len(rows(book, "Customers of the period"))
    manager.user.countries.set([march.germany])
    fetched(manager, f"/api/exports/{pk}/file/", status=403)
    type(manager.user).objects.filter(pk=manager.user.pk).update(role="operator")
    manager.user.refresh_from_db()
    fetched(manager, f"/api/exports/{pk}/file/", status=403)


def test_it_is_made_with_what_may_be_seen_when_it_is_made(signed_in, march):
    manager = signed_in("manager", march.germany, march.france)
    pk = asked(manager, "products/sold")["id"]
    manager.user.countries.set([march.france])
    jobs.make(pk)
    sold = rows(opened(fetched(manager, f"/api/exports/{pk}/file/")), "Products sold")
    assert [row[1] for row in sold[1:-1]] == ["mug"]


def test_a_role_that_was_lost_meanwhile_is_told(signed_in, march):
    manager = signed_in("manager", march.germany)
    pk = asked(manager, "customers/buyers")["id"]
    type(manager.user).objects.filter(pk=manager.user.pk).update(role="operator")
    jobs.make(pk)
    export = Export.objects.get(pk=pk)
    assert (export.state, export.error) == (
        "failed", "reports: Your role may not open 'customers/buyers'.",
    )  # fmt: skip


def test_a_file_that_is_not_made_yet_is_not_there(signed_in, march):
    client = signed_in("analyst")
    pk = asked(client, "products/sold")["id"]
    assert client.get(f"/api/exports/{pk}/file/").status_code == 409


def test_what_a_killed_worker_left_is_taken_up_and_given_up_at_last(signed_in, march):
    client = signed_in("analyst")
    pk = asked(client, "products/sold")["id"]
    export, long_ago = Export.objects.filter(pk=pk), timezone.now() - timedelta(hours=1)
    export.update(state="making", attempts=1)
    jobs.resume()
    assert shown(client, pk)["state"] == "making"  # somebody was at it a moment ago
    export.update(seen_at=long_ago)
    jobs.resume()
    assert shown(client, pk)["state"] == "done"
    export.update(state="making", attempts=3, seen_at=long_ago)
    jobs.resume()
    export = shown(client, pk)
    assert (export["state"], export["error"]) == (
        "failed", "Gave up after 3 attempts: each was interrupted.",
    )  # fmt: skip


def test_files_are_kept_for_some_days(signed_in, march, settings):
    settings.EXPORT_KEEP_DAYS = 2
    client = signed_in("analyst")
    old, young = made(client, "products/sold"), made(client, "products/sold")
    Export.objects.filter(pk=old).update(created_at=timezone.now() - timedelta(days=3))
    for path in files.export_folder().iterdir():
        os.utime(path, (time.time() - 7200,) * 2)
    jobs.resume()
    assert client.get(f"/api/exports/{old}/").status_code == 404
    assert [path.name for path in files.export_folder().iterdir()] == [
        Export.objects.get(pk=young).file,
    ]  # fmt: skip


def test_a_file_that_is_forgotten_is_gone(signed_in, march):
    client = signed_in("analyst")
    pk = made(client, "products/sold")
    assert client.delete(f"/api/exports/{pk}/").status_code == 204
    assert not list(files.export_folder().iterdir())


# The pages


def test_a_file_is_asked_for_and_fetched_on_the_pages(visitor, march):
    anna = visitor("analyst")
    path = anna.sends(
        "/exports/", reports=["products/sold", "revenue/tax"], format="zip", start="2026-03-01"
    ).headers["Location"]
    assert "Creating the file" in anna.opens(path).content.decode()
    jobs.make(int(path.split("/")[2]))
    page = anna.opens(path).content.decode()
    assert f'href="/api{path}file/"' in page
    assert anna.opens(path, status=286, **{"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "reports-2026-03-01.zip" in anna.opens("/exports/").content.decode()
    anna.sends(f"{path}forget/")
    anna.opens(path, status=404)


def test_the_page_says_what_is_not_right(visitor, march):
    page = visitor("analyst").sends("/exports/", status=400, reports=["monthly"], format="xlsx")
    assert "&#x27;&#x27; is not a month: write 1 to 12." in page.content.decode()


def test_the_page_offers_what_the_role_may_see(visitor, march):
    assert "customers/top" in visitor("analyst").opens("/exports/").content.decode()
    assert "customers/top" not in visitor("operator").opens("/exports/").content.decode()


def test_the_page_of_a_report_leads_to_its_pdf(visitor, march):
    anna = visitor("analyst")
    page = anna.opens("/reports/products/sold/?start=2026-03-01&country=DE").content.decode()
    [link] = re.findall(r'<a href="([^"]*)">PDF</a>', page)
    form = anna.opens(html.unescape(link)).content.decode()
    chosen = re.findall(r'<option value="([^"]*)" selected>', form)
    assert chosen == ["products/sold", "pdf", "DE", ""]
    assert 'name="start" value="2026-03-01"' in form


def test_a_pdf_needs_a_browser_and_says_so(signed_in, march, monkeypatch):
    monkeypatch.setattr(pdf, "BROWSERS", ("no-such-browser",))
    export = asked(signed_in("analyst"), "orders/status", format="pdf", status=400)
    assert export["errors"] == [{"field": "format", "reason": pdf.NO_BROWSER}]


def test_what_is_too_long_for_paper_is_refused_not_cut(signed_in, march, monkeypatch):
    monkeypatch.setattr(pdf, "find_browser", lambda: "/bin/false")
    monkeypatch.setattr(pdf, "MAX_ROWS", 1)
    client = signed_in("analyst")
    pk = asked(client, "products/sold", format="pdf")["id"]
    jobs.make(pk)
    export = shown(client, pk)
    assert (export["state"], export["error"]) == (
        "failed",
        "reports: Products sold has 2 rows; a PDF holds up to 1. Choose xlsx, csv or zip.",
    )
