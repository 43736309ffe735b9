import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.datastructures import MultiValueDict

from analytics.faces import FACES, show
from analytics.query.query import build_query
from analytics.semantics.filters import Reader, Refused
from analytics.semantics.report import reports


class Command(BaseCommand):
    help = "Ask a report: `report revenue/monthly start=2026-01-01 country=DE country=FR`."

    def add_arguments(self, parser):
        parser.add_argument("path", nargs="?", help="which report, for example revenue/monthly")
        parser.add_argument("parameters", nargs="*", metavar="name=value")
        parser.add_argument("--format", choices=FACES, default="text")
        parser.add_argument("--output", metavar="FILE", type=Path, help="write it there")
        parser.add_argument("--list", action="store_true", help="name all reports")

    def handle(self, *, path, parameters, output, **options):
        if options["list"]:
            for known in reports().values():
                self.stdout.write(f"{known.path:34} {known.description}")
            return
        content = asked(path, parameters, options["format"])
        if output:
            write(output, content)
        else:
            write_out(self.stdout, content)


def asked(path: str | None, parameters: list[str], face: str):
    report = reports().get((path or "").strip("/"))
    if report is None:
        raise CommandError(f"{path!r} is not a report. `report --list` names them all.")
    try:
        content = show(build_query(report, named(parameters), Reader()), face)
    except Refused as refused:
        raise CommandError(str(refused)) from refused
    return [content] if isinstance(content, bytes) else content


def named(parameters: list[str]) -> MultiValueDict:
    found = MultiValueDict()
    for text in parameters:
        name, given, value = text.partition("=")
        if not given:
            raise CommandError(f"{text!r}: write name=value.")
        found.appendlist(name, value)
    return found


def write(path: Path, content) -> None:
    try:
        with path.open("wb") as file:
            file.writelines(content)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error


def write_out(stdout, content) -> None:
    for part in content:
        try:
            stdout.write(part.decode(), ending="")
        except UnicodeDecodeError:  # a picture or a workbook
            sys.stdout.buffer.write(part)
