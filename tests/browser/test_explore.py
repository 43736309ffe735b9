"""Explore with a keyboard, a mouse and without scripts."""

import pytest
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.test_pages import look_around

pytestmark = pytest.mark.browser

TREE = "/explore/?measures=revenue,aov&rows=country,category&columns=quarter&compare=previous_year"


@pytest.mark.parametrize("path", ["/explore/", TREE, "/explore/?rows=nonsense"])
def test_nothing_keeps_people_out(window, path):
    window.opens(path)
    look_around(window)
    window.complaints()  # of the address that is refused


def test_levels_unfold(window):
    window.opens(TREE)
    seen = len([row for row in window.all(".pivot tbody tr") if row.is_displayed()])
    window.all(".fold")[0].click()
    assert len([row for row in window.all(".pivot tbody tr") if row.is_displayed()]) > seen


def test_the_menu_of_a_cell_opens_by_key_and_by_mouse(window):
    window.opens("/explore/")
    cell = window.all(".pivot tbody td")[0]
    cell.send_keys(Keys.ARROW_DOWN)
    window.driver.switch_to.active_element.send_keys(Keys.ENTER)
    window.wait(lambda _: window.all(".cell-menu"), "the menu")
    assert "Filter to this" in window.text(".cell-menu")
    window.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert window.driver.switch_to.active_element.tag_name == "td"
    cell = window.all(".pivot tbody tr")[2].find_element(By.TAG_NAME, "td")
    ActionChains(window.driver).context_click(cell).perform()
    links = window.wait(
        lambda _: window.all(".cell-menu:popover-open a[href^='/explore/']"), "links"
    )
    links[0].click()
    window.waits_for_address("where=country")


def test_fields_are_found_and_added(window):
    window.opens("/explore/")
    find = window.all(".find input")[0]
    find.send_keys("weekday")
    shown = [link for link in window.all(".fields a") if link.is_displayed()]
    shown[0].click()
    window.waits_for_address("rows=country,weekday")


def test_it_works_without_scripts(window):
    window.scripts(on=False)
    window.opens("/explore/")
    window.all(".menu.add summary")[0].click()
    window.all(".menu.add[open] button")[0].click()
    window.waits_for_address("rows=country,")
