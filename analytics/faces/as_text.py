"""For a terminal: a table as wide as it needs."""

from analytics.semantics.kinds import shown

# A terminal obeys them: one that a customer's name brings along could rewrite what stands there.
CODES = (*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
CONTROLS = dict.fromkeys(CODES, "�")
NUMBERS = ("count", "number", "money", "share", "id")


def face(result) -> bytes:
    columns, rows = result.wide
    table = [[column.label for column in columns]]
    table += [[said(row[c.name], c.kind) for c in columns] for row in rows.to_pylist()]
    if result.totals:
        totals = result.totals
        table.append([shown(totals[c.name], c.kind) if c.name in totals else "" for c in columns])
    widths = [max(map(len, cells)) for cells in zip(*table, strict=True)]
    lines = [line(row, widths, columns) for row in table]
    rule = "─" * (sum(widths) + 2 * len(widths) - 2)
    lines.insert(1, rule)
    if result.totals:
        lines.insert(-1, rule)
    return "\n".join([*heading(result), "", *lines, ""]).encode()


def said(value, kind: str) -> str:
    return shown(value, kind).translate(CONTROLS)


def heading(result) -> list[str]:
    period = f"{result.period.start} to {result.period.end}" if result.period.start else "no sales"
    so_far = "" if result.is_over else ", so far"
    about = f"{period}{so_far} · {result.currency} · snapshot {result.snapshot.number}"
    return [result.report.title, result.report.description, about, *filter(None, [result.note])]


def line(cells, widths, columns) -> str:
    aligned = (
        cell.rjust(width) if column.kind in NUMBERS else cell.ljust(width)
        for cell, width, column in zip(cells, widths, columns, strict=True)
    )
    return "  ".join(aligned).rstrip()
