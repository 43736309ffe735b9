"""What people do on the pages, in a real browser at a real server."""

import csv
import re
from decimal import Decimal as D
from urllib.parse import parse_qs, urlsplit

import pytest
from selenium.webdriver import ActionChains

pytestmark = pytest.mark.browser

# One order that is taken, one line that is not.
SALES = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
990001,LAMP-1,Reading lamp,2,2026-01-05 08:26:00,12.50,99001,Germany
990002,LAMP-1,Reading lamp,many,2026-01-06 09:00:00,12.50,99001,Germany
"""
FACES = {
    "JSON": ("application/json", b'{"report":"products/top"'),
    "CSV": ("text/csv; charset=utf-8", b"product"),
    "EXCEL": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
    "PNG": ("image/png", b"\x89PNG"),
    "SVG": ("image/svg+xml", b"<svg"),
}


def amount(text: str) -> D:
    return D(re.sub(r"[^\d.-]", "", text))


def query(window) -> dict[str, list[str]]:
    return parse_qs(urlsplit(window.address).query)


def tiles(window) -> dict[str, str]:
    return dict(zip(window.texts(".tile h2"), window.texts(".tile .value"), strict=True))


def test_who_signs_in_reads_the_same_numbers_as_the_api_tells(window):
    window.opens("/")
    [row] = window.asks("/api/analytics/kpis/?period=last_30_days")["rows"]
    shown = tiles(window)
    assert list(shown) == [
        "Net sales", "Orders", "Average order value", "Customers", "Returning rate", "Return rate",
        "Margin",
    ]  # fmt: skip
    assert amount(shown["Net sales"]) == D(row["revenue"]).quantize(D("0.01")) > 0
    assert amount(shown["Orders"]) == row["orders"] > 0
    assert amount(shown["Customers"]) == row["customers"] > 0
    top = window.asks("/api/products/top/?limit=8&period=last_30_days")["rows"]
    assert window.column(1, ".grid > .wide table:not(.heat)") == [row["product"] for row in top]


def test_what_is_chosen_stays_in_the_address(window):
    window.opens("/")
    everywhere = amount(tiles(window)["Net sales"])
    window.filters_by("Country", "Germany")
    window.waits_for_address("country=")
    assert 0 < amount(tiles(window)["Net sales"]) < everywhere
    assert window.texts(".ranked a span") == ["Germany"]
    window.all(".popover.period > summary")[0].click()
    window.one("//a[normalize-space()='Last 90 days']").click()
    window.waits_for_address("period=last_90_days")
    assert query(window)["country"] == ["DE"]
    link, shown = window.address, tiles(window)
    window.opens("/reports/")
    window.opens(link)
    assert tiles(window) == shown


def test_a_number_leads_to_the_orders_behind_it_and_to_one_of_them(window):
    window.opens("/")
    country = window.text(".ranked a span")
    revenue = window.text(".ranked a strong")
    window.all(".ranked a")[0].click()
    window.waits_for_address("/orders/?")
    assert f"net sales {revenue} EUR" in window.text("#documents")
    assert set(window.column(6, "main section table")) == {country}
    number = window.text("main tbody a")
    window.all("main tbody a")[0].click()
    window.waits_for("Subtotal")
    assert number in window.text("h1")
    assert window.column(1)


def test_a_table_is_sorted_by_a_click_on_its_head(window):
    window.opens("/reports/products/performance/?rows=100")
    head = "//th//a[starts-with(normalize-space(), 'Net sales')]"
    window.one(head).click()
    window.waits_for_address("sort=-revenue")
    place = window.texts(".report-table thead th").index("Net sales ↓") + 1
    shown = [amount(text) for text in window.column(place, ".report-table")]
    assert shown == sorted(shown, reverse=True)
    assert len(shown) > 20
    window.one(head).click()
    window.waits_for_address("sort=revenue")
    assert [amount(text) for text in window.column(place, ".report-table")] == shown[::-1]


@pytest.mark.parametrize("label", FACES)
def test_every_face_of_a_report_is_behind_its_link(window, label):
    window.opens("/reports/products/top/?country=DE&limit=3")
    window.one("//summary[normalize-space()='Export']").click()
    [address] = [
        link.get_attribute("href")
        for link in window.all(".actions li a")
        if link.text.upper() == label
    ]
    status, kind, content = window.fetches(address)
    assert (status, kind) == (200, FACES[label][0])
    assert content.startswith(FACES[label][1])
    assert "country=DE" in address
    assert "limit=3" in address


def test_a_file_is_downloaded_by_a_click(window, downloads):
    window.opens("/reports/products/top/?limit=3")
    place = window.texts(".report-table thead th").index("Product") + 1
    shown = window.column(place, ".report-table")
    window.one("//summary[normalize-space()='Export']").click()
    window.presses("CSV")
    window.wait(lambda _: list(downloads.glob("*.csv")), "the file")
    [file] = downloads.glob("*.csv")
    with file.open(newline="") as lines:
        assert [row["product"] for row in csv.DictReader(lines)] == shown


def test_a_file_is_imported_with_its_rejects_and_undone(window, tmp_path):
    file = tmp_path / "lamps.csv"
    file.write_text(SALES)
    window.opens("/imports/")
    window.one("//input[@type='file']").send_keys(str(file))
    window.presses("Upload and preview")
    window.waits_for("This is a preview")
    assert "many" in window.text("table .raw")
    page = window.address
    window.presses("Import 1 order")
    window.waits_for("Import complete")
    file_address = window.one("//a[@download]").get_attribute("href")
    status, _, rejected = window.fetches(file_address)
    assert status == 200
    assert b"990002" in rejected
    assert b"990001" not in rejected
    window.opens("/orders/?number=990001")
    assert "1 sale · net sales 25.00 EUR" in window.text("#documents")
    window.opens(page)
    window.presses("Undo import")
    window.waits_for("This deletes")
    window.presses("Undo import")
    window.waits_for("Import undone")
    window.opens("/orders/?number=990001")
    assert "No orders match these filters." in window.text()


def test_the_theme_is_the_systems_until_one_is_chosen(window):
    def paper():
        script = "return getComputedStyle(document.body).backgroundColor"
        return window.driver.execute_script(script)

    window.opens("/account/")
    light = paper()
    window.system_theme("dark")
    dark = paper()
    assert dark != light
    window.one("//input[@name='theme'][@value='light']").click()
    window.presses("Save theme")
    window.waits_for("Your account")
    assert paper() == light
    window.opens("/reports/revenue/monthly/")
    window.looks_at_everything()
    fill = window.all("[data-chart] svg")[0].value_of_css_property("background-color")
    window.opens("/account/")
    window.one("//input[@name='theme'][@value='system']").click()
    window.presses("Save theme")
    window.waits_for("Your account")
    assert paper() == dark
    window.opens("/reports/revenue/monthly/")
    window.looks_at_everything()
    assert window.all("[data-chart] svg")[0].value_of_css_property("background-color") != fill


def test_one_can_point_at_a_chart(window):
    window.opens("/reports/revenue/monthly/")
    window.looks_at_everything()
    month = window.asks("/api/revenue/monthly/")["rows"][-1]
    chart = window.all("[data-chart] svg")[0]
    right = chart.size["width"] // 2
    for step in range(20, 60, 5):  # somewhere there is the last month's bar
        mouse = ActionChains(window.driver)
        mouse.move_to_element_with_offset(chart, right - step, 20).perform()
        if window.all("#vg-tooltip-element.visible"):
            break
    told = window.text("#vg-tooltip-element")
    assert f"Orders {month['orders']:,}" in told
    assert f"{D(month['revenue']):,.2f}" in told


def test_without_javascript_everything_is_there(window):
    window.scripts(on=False)
    window.opens("/")
    window.filters_by("Country", "Germany")
    window.waits_for_address("country=DE")
    assert window.texts(".ranked a span") == ["Germany"]
    window.opens("/reports/revenue/monthly/?period=all_time")
    picture = window.all("[data-chart] img")[0]
    window.wait(lambda _: picture.get_property("naturalWidth"), "the picture")
    window.fills("q", "Jan")
    window.presses("Search")
    window.waits_for_address("q=Jan")
    assert all(month.startswith("Jan") for month in window.column(1, ".report-table"))
    window.opens("/imports/")
    assert window.one("//button[normalize-space()='Upload and preview']").is_displayed()
