"""A user who visits pages with JavaScript off, and what the pages show."""

import re
from html import unescape

from django.conf import settings
from django.test import Client


class Visitor:
    """A signed-in user in a browser with JavaScript off."""

    def __init__(self, user):
        self.client = Client()
        self.client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[1])

    def opens(self, path, status=200, **headers):
        answer = self.client.get(path, headers=headers)
        assert answer.status_code == status, (path, answer.status_code)
        return answer

    def sends(self, path, status=302, **form):
        answer = self.client.post(path, form)
        assert answer.status_code == status, (path, answer.status_code)
        return answer


def text(answer) -> str:
    """The main part of a page as text, without tags and repeated blanks."""
    body = answer.content.decode().split("<main")[1].split("</main>")[0]
    return unescape(" ".join(re.sub("<[^>]*>", " ", body).split()))


def cells(answer, caption: str) -> list[list[str]]:
    """The rows of the table with that caption, as text."""
    table = answer.content.decode().split(f">{caption}</caption>")[1].split("</table>")[0]
    rows = re.findall("<tr>(.*?)</tr>", table.split("<tbody>")[1], re.DOTALL)
    contents = [re.findall("<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL) for row in rows]
    plain = [[re.sub("<[^>]*>", " ", cell) for cell in row] for row in contents]
    return [[" ".join(unescape(cell).split()) for cell in row] for row in plain]
