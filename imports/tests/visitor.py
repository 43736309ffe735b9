"""A user who imports files on the pages, and what the pages show."""

import re
from html import unescape

from django.core.files.uploadedfile import SimpleUploadedFile

from imports import jobs
from imports.models import Import
from orders.tests.visitor import Visitor as PageVisitor
from orders.tests.visitor import text

__all__ = ["Visitor", "cells", "number", "text", "tiles"]


def cells(answer, caption: str) -> list[list[str]]:
    """The rows of the table of that caption."""
    table = answer.content.decode().split(f">{caption}</caption>")[1].split("</table>")[0]
    rows = re.findall("<tr>(.*?)</tr>", table.split("<tbody>")[1], re.DOTALL)
    plain = [re.findall("<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows]
    return [[unescape(re.sub("<[^>]*>", "", cell)).strip() for cell in row] for row in plain]


def tiles(answer) -> dict[str, str]:
    found = re.findall('tile"><h2>(.*?)</h2><p class="value">(.*?)</p>', answer.content.decode())
    return dict(found)


class Visitor(PageVisitor):
    """A visitor who also uploads files and imports them."""

    def brings(self, content, name="sales.csv", status=302, **form):
        content = content if isinstance(content, bytes) else content.encode()
        file = SimpleUploadedFile(name, content)
        return self.sends("/imports/new/", status, file=file, **{"format": "auto", **form})

    def looks_at(self, content, **form) -> str:
        """Bring a file and have it read; the address of its page."""
        path = self.brings(content, **form).headers["Location"]
        jobs.read_import(number(path))
        return path

    def imports(self, content, **form) -> str:
        path = self.looks_at(content, **form)
        self.sends(f"{path}commit/")
        jobs.write_import(number(path))
        assert Import.objects.get(pk=number(path)).state == "done"
        return path


def number(path: str) -> int:
    return int(path.split("/")[2])
