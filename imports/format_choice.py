"""The format of a file: as the user chose it, or recognised by its columns."""

from dataclasses import dataclass

from imports.formats import Format, formats, recognise
from imports.formats.generic import generic
from imports.tables import FileRefused, Table


@dataclass
class ReadOptions:
    """How to read a file; what is not given is detected."""

    format: str = "auto"
    mapping: dict[str, str] | None = None
    mapping_name: str = ""
    encoding: str = ""
    date_order: str = ""
    only_csv: bool = False


def find_format(tables: list[Table], options: ReadOptions) -> tuple[Table, Format]:
    """The table that holds the lines, and the format of the file."""
    format = chosen_format(tables, options)
    if matched := [table for table in tables if format.matched(table.header)]:
        if len(matched) > 1:
            names = ", ".join(table.name for table in matched)
            raise FileRefused("several_files", f"import these files one by one: {names}")
        return matched[0], format
    missing = {*format.required} - {format.canonical_name(title) for title in tables[0].header}
    names = ", ".join(sorted(name.removeprefix("mapped_") for name in missing))
    reason = f"{format.title} needs the columns {names}"
    raise FileRefused("wrong_columns", reason, 1, seen=tables[0])


def chosen_format(tables: list[Table], options: ReadOptions) -> Format:
    if options.mapping is not None:
        return generic(options.mapping)
    if options.format == "auto":
        return recognised_format(tables)
    if options.format not in formats():
        raise FileRefused("unknown_format", f"there is no format {options.format}")
    return formats()[options.format]


def recognised_format(tables: list[Table]) -> Format:
    for table in tables:
        if format := recognise(table.header):
            return format
    reason = (
        f"the columns {', '.join(tables[0].header[:12])} belong to no known format: "
        "create a mapping for them"
    )
    raise FileRefused("unknown_format", reason, 1, seen=tables[0])
