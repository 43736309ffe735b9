"""Links around the marks of a picture, as the renderer writes them and as a page needs them."""

import re
from html import unescape
from xml.sax.saxutils import escape, quoteattr

# The renderer takes an address for one of the library's examples.
EXAMPLES = "https://vega.github.io/vega-datasets/"
LINK = re.compile(
    r'<a xlink:href="(?P<address>[^"]*)">'
    r'<(?P<shape>\w+) aria-label="(?P<name>[^"]*)" role="[^"]*" aria-roledescription="[^"]*"'
    r"(?P<rest>[^>]*/>)</a>"
)


def named_links(picture: str) -> str:
    """Each link with its own address, its name and a tooltip; a mark that leads nowhere is none."""
    return LINK.sub(named_link, picture)


def named_link(found: re.Match) -> str:
    address = unescape(found["address"]).removeprefix(EXAMPLES)
    name = unescape(found["name"])
    mark = f"<{found['shape']}{found['rest']}"
    if not address or address == "null":
        return mark
    title = f"<title>{escape(name)}</title>"
    return f"<a href={quoteattr(address)} aria-label={quoteattr(name)}>{title}{mark}</a>"
