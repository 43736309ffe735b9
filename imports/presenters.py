"""What the page of an import shows, as texts in the order in which they are displayed."""

from decimal import Decimal
from typing import Any

from core.serializers import decimal_text
from imports.formats import Format, formats
from imports.formats.generic import generic
from imports.models import Import
from imports.serializers import REJECTS_SHOWN, Progress

State = Import.State
PREVIEW_LABELS = {"stored": "to be stored", "updated": "to be updated"}
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
SINGULAR = {
    "orders": "order",
    "vouchers": "voucher",
    "customers": "customer",
    "products": "product",
    "categories": "category",
    "countries": "country",
}
# What other imports or the shop may use as well; undo keeps it then.
SHARED = ("customers", "products", "categories", "countries")
MONEY = ("unit_price", "discount", "tax", "amount")
CELL_CLASSES = dict.fromkeys((*MONEY, "quantity", "orders"), "number") | {
    "placed_at": "date",
    "sent_at": "date",
}


def page_context(run: Import) -> dict[str, Any]:
    working = run.state in Import.AT_WORK
    rejects = first_rejects(run)
    return {
        "title": import_title(run),
        "working": working,
        "progress": progress_context(run, "rows") if working else None,
        "tiles": count_tiles(run),
        "reasons": reject_reasons(run, rejects),
        "created": joined_counts({name: run.counts.get(name) for name in SINGULAR}),
        "undone": undone_counts(run.counts.get("undone", {})),
        "columns": file_columns(run),
        "rows": preview_table(run.preview),
        "rejects": rejects,
        "commit_label": commit_label(run),
        "detected": detected_text(run),
    }


def commit_label(run: Import) -> str:
    """Import 800 orders"""
    number = run.preview.get("orders")
    if number is None:
        return "Import file"
    return f"Import {number:,} order{'' if number == 1 else 's'}"


def detected_text(run: Import) -> str:
    """UTF-8 · separated by semicolons · numbers like 12,50"""
    if "delimiter" not in run.preview:
        return ""
    encoding = run.encoding or "UTF-8"
    separator = SEPARATORS.get(run.preview["delimiter"], run.preview["delimiter"])
    number = "12,50" if run.preview["decimal_comma"] else "12.50"
    return f"{encoding} · separated by {separator} · numbers like {number}"


def progress_context(work: Any, unit: str) -> dict[str, Any] | None:
    """The worker's progress with an import, or with anything that has a `file`, and as a sentence;
    None before it begins."""
    progress = Progress().to_representation(work)
    if not progress or not progress["total"]:
        return progress
    parts = [f"{progress['done']:,} of {progress['total']:,} {unit}"]
    if progress["rows_per_second"]:
        parts.append(f"{progress['rows_per_second']:,} per second")
    if progress["seconds_left"]:
        parts.append(f"about {progress['seconds_left']:,} s left")
    return progress | {"summary": " · ".join(parts)}


def import_title(run: Import) -> str:
    """The format of the file, if it is known."""
    if run.mapping:
        return f"Mapping “{run.mapping}”"
    known = formats().get(run.format)
    return known.title if known else ""


def count_tiles(run: Import) -> list[dict[str, str]]:
    labels = PREVIEW_LABELS if run.state == State.PREVIEWED else {}
    return [
        {"name": name, "label": labels.get(name, name), "value": f"{run.counts[name]:,}"}
        for name in Import.ROW_COUNTS
        if name in run.counts
    ]


def list_counts(run: Import) -> list[str]:
    """Rows read, rejected, stored and updated, for the list. Those that a preview only expects to
    be stored are left out."""
    final = Import.ROW_COUNTS if run.state == State.DONE else ("read", "rejected")
    return [
        f"{run.counts[name]:,}" if name in final and name in run.counts else "–"
        for name in ("read", "rejected", "stored", "updated")
    ]


def reject_reasons(run: Import, rejects: list[dict]) -> list[tuple[str, str, str]]:
    """Code, reason (if one of the first rejects has it) and number of rows; most rows first."""
    reasons = {reject["code"]: reject["reason"] for reject in rejects}
    counts = sorted(run.counts.get("reasons", {}).items(), key=lambda item: (-item[1], item[0]))
    return [(code, reasons.get(code, ""), f"{count:,}") for code, count in counts]


def joined_counts(counts: dict[str, int | None]) -> str:
    """3 orders, 1 customer."""
    return ", ".join(
        f"{count:,} {SINGULAR[name] if count == 1 else name}"
        for name, count in counts.items()
        if count
    )


def undone_counts(undone: dict) -> dict[str, str]:
    """What undo removed and what it kept."""
    shared = {name: undone.get(SINGULAR[name], {}) for name in SHARED}
    removed = {name: undone.get(name) for name in ("orders", "vouchers")}
    removed |= {name: counts.get("removed") for name, counts in shared.items()}
    return {
        "removed": joined_counts(removed),
        "kept": joined_counts({name: counts.get("kept") for name, counts in shared.items()}),
        "left_changed": joined_counts({"orders": undone.get("orders_left_changed")}),
    }


def undo_table(counts: dict[str, int]) -> list[tuple[str, str]]:
    """What undo would delete."""
    # Orders and vouchers are counted by their plural, created rows by their `Created.Kind`.
    numbers = ((name, counts.get(name) or counts.get(one)) for name, one in SINGULAR.items())
    return [(name, f"{number:,}") for name, number in numbers if number]


def file_columns(run: Import) -> list[tuple[str, bool]]:
    """The columns of the file, and whether they are imported."""
    known = import_format(run)
    used = set(run.preview.get("columns", ()))
    return [(title, bool(known and known.canonical_name(title) in used)) for title in run.header]


def import_format(run: Import) -> Format | None:
    return generic(run.mapping.columns) if run.mapping else formats().get(run.format)


def preview_table(preview: dict) -> dict[str, list]:
    """The first rows, without the columns that are empty in all of them."""
    rows = preview.get("rows", [])
    names = [
        name for name in preview.get("fields", ()) if any(display_value(row, name) for row in rows)
    ]
    return {
        "head": [{"label": n.replace("_", " "), "css": CELL_CLASSES.get(n, "")} for n in names],
        "rows": [
            [{"text": display_value(row, n), "css": CELL_CLASSES.get(n, "")} for n in names]
            for row in rows
        ],
    }


def display_value(row: dict, name: str) -> str:
    """A value of the preview: amounts without trailing zeros, and nothing instead of a zero."""
    text = row[name] or ""
    if name in MONEY and text:
        amount = Decimal(text)
        # A price of zero says something: it was a gift.
        return decimal_text(amount, 2) if amount or name == "unit_price" else ""
    return text


def first_rejects(run: Import) -> list[dict]:
    """The stored rejects, or those that the preview expects."""
    if run.state == State.PREVIEWED:
        return run.preview.get("rejects", [])
    return list(run.rejects.values("line", "column", "code", "reason", "raw")[:REJECTS_SHOWN])
