"""Where things stand: nothing is cut off, and an axis stays while its chart is moved."""

import pytest
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


@pytest.mark.parametrize("path", ["/", "/products/1/"])
def test_the_axis_of_a_chart_stays_on_a_phone(window, path):
    window.resize(PHONE)
    window.opens(path)
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
        lambda _: window.opens("/customers/1/") or window.all(".part .tiles")
    )
    heading, cards = box(window, "#predictions"), box(window, ".part .tiles")
    above = box(window, "section.tiles")
    assert cards["top"] - heading["bottom"] >= 8
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
