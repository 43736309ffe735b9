"""A window of Chromium, and what people do in it."""

import json
import shutil
from base64 import b64decode
from functools import cache
from importlib.util import find_spec
from os import environ
from pathlib import Path
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.browser.site import Site

PATIENCE = 60  # seconds; machines that test are busy
CALM = """--headless --no-sandbox --disable-gpu --no-first-run --hide-scrollbars --lang=en-GB
    --disable-background-networking --disable-component-update --disable-sync"""
HEIGHT = 900
# What axe looks for. Two themes of a page differ in colours alone.
ALL_RULES = {"resultTypes": ["violations"]}
OF_COLORS = {**ALL_RULES, "runOnly": ["color-contrast", "link-in-text-block"]}
# Charts stand where a page is looked at; then all of them are there.
TAB_STOPS = """const found = "a[href], button, input, select, summary, [tabindex]";
return [...document.querySelectorAll(found)].filter((each) => each.tabIndex >= 0 &&
  each.checkVisibility({ visibilityProperty: true }) &&
  (each.matches("summary") || !each.closest("details:not([open])"))).length"""
DRAWN = "return [...document.querySelectorAll('[data-chart]')].every(f => f.querySelector('svg'))"


def chromium(downloads: Path | None = None):
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which(environ.get("CHROMIUM", "chromium"))
    for flag in CALM.split():
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    if downloads:
        options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    service = Service(shutil.which(environ.get("CHROMEDRIVER", "chromedriver")))
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_script_timeout(PATIENCE)
    return driver


@cache
def axe() -> str:
    """axe-core, which finds what keeps people out of a page."""
    [folder] = find_spec("axe_playwright_python").submodule_search_locations
    return (Path(folder) / "axe.min.js").read_text()


class Window:
    def __init__(self, driver, site: Site):
        self.driver, self.site = driver, site
        self.width = 1440
        self.resize(self.width)

    # How it is looked at

    def resize(self, width: int, height: int = HEIGHT):
        self.width = width
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def system_theme(self, theme: str):
        wish = [{"name": "prefers-color-scheme", "value": theme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wish})

    def scripts(self, on: bool):
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not on})

    # What people do

    def opens(self, path: str):
        self.driver.get(self.site.address + path)

    def signs_in(self):
        self.opens("/accounts/login/")
        self.fills("username", self.site.email)
        self.fills("password", self.site.password)
        self.presses("Sign in")

    def fills(self, name: str, text: str):
        [field] = self.all(f"main [name='{name}']")
        field.clear()
        field.send_keys(text)

    def chooses(self, name: str, label: str):
        Select(self.driver.find_element(By.NAME, name)).select_by_visible_text(label)

    def opens_panel(self, words: str):
        """Of the bar of filters."""
        self.one(f"//details[contains(@class, 'popover')]/summary[contains(., '{words}')]").click()

    def applies(self):
        """What was chosen in the panel that is open."""
        panel = "//details[contains(@class, 'popover')][@open]"
        self.one(f"{panel}//footer/button[normalize-space()='Apply']").click()

    def filters_by(self, field: str, label: str):
        """A country, or a category."""
        self.opens_panel(field)
        self.one(f"//details[@open]//label[contains(., '{label}')]").click()
        self.applies()

    def presses(self, words: str):
        self.one(f"//main//*[self::a or self::button][normalize-space()='{words}']").click()

    # What they see

    def one(self, path: str):
        return self.wait(lambda driver: driver.find_elements(By.XPATH, path), path)[0]

    def all(self, selector: str):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        return [" ".join(found.text.split()) for found in self.all(selector)]

    def text(self, selector: str = "main") -> str:
        return self.texts(selector)[0]

    def column(self, number: int, table: str = "main table") -> list[str]:
        return self.texts(f"{table} tbody tr td:nth-child({number})")

    def wait(self, until, what=""):
        patient = WebDriverWait(self.driver, PATIENCE, 0.1, [StaleElementReferenceException])
        return patient.until(until, f"waiting for {what}")

    def waits_for(self, words: str):
        # Between two pages there is no main part.
        self.wait(lambda _: any(words in text for text in self.texts("main")), words)

    def waits_for_address(self, words: str):
        self.wait(lambda _: words in self.address, words)

    def looks_at_everything(self):
        """Scroll past all charts: they are drawn when they come into view."""
        tall = self.driver.execute_script("return document.documentElement.scrollHeight")
        self.resize(self.width, max(HEIGHT, tall))
        self.wait(lambda driver: driver.execute_script(DRAWN), "charts")
        self.resize(self.width)

    @property
    def address(self) -> str:
        return self.driver.current_url.removeprefix(self.site.address)

    def has_nothing_beside_it(self) -> bool:
        """Whether one need not scroll sideways."""
        return self.driver.execute_script(
            "return document.documentElement.scrollWidth <= window.innerWidth"
        )

    def tab_stops(self) -> int:
        """How often one presses Tab to get through the page."""
        return self.driver.execute_script(TAB_STOPS)

    def barriers(self, rules: dict) -> list[str]:
        """What axe finds, each with the place where it is."""
        self.driver.execute_script(axe())
        found = self.driver.execute_async_script(
            "const [rules, done] = arguments; axe.run(rules).then(done)", rules
        )
        return [
            f"{each['id']}: {node['target']} {node['failureSummary']}"
            for each in found["violations"]
            for node in each["nodes"]
        ]

    def fetches(self, path: str) -> tuple[int, str, bytes]:
        """Status, kind and content of an address, asked for as the page would."""
        status, kind, content = self.driver.execute_async_script(
            """const [path, done] = arguments;
            fetch(path).then(async (answer) => {
              const bytes = new Uint8Array(await answer.arrayBuffer());
              let text = ""; for (const byte of bytes) text += String.fromCharCode(byte);
              done([answer.status, answer.headers.get("content-type"), btoa(text)]);
            })""",
            path,
        )
        return status, kind, b64decode(content)

    def asks(self, path: str) -> dict:
        return json.loads(self.fetches(path)[2])

    # What the browser says of it

    def complaints(self) -> list[str]:
        """Errors, breaches of the content policy and other hosts that were asked, since the last
        time."""
        log = self.driver.get_log("browser")
        told = [entry["message"] for entry in log if entry["level"] == "SEVERE"]
        return told + [f"asked {url}" for url in self.requests() if self.is_elsewhere(url)]

    def requests(self) -> list[str]:
        events = (json.loads(e["message"])["message"] for e in self.driver.get_log("performance"))
        return [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def is_elsewhere(self, url: str) -> bool:
        scheme, host, *_ = urlsplit(url)
        return scheme not in ("data", "about", "blob") and f"{scheme}://{host}" != self.site.address
