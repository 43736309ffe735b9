import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper
from django.utils.datastructures import MultiValueDict

from analytics.faces import FACES, render_query
from analytics.query.query import build_query
from analytics.semantics.filters import Reader, Refused
from analytics.semantics.report import reports
from ledger.background import PATIENCE_OF_JOBS


class Command(BaseCommand):
    help = "Run a report: `report revenue/monthly period=last_month country=DE country=FR`."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", nargs="?", help="report to run, for example revenue/monthly")
        parser.add_argument("parameters", nargs="*", metavar="name=value")
        add_output_arguments(parser)
        parser.add_argument("--list", action="store_true", help="list all reports")

    def handle(self, *, path: str | None, parameters: list[str], **options: Any) -> None:
        if options["list"]:
            for report in reports().values():
                self.stdout.write(f"{report.path:34} {report.description}")
        else:
            self.write(path, parameters, **options)

    def write(
        self, path: str | None, parameters: list[str], output: Path | None, **options: Any
    ) -> None:
        content = report_content(path, parameters, options["format"])
        if output:
            write_file(output, content)
        else:
            write_to_stdout(self.stdout, content)


def add_output_arguments(parser: CommandParser) -> None:
    parser.add_argument("--format", choices=FACES, default="text")
    parser.add_argument("--output", metavar="FILE", type=Path, help="write to this file")


def report_content(path: str | None, parameters: list[str], format_name: str) -> Iterable[bytes]:
    report = reports().get((path or "").strip("/"))
    if report is None:
        raise CommandError(f"{path!r} is not a report. List all reports with `report --list`.")
    try:
        # No user, so all countries: whoever runs commands can read the database itself.
        query = build_query(
            report, parse_parameters(parameters), Reader(), patience=PATIENCE_OF_JOBS
        )
        content = render_query(query, format_name)
    except Refused as refused:
        raise CommandError(str(refused)) from refused
    return [content] if isinstance(content, bytes) else content


def parse_parameters(texts: list[str]) -> MultiValueDict:
    parameters = MultiValueDict()
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator:
            raise CommandError(f"{text!r}: write name=value.")
        parameters.appendlist(name, value)
    return parameters


def write_file(path: Path, content: Iterable[bytes]) -> None:
    try:
        with path.open("wb") as file:
            file.writelines(content)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error


def write_to_stdout(stdout: OutputWrapper, content: Iterable[bytes]) -> None:
    for part in content:
        try:
            # The command's own stdout, which call_command() can redirect, takes only text.
            stdout.write(part.decode(), ending="")
        except UnicodeDecodeError:  # a picture or a workbook
            sys.stdout.buffer.write(part)
