"""The palette, which opens the search over any page by a key."""

import pytest
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.window import ALL_RULES, OF_COLORS

pytestmark = pytest.mark.browser
FIRST = ".palette [aria-selected=true] > span"


def press(window, *keys, held=None):
    chain = ActionChains(window.driver)
    if held:
        chain = chain.key_down(held)
    chain = chain.send_keys(*keys)
    (chain.key_up(held) if held else chain).perform()


def is_open(window) -> bool:
    return bool(window.all(".palette[open]"))


@pytest.fixture
def palette(window):
    window.opens("/account/")
    press(window, "k", held=Keys.CONTROL)
    window.wait(lambda _: is_open(window), "the palette")
    return window


def types(window, text):
    press(window, text)
    # What was opened last, which stands there before, has no marks.
    window.wait(lambda _: window.texts(".palette mark"), "hits")


def test_a_report_is_opened_by_the_beginning_of_its_name_and_enter(palette):
    types(palette, "ret")
    assert palette.texts(FIRST)[0].startswith("Retention")
    assert palette.texts(".palette mark")[0] == "Ret"
    press(palette, Keys.ENTER)
    palette.waits_for_address("/reports/customers/retention/")


def test_enter_waits_for_what_was_typed_last(palette):
    press(palette, "churn rate", Keys.ENTER)
    palette.waits_for_address("/reports/customers/churn-rate/")


def test_arrows_choose_and_escape_gives_the_focus_back(palette):
    types(palette, "net sales by")
    names = palette.texts(".palette a > span")
    press(palette, Keys.DOWN)
    assert palette.texts(FIRST) == [names[1]]
    press(palette, Keys.UP, Keys.UP)
    assert palette.texts(FIRST) == [names[-1]]
    press(palette, Keys.ESCAPE)
    palette.wait(lambda _: not is_open(palette), "the page")
    assert palette.driver.execute_script("return document.activeElement.tagName") == "BODY"


def test_a_slash_opens_it_but_not_in_a_field(window):
    window.opens("/reports/")
    window.all("main input[type=search]")[0].click()
    press(window, "/")
    assert not is_open(window)
    window.opens("/account/")
    press(window, "/")
    window.wait(lambda _: is_open(window), "the palette")
    assert window.all(".palette input")[0].get_attribute("value") == ""


def test_signs_before_the_text_select_actions_and_orders(palette):
    types(palette, "> create")
    assert palette.texts(".palette a > span") == ["Create schedule", "Create alert"]
    assert palette.texts(".palette h2") == ["Actions"]
    number = palette.asks("/api/orders/?page_size=1")["results"][0]["number"]
    press(palette, "a", held=Keys.CONTROL)
    press(palette, f"#{number}")
    palette.wait(lambda _: palette.texts(FIRST) == [number], "the order")


def test_what_is_not_found_leads_to_the_search_page(palette):
    press(palette, "zzqx")
    palette.wait(lambda _: palette.texts(".palette p") == ["Nothing matches “zzqx”."], "a note")
    press(palette, Keys.ENTER)
    palette.waits_for_address("/search/?q=zzqx")


def test_everybody_can_use_it_in_both_themes_and_on_a_phone(palette):
    types(palette, "re")
    barriers = palette.barriers(ALL_RULES)
    palette.system_theme("dark")
    assert barriers + palette.barriers(OF_COLORS) == []
    palette.resize(390)
    assert palette.has_nothing_beside_it()
    box = palette.all(".palette")[0].rect
    assert 0 <= box["x"] <= 390 - box["width"]
