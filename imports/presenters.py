"""What the page of an import shows of it, in the words and order in which people read it."""

from decimal import Decimal

from core.serializers import plain
from imports.formats import Format, formats
from imports.formats.generic import generic
from imports.models import Import
from imports.serializers import REJECTS_SHOWN, Progress

State = Import.State
COUNTED = ("read", "stored", "updated", "unchanged", "rejected")
TO_COME = {"stored": "to be stored", "updated": "to be updated"}
MADE = {
    "orders": "order",
    "vouchers": "voucher",
    "customers": "customer",
    "products": "product",
    "categories": "category",
    "countries": "country",
}
ALONE = ("customers", "products", "categories", "countries")  # what may stay when orders go
MONEY = ("unit_price", "discount", "tax", "amount")
SHAPES = dict.fromkeys((*MONEY, "quantity", "orders"), "number") | {
    "placed_at": "date",
    "sent_at": "date",
}


def page_context(run: Import) -> dict:
    working = run.state in Import.AT_WORK
    first = first_rejects(run)
    return {
        "title": import_title(run),
        "working": working,
        "progress": progress_context(run, "rows") if working else None,
        "tiles": count_tiles(run),
        "reasons": reject_reasons(run, first),
        "made": joined_counts({kind: run.counts.get(kind) for kind in MADE}),
        "unmade": undone_counts(run.counts.get("undone", {})),
        "columns": file_columns(run),
        "rows": preview_table(run.preview),
        "rejects": first,
    }


def progress_context(work, what: str) -> dict | None:
    """How far the worker is with something that has a file, in words; None before it begins."""
    said = Progress().to_representation(work)
    if not said or not said["total"]:
        return said
    words = [f"{said['done']:,} of {said['total']:,} {what}"]
    words += [f"{said['rows_per_second']:,} a second"] if said["rows_per_second"] else []
    words += [f"about {said['seconds_left']:,} s left"] if said["seconds_left"] else []
    return said | {"words": " · ".join(words)}


def import_title(run: Import) -> str:
    """What the file is, as far as anybody knows."""
    if run.mapping:
        return f"Mapping “{run.mapping}”"
    known = formats().get(run.format)
    return known.title if known else ""


def count_tiles(run: Import) -> list[dict]:
    words = TO_COME if run.state == State.PREVIEWED else {}
    return [
        {"name": name, "label": words.get(name, name), "value": f"{run.counts[name]:,}"}
        for name in COUNTED
        if name in run.counts
    ]


def list_counts(run: Import) -> list[str]:
    """For the list: rows read, rejected, stored, updated. What is only foreseen is not there."""
    told = COUNTED if run.state == State.DONE else ("read", "rejected")
    names = ("read", "rejected", "stored", "updated")
    return [f"{run.counts[n]:,}" if n in told and n in run.counts else "–" for n in names]


def reject_reasons(run: Import, first: list[dict]) -> list[tuple[str, str, str]]:
    """Code, words where one of the first rejects tells them, and number of rows; most first."""
    words = {row["code"]: row["reason"] for row in first}
    counted = sorted(run.counts.get("reasons", {}).items(), key=lambda one: (-one[1], one[0]))
    return [(code, words.get(code, ""), f"{number:,}") for code, number in counted]


def joined_counts(numbers: dict[str, int | None]) -> str:
    """3 orders, 1 customer."""
    found = ((number, name) for name, number in numbers.items() if number)
    return ", ".join(f"{n:,} {MADE[name] if n == 1 else name}" for n, name in found)


def undone_counts(undone: dict) -> dict:
    """What undoing removed, and what of it had to stay."""
    rest = {name: undone.get(MADE[name], {}) for name in ALONE}
    gone = {name: undone.get(name) for name in ("orders", "vouchers")}
    return {
        "removed": joined_counts(gone | {name: of.get("removed") for name, of in rest.items()}),
        "kept": joined_counts({name: of.get("kept") for name, of in rest.items()}),
        "left_changed": joined_counts({"orders": undone.get("orders_left_changed")}),
    }


def undo_table(numbers: dict[str, int]) -> list[tuple[str, str]]:
    """What undoing would take away."""
    found = ((name, numbers.get(name) or numbers.get(one)) for name, one in MADE.items())
    return [(name, f"{number:,}") for name, number in found if number]


def file_columns(run: Import) -> list[tuple[str, bool]]:
    """The columns of the file, and whether they are read."""
    known = import_format(run)
    read = set(run.preview.get("columns", ()))
    return [(title, bool(known) and known.canonical_name(title) in read) for title in run.header]


def import_format(run: Import) -> Format | None:
    return generic(run.mapping.columns) if run.mapping else formats().get(run.format)


def preview_table(preview: dict) -> dict:
    """Without the columns in which nothing stands."""
    rows = preview.get("rows", [])
    names = [
        name for name in preview.get("fields", ()) if any(display_value(row, name) for row in rows)
    ]
    return {
        "head": [{"label": n.replace("_", " "), "shape": SHAPES.get(n, "")} for n in names],
        "rows": [
            [{"text": display_value(row, name), "shape": SHAPES.get(name, "")} for name in names]
            for row in rows
        ],
    }


def display_value(row: dict, name: str) -> str:
    """A value of the preview; amounts without idle zeros, and none at all for nothing."""
    text = row[name] or ""
    if name in MONEY and text:
        amount = Decimal(text)
        return plain(amount, 2) if amount or name == "unit_price" else ""
    return text


def first_rejects(run: Import) -> list[dict]:
    """The first of them: those on record, else those that the preview foresees."""
    if run.state == State.PREVIEWED:
        return run.preview.get("rejects", [])
    return list(run.rejects.values("line", "column", "code", "reason", "raw")[:REJECTS_SHOWN])
