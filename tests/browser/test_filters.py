"""Filters under real keys and a real mouse: nothing is sent before somebody is done with it."""

import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By

pytestmark = pytest.mark.browser

WITH_DATES = [
    "/?period=custom",
    "/orders/",
    "/customers/",
    "/reports/revenue/monthly/",
    "/reports/products/top/",
]
WITH_LISTS = {
    "/": "period",
    "/orders/": "country",
    "/customers/": "country",
    "/products/": "category",
    "/reports/revenue/monthly/": "country",
}
THIRD_OF_MARCH = "03032026"  # the same whether the day or the month comes first


def focus(window, name: str):
    field = window.driver.find_element(By.NAME, name)
    window.driver.execute_script("arguments[0].focus()", field)
    return field


def types(window, *keys: str):
    ActionChains(window.driver).send_keys(*keys).perform()


def pages_asked_for(window) -> list[str]:
    """The pages that were asked for since the last time, without scripts, charts and pictures."""
    root = window.site.address
    asked = [url.removeprefix(root) for url in window.requests() if url.startswith(root)]
    # A page asks for its chart by itself, at any time after it is there.
    return [
        url for url in asked if not url.startswith(("/static/", "/api/")) and "/chart/?" not in url
    ]


@pytest.mark.parametrize("path", WITH_DATES)
def test_a_date_can_be_typed_and_is_sent_by_enter(window, path):
    window.opens(path)
    field = focus(window, "start")
    pages_asked_for(window)
    types(window, *THIRD_OF_MARCH)
    assert field.get_property("value") == "2026-03-03"
    assert pages_asked_for(window) == []
    types(window, Keys.ENTER)
    window.waits_for_address("start=2026-03-03")
    assert len(pages_asked_for(window)) == 1


@pytest.mark.parametrize("path", WITH_LISTS)
def test_the_arrow_keys_go_through_a_list_and_the_button_applies(window, path):
    window.opens(path)
    name = WITH_LISTS[path]
    field = focus(window, name)
    pages_asked_for(window)
    before = field.get_property("value")
    types(window, Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    chosen = field.get_property("value")
    assert chosen != before
    assert pages_asked_for(window) == []
    window.presses("Apply")
    window.wait(lambda _: f"{name}=" in window.address, name)
    assert window.driver.find_element(By.NAME, name).get_property("value") == chosen


def test_both_dates_can_be_typed_one_after_the_other(window):
    window.opens("/reports/revenue/monthly/")
    focus(window, "start")
    pages_asked_for(window)
    types(window, *THIRD_OF_MARCH)
    focus(window, "end")
    types(window, *"04042026")
    assert pages_asked_for(window) == []
    window.presses("Apply")
    window.waits_for_address("start=2026-03-03&end=2026-04-04")


def test_a_click_beside_the_filters_applies_what_was_typed(window):
    window.opens("/customers/")
    focus(window, "search")
    types(window, "an")
    window.one("//h1").click()
    window.waits_for_address("search=an")


def test_words_that_are_typed_wait_for_enter(window):
    window.opens("/products/")
    focus(window, "search")
    pages_asked_for(window)
    types(window, "mug")
    assert pages_asked_for(window) == []
    types(window, Keys.ENTER)
    window.waits_for_address("search=mug")
