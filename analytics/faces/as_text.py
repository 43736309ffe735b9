"""For a terminal: a table as wide as it needs."""

from analytics.semantics.kinds import KINDS, display

# A terminal obeys them: one that a customer's name brings along could rewrite what stands there.
CODES = (*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
CONTROLS = dict.fromkeys(CODES, "�")


def face(answer) -> bytes:
    columns, rows = answer.with_earlier
    table = [[column.label for column in columns]]
    table += [[said(row[c.name], c.kind) for c in columns] for row in rows.to_pylist()]
    if answer.totals:
        totals = answer.totals
        table.append([display(totals[c.name], c.kind) if c.name in totals else "" for c in columns])
    widths = [max(map(len, cells)) for cells in zip(*table, strict=True)]
    lines = [line(row, widths, columns) for row in table]
    rule = "─" * (sum(widths) + 2 * len(widths) - 2)
    lines.insert(1, rule)
    if answer.totals:
        lines.insert(-1, rule)
    return "\n".join([*heading(answer), "", *lines, ""]).encode()


def said(value, kind: str) -> str:
    return display(value, kind).translate(CONTROLS)


def heading(answer) -> list[str]:
    period = f"{answer.period.start} to {answer.period.end}" if answer.period.start else "no sales"
    so_far = "" if answer.is_over else ", so far"
    about = f"{period}{so_far} · {answer.currency} · snapshot {answer.snapshot.number}"
    return [answer.report.title, answer.report.description, about, *filter(None, [answer.note])]


def line(cells, widths, columns) -> str:
    aligned = (
        cell.rjust(width) if KINDS[column.kind].is_right_aligned else cell.ljust(width)
        for cell, width, column in zip(cells, widths, columns, strict=True)
    )
    return "  ".join(aligned).rstrip()
