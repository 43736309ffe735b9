"""The frame of every page, by mouse, by keyboard and without scripts."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.window import ALL_RULES

pytestmark = pytest.mark.browser

PHONE = 390


def focused(window):
    return window.driver.switch_to.active_element


def is_open(window) -> bool:
    return bool(window.all("#sidebar:popover-open"))


@pytest.mark.parametrize("scripts", [True, False])
def test_the_drawer_opens_and_closes_on_a_phone(window, scripts):
    window.resize(PHONE)
    window.scripts(on=scripts)
    window.opens("/orders/")
    assert not window.all("#sidebar")[0].is_displayed()
    window.all(".topbar button")[0].send_keys(Keys.ENTER)
    window.wait(lambda _: is_open(window), "the drawer")
    assert window.all("#sidebar [href='/imports/']")[0].is_displayed()
    focused(window).send_keys(Keys.ESCAPE)
    window.wait(lambda _: not is_open(window), "no drawer")
    assert focused(window).get_attribute("aria-label") == "Menu"
    window.all(".bottom-bar button")[0].click()
    window.all("#sidebar [href='/reports/sales/']")[0].click()
    window.waits_for_address("/reports/sales/")


def test_the_open_drawer_keeps_nobody_out(window):
    window.resize(PHONE)
    window.opens("/reports/sales/")
    window.all(".topbar button")[0].click()
    window.wait(lambda _: is_open(window), "the drawer")
    assert window.barriers(ALL_RULES) == []


def test_the_first_key_leads_past_the_menu(window):
    window.opens("/reports/")
    focused(window).send_keys(Keys.TAB)
    assert focused(window).text == "Skip to content"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_star_is_there_at_once_and_after_another_page(window, scripts):
    window.scripts(on=scripts)
    window.opens("/reports/products/")
    star = "//main//button[@aria-label='Star Returned products']"
    pressed = "[@aria-pressed='true']"
    window.one(star + "[@aria-pressed='false']").click()
    window.one(star + pressed)
    assert window.address == "/reports/products/"
    window.opens("/reports/products/")
    assert window.texts("#sidebar li ul a") == ["Overview", "Returned products", "All products"]
    window.one(star + pressed).click()
    window.one(star + "[@aria-pressed='false']")


def test_the_theme_is_chosen_in_the_menu_of_the_user(window):
    window.opens("/reports/inventory/")
    for theme in ("dark", "system"):
        window.all(".user summary")[0].click()
        window.all(f".user [value='{theme}']")[0].click()
        chosen = f".user [value='{theme}'][aria-pressed='true']"
        window.wait(lambda _, chosen=chosen: window.all(chosen), theme)
        assert window.address == "/reports/inventory/"
