from typing import Any

from django.core.management.base import CommandParser

from analytics.management.commands import report


class Command(report.Command):
    help = (
        "Any measures by any dimensions: "
        "`explore measures=revenue,orders rows=country columns=month where=weekday:is:Sunday`."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("parameters", nargs="*", metavar="name=value")
        report.add_output_arguments(parser)

    def handle(self, *, parameters: list[str], **options: Any) -> None:
        self.write("explore", parameters, **options)
