"""Where things stand: nothing is cut off, and an axis stays while its chart is moved."""

from base64 import b64decode
from io import BytesIO

import pytest
from pypdf import PdfReader
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.support.ui import WebDriverWait

pytestmark = pytest.mark.browser

PHONE = 390
FITTED = 240  # seconds until the worker has made the first predictions of the demo shop
WITH_FILTERS = ["/", "/orders/", "/customers/", "/products/", "/reports/customers/lapse-point/"]
# Names of the fields whose chosen words are wider than the room for them.
CUT = """
const pen = document.createElement("canvas").getContext("2d");
return [...document.querySelectorAll(".filters select")].filter((select) => {
  const style = getComputedStyle(select);
  pen.font = style.font;
  const widths = [...select.options].map((option) => pen.measureText(option.text).width);
  const room = select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  return select.checkVisibility() && Math.max(...widths) > room;
}).map((select) => select.name);
"""


def box(window, selector: str) -> dict:
    script = "return document.querySelector(arguments[0]).getBoundingClientRect().toJSON()"
    return window.driver.execute_script(script, selector)


def run(window, script: str):
    return window.driver.execute_script(script)


@pytest.mark.parametrize("width", [1440, PHONE])
@pytest.mark.parametrize("path", WITH_FILTERS)
def test_every_choice_of_a_filter_can_be_read(window, path, width):
    window.resize(width)
    window.opens(path)
    assert run(window, CUT) == []


@pytest.mark.parametrize("width", [1440, 1100])
def test_the_last_hour_of_the_day_is_seen(window, width):
    window.resize(width)
    window.opens("/")
    last, card = (
        box(window, place) for place in (".tight tbody td:last-child", ".slim:has(.tight)")
    )
    assert last["right"] <= card["right"] - 16
    assert last["width"] > 8


def test_the_axis_of_a_chart_stays_on_a_phone(window):
    window.resize(PHONE)
    window.opens("/products/1/")
    places = []
    for left in (-10_000, 0):  # the oldest days, and the latest
        run(window, f"document.querySelector('.sideways').scrollLeft = {left}")
        places.append(box(window, ".plot .axis")["left"])
        assert box(window, ".plot")["width"] > PHONE
    assert places[0] == places[1] >= 0


def test_what_one_points_at_is_written_small(window):
    window.opens("/reports/revenue/monthly/")
    window.looks_at_everything()
    chart = window.all("[data-chart] svg")[0]
    for step in range(20, 60, 5):
        mouse = ActionChains(window.driver)
        mouse.move_to_element_with_offset(chart, chart.size["width"] // 2 - step, 20).perform()
        if window.all("#vg-tooltip-element.visible"):
            break
    value = window.all("#vg-tooltip-element .value")[0]
    assert value.value_of_css_property("font-size") == "13px"
    assert value.value_of_css_property("font-weight") == "400"


def test_headings_keep_their_distance_from_the_cards(window):
    WebDriverWait(window.driver, FITTED, poll_frequency=2).until(
        lambda _: window.opens("/customers/1/") or window.all("#expect")
    )
    heading, above = box(window, "#expect"), box(window, "section.tiles")
    assert heading["top"] - above["bottom"] >= 16


def opened_definition(window) -> list[str]:
    return window.texts(".definition:popover-open")


@pytest.mark.parametrize("path", ["/reports/revenue/monthly/", "/reports/customers/retention/"])
def test_a_definition_opens_by_mouse_and_by_key_and_esc_closes_it(window, path):
    window.opens(path)
    term = window.all(".term")[0]
    mouse = ActionChains(window.driver)
    mouse.move_to_element(term).perform()
    window.wait(lambda _: opened_definition(window), "the definition")
    mouse.move_to_element(window.all("h1")[0]).perform()
    window.wait(lambda _: not opened_definition(window), "no definition")
    run(window, "document.querySelector('.info').focus()")
    assert len(opened_definition(window)) == 1
    ActionChains(window.driver).send_keys(Keys.ESCAPE).perform()
    assert opened_definition(window) == []


def test_a_definition_opens_by_a_click_without_scripts(window):
    window.scripts(on=False)
    window.opens("/reports/revenue/monthly/")
    window.all(".info")[0].click()
    assert len(window.all(".definition:popover-open")) == 1


WIDE = "/reports/products/performance/?compare=previous_period&start=2026-01-01&end=2026-06-30"
PAPER = 1032  # pixels: the long side of A4 without its margins


def test_the_head_the_totals_and_the_first_column_of_a_table_stay(window):
    window.opens(WIDE)
    window.looks_at_everything()
    places = "['', ' thead th', ' .totals td', ' tbody td']"
    box_of = "document.querySelector('.report-table' + place).getBoundingClientRect()"
    script = f"return {places}.map((place) => {box_of})"
    scroll = "document.querySelector('.report-table').scrollBy({})"
    run(window, scroll.format("0, 60"))  # past the number of rows
    before = run(window, script)
    run(window, scroll.format("200, 200"))
    after = run(window, script)
    table, head, totals, first = ([a["x"], a["y"]] for a in after)
    assert [table, head, totals] == [[each["x"], each["y"]] for each in before[:3]]
    assert (first[0], first[1] < before[3]["y"]) == (before[3]["x"], True)


def test_a_row_is_a_card_on_a_phone(window):
    window.resize(PHONE)
    window.opens(WIDE)
    card, first, last = (
        box(window, f".report-table tbody tr {place}")
        for place in ("", "td:first-child", "td:last-child")
    )
    assert 0 <= first["left"] < last["right"] <= PHONE
    assert card["height"] > 4 * first["height"]
    label = "return getComputedStyle(arguments[0], '::before').content"
    assert (
        window.driver.execute_script(label, window.all(".report-table tbody td")[1]) == '"Product"'
    )
    assert window.barriers({"resultTypes": ["violations"]}) == []


def test_columns_are_chosen_by_a_form(window):
    window.opens("/reports/revenue/monthly/")
    window.looks_at_everything()
    window.all(".tools .menu summary")[0].click()
    for name in ("gross", "discounts", "returns"):
        window.all(f".panel [name='columns'][value='{name}']")[0].click()
    window.presses("Show")
    window.waits_for_address("columns=revenue")
    heads = [head.rstrip(" ↑↓") for head in window.texts(".report-table thead th")]
    assert heads == ["Month", "Net sales", "Orders", "Units", "Average order value"]


@pytest.mark.parametrize(
    "path", [WIDE, "/reports/customers/retention/", "/reports/orders/heatmap/"]
)
def test_a_wide_table_fits_its_paper(window, path):
    window.opens(path)
    window.looks_at_everything()
    paper = {"preferCSSPageSize": True, "printBackground": True}
    printed = window.driver.execute_cdp_cmd("Page.printToPDF", paper)["data"]
    sizes = {(round(page.mediabox.width), round(page.mediabox.height)) for page in pages(printed)}
    assert sizes == {(842, 595)}
    window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    window.resize(PAPER)
    too_wide = "[...document.querySelectorAll('main *')].filter((e) => e.scrollWidth > innerWidth)"
    try:
        assert window.has_nothing_beside_it()
        assert run(window, f"return {too_wide}") == []
        assert not window.all(".actions")[0].is_displayed()
    finally:
        window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def pages(printed: str):
    return PdfReader(BytesIO(b64decode(printed))).pages
