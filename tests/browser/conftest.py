import pytest

from tests.browser.site import served


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    with served(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="session")
def downloads(tmp_path_factory):
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="session")
def one_window(site, downloads):
    from tests.browser.window import Window, chromium

    driver = chromium(downloads)
    try:
        window = Window(driver, site)
        window.signs_in()
        window.waits_for("Home")
        yield window
    finally:
        driver.quit()


@pytest.fixture
def window(one_window):
    """The one window, signed in, wide and light; whatever a test does in it, the browser must not
    complain of."""
    one_window.resize(1440)
    one_window.system_theme("light")
    one_window.complaints()
    yield one_window
    one_window.scripts(on=True)
    assert one_window.complaints() == []
    one_window.opens("/orders/?period=")  # pages remember filters
