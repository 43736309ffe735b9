"""Pictures in the text of a page: the page's theme is theirs, and their ids are their own."""

import re
from hashlib import sha256

COLOR = re.compile(r'(?P<attribute>fill|stroke|stop-color)="(?P<color>[^"]*)"')
ID = re.compile(r'(?P<before>id="|url\(#)(?P<id>\w+)')


def with_both_themes(light: str, dark: str) -> str:
    """The light picture with each colour as a pair. An attribute may hold what CSS understands,
    and the content policy blocks none, as it does styles."""
    dark_colors = (found["color"] for found in COLOR.finditer(dark))

    def pair(found: re.Match) -> str:
        of_light, of_dark = found["color"], next(dark_colors)
        # A gradient is no colour: those within it are.
        is_same = of_light == of_dark or of_light.startswith("url(")
        both = of_light if is_same else f"light-dark({of_light}, {of_dark})"
        return f'{found["attribute"]}="{both}"'

    return COLOR.sub(pair, light)


def with_own_ids(picture: str) -> str:
    """Two pictures of a page would share a gradient of one id."""
    own = sha256(picture.encode()).hexdigest()[:8]
    return ID.sub(rf"\g<before>c{own}_\g<id>", picture)
