"""Filters under real keys and a real mouse: nothing is sent before somebody is done with it."""

import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By

from tests.browser.window import ALL_RULES

pytestmark = pytest.mark.browser

WITH_PERIOD = ["/", "/orders/", "/explore/", "/reports/revenue/monthly/", "/reports/sales/"]
WITH_LISTS = {
    "/orders/": "kind",
    "/customers/": "country",
    "/products/": "category",
    "/reports/products/top/": "by",
}
PERIOD = ".popover.period"
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


def opens_period(window):
    window.all(f"{PERIOD} > summary")[0].click()
    pages_asked_for(window)


def is_open(window) -> bool:
    return window.all(PERIOD)[0].get_property("open")


@pytest.mark.parametrize("path", WITH_PERIOD)
def test_a_date_can_be_typed_and_is_applied(window, path):
    window.opens(path)
    opens_period(window)
    window.driver.find_element(By.NAME, "start").send_keys(Keys.CONTROL + "a")
    types(window, "3 Mar 2026", Keys.TAB, "4.4.2026")  # Tab selects what stands there
    assert pages_asked_for(window) == []
    window.applies()
    window.waits_for_address("end=2026-04-04")
    assert "start=2026-03-03" in window.address
    assert "period=custom" in window.address
    assert window.text(f"{PERIOD} strong") == "3 Mar – 4 Apr 2026"


def test_a_date_is_sent_by_enter(window):
    window.opens("/customers/")
    field = focus(window, "start")
    pages_asked_for(window)
    types(window, *THIRD_OF_MARCH)
    assert field.get_property("value") == "2026-03-03"
    assert pages_asked_for(window) == []
    types(window, Keys.ENTER)
    window.waits_for_address("start=2026-03-03")
    assert len(pages_asked_for(window)) == 1


def test_a_preset_takes_two_clicks(window):
    window.opens("/reports/revenue/monthly/")
    opens_period(window)
    window.one("//a[normalize-space()='Last month']").click()
    window.waits_for_address("period=last_month")
    window.opens("/orders/")
    window.waits_for_address("period=last_month")  # what was chosen before is in the address, too


def test_the_arrow_keys_go_through_comparisons_and_nothing_is_sent(window):
    window.opens("/")
    opens_period(window)
    chosen = window.all("[name=compare]:checked")[0]
    window.driver.execute_script("arguments[0].focus()", chosen)
    types(window, Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    assert window.all("[name=compare]:checked")[0].get_property("value") == "previous_year_weekdays"
    assert pages_asked_for(window) == []
    window.applies()
    window.waits_for_address("compare=previous_year_weekdays")


def test_escape_closes_the_panel_and_takes_back_what_was_typed(window):
    window.opens("/")
    opens_period(window)
    field = focus(window, "start")
    before = field.get_property("value")
    types(window, "x", Keys.ESCAPE)
    assert not is_open(window)
    assert field.get_property("value") == before
    assert window.driver.switch_to.active_element.tag_name == "summary"
    assert pages_asked_for(window) == []


def test_a_click_beside_the_panel_closes_it(window):
    window.opens("/")
    opens_period(window)
    window.one("//h1").click()
    assert not is_open(window)
    assert pages_asked_for(window) == []


def test_days_are_chosen_in_the_calendar(window):
    window.opens("/?start=2026-05-02&end=2026-05-20")
    opens_period(window)
    for day in ("10 Apr 2026", "5 May 2026"):
        window.one(f"//button[@aria-label='{day}']").click()
    assert is_open(window)
    assert [field.get_property("value") for field in window.all(f"{PERIOD} .ends input")] == [
        "10 Apr 2026", "5 May 2026"
    ]  # fmt: skip
    window.applies()
    window.waits_for_address("start=2026-04-10&end=2026-05-05")


def test_countries_are_searched_and_several_chosen(window):
    window.opens("/reports/revenue/monthly/")
    window.opens_panel("Country")
    for country in ("France", "Germany"):
        window.one(f"//details[@open]//label[normalize-space()='{country}']").click()
    pages_asked_for(window)
    window.applies()
    window.waits_for_address("country=")
    assert window.texts(".popover > summary")[1] in (
        "Country Germany, France", "Country France, Germany"
    )  # fmt: skip
    pages_asked_for(window)
    window.opens_panel("Category")
    window.all(".popover[open] [type=search]")[0].send_keys("tea", Keys.ENTER)
    shown = [text for text in window.texts(".popover[open] li") if text]
    assert shown
    assert all("tea" in text.lower() for text in shown)
    assert pages_asked_for(window) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("words", ["Nov", "Category", "+ Filter"])
def test_an_open_panel_keeps_nobody_out(window, theme, words):
    window.system_theme(theme)
    window.opens("/reports/products/top/?start=2026-11-01&end=2026-11-09&compare=previous_year")
    window.opens_panel(words)
    assert window.barriers(ALL_RULES) == []
    window.resize(390)
    assert window.has_nothing_beside_it()
    box = window.all(".popover[open] > .panel")[0].rect
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


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
    window.one("//form/button[normalize-space()='Apply']").click()
    window.wait(lambda _: f"{name}=" in window.address, name)
    assert window.driver.find_element(By.NAME, name).get_property("value") == chosen


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
