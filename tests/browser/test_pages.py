"""Every page, looked at: nothing keeps people out, nothing is beside it, the browser is content."""

import pytest

from tests.browser.window import ALL_RULES, HEIGHT, OF_COLORS

pytestmark = pytest.mark.browser

WIDTHS = (1440, 768, 390)
NARROW = WIDTHS[-1]
PAGES = [
    "/",
    "/?period=last_7_days&compare=none&country=DE",
    "/reports/",
    "/reports/sales/",
    "/reports/customers/?country=DE",
    "/reports/inventory/",
    "/reports/?q=nothing+of+the+kind",
    # one of each kind of chart
    "/reports/revenue/daily-trend/?compare=previous_year",
    "/reports/revenue/monthly/",
    "/reports/revenue/breakdown/",
    "/reports/orders/heatmap/",
    "/reports/orders/days-between/",
    "/reports/products/abc/",
    "/reports/products/top/?q=mug&sort=-revenue",
    "/reports/analytics/kpis/",
    "/reports/geographic/revenue-by-country/",
    "/orders/",
    "/orders/?hour=8&country=DE",
    "/customers/",
    "/products/",
    "/imports/",
    "/exports/",
    "/exports/alerts/",
    "/exports/alerts/?watch=analytics/kpis",
    "/exports/schedules/",
    "/settings/",
    "/welcome/",
    "/account/",
    "/account/password/",
    "/search/",
    "/search/?q=re",
]
REFUSALS = {
    "/?period=nonsense": 400,
    "/reports/revenue/monthly/?country=Atlantis": 400,
    "/orders/?hour=99": 400,
    "/reports/no/such/": 404,
}
FIRST_OF = ("/orders/", "/customers/", "/products/")
FOR_STRANGERS = ("/accounts/login/", "/accounts/register/", "/accounts/reset/")


def look_around(window):
    """At a page that is open in the light theme: in both themes and at every width."""
    found = []
    for theme in ("light", "dark"):
        if theme == "dark":
            window.system_theme(theme)
            window.driver.refresh()  # charts are drawn once
        window.looks_at_everything()
        rules = ALL_RULES if theme == "light" else OF_COLORS
        found += [f"{theme}: {barrier}" for barrier in window.barriers(rules)]
    for width in WIDTHS:
        window.resize(width)
        found += [] if window.has_nothing_beside_it() else [f"wider than {width}"]
    assert found == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_open_to_everybody_in_both_themes_and_at_every_width(window, path):
    window.opens(path)
    look_around(window)


@pytest.mark.parametrize("path", FIRST_OF)
def test_so_is_the_page_of_one_of_them(window, path):
    window.opens(path)
    window.all("main tbody a")[0].click()
    window.wait(lambda _: window.address != path, "its page")
    look_around(window)


@pytest.mark.parametrize("path", REFUSALS)
def test_so_is_a_refusal(window, path):
    window.opens(path)
    look_around(window)
    told = f"status of {REFUSALS[path]}"  # of which the browser tells too
    assert [line for line in window.complaints() if told not in line] == []


@pytest.mark.parametrize("path", FOR_STRANGERS)
def test_so_is_what_strangers_see(window, path):
    kept = window.driver.get_cookies()
    window.driver.delete_all_cookies()
    try:
        window.opens(path)
        assert window.address == path
        look_around(window)
    finally:
        for cookie in kept:
            window.driver.add_cookie(cookie)


def test_every_report_is_drawn_on_a_phone(window):
    paths = [report["path"] for report in window.asks("/api/reports/")]
    window.resize(NARROW)
    wide, larger = [], []
    for path in paths:
        window.opens(f"/reports/{path}/")
        window.looks_at_everything()
        wide += [] if window.has_nothing_beside_it() else [path]
        assert window.complaints() == [], path
        if not window.all("[data-chart]"):
            continue  # a table with two axes is its own chart
        drawn, room = (
            window.driver.execute_script(
                "return document.querySelector(arguments[0]).getBoundingClientRect().width", place
            )
            for place in ("[data-chart] svg", "[data-chart]")
        )
        larger += [path] if drawn > room else []
    assert (wide, larger) == ([], [])
    assert len(paths) > 30


@pytest.mark.parametrize("path", ["/swagger/", "/redoc/", "/admin/"])
def test_pages_that_others_made_keep_to_the_content_policy_too(window, path):
    window.opens(path)
    window.wait(lambda driver: len(driver.page_source) > HEIGHT, "the page")
