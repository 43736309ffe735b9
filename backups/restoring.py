"""A backup back into books: all of it or nothing, and what was written is read and compared."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path

import orjson
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from backups import tables
from backups.archive import NotWhole, Packed, Tell, unpacking
from backups.saving import UPLOAD, Count, meaning, migrations
from core.tracking import parts_of
from exports import scheduler
from exports.files import atomic_write
from ledger.models import Dirty, Snapshot
from ledger.tables import WHOLE
from orders.models import Order


class Refused(Exception):
    """The backup cannot go into these books as they are; nothing was changed."""


def restore(path: Path, tell: Tell, *, replace: bool = False) -> dict:
    """What the backup said of itself, and the books now say."""
    with unpacking(path) as packed:
        refuse_other_form(packed)
        if not replace:
            refuse_filled_books()
        for model in tables.tables():  # where it cannot be taken back it does no harm
            tables.raise_counter(model, packed.told["tables"][model._meta.label]["last_id"])
        with uploads(packed), transaction.atomic():
            fill(packed, tell)
            scheduler.reset_after_restore()
            forget_ledger()
    ContentType.objects.clear_cache()
    return packed.told


def refuse_other_form(packed: Packed) -> None:
    told = packed.told
    for name, here in meaning()["meaning"].items():
        if (then := told["meaning"].get(name)) != here:
            raise Refused(
                f"{name} was {then} and is {here} here: the same books would mean "
                "something else. Set it as it was."
            )
    if told["migrations"] != migrations():
        raise Refused(
            "It was made by another version of the program: "
            + "; ".join(differing(told["migrations"], migrations()))
            + ". Restore it with that version, then upgrade by `manage.py migrate`."
        )
    columns = {label: table["columns"] for label, table in told["tables"].items()}
    if columns != {model._meta.label: tables.columns_of(model) for model in tables.tables()}:
        raise NotWhole("Its tables are not those of this program.")


def differing(theirs: dict, here: dict) -> Iterator[str]:
    for app in sorted(theirs.keys() | here.keys()):
        last = [(names.get(app) or ["nothing"])[-1] for names in (theirs, here)]
        if theirs.get(app) != here.get(app):
            yield f"{app} ends with {last[0]}, here with {last[1]}"


def refuse_filled_books() -> None:
    found = [
        f"{count:,} {model._meta.verbose_name_plural}"
        for model in tables.tables()
        if model._meta.label not in tables.FILLED_BY_MIGRATE
        and (count := tables.rows_of(model).count())
    ]
    if found:
        raise Refused(f"The books are not empty ({', '.join(found)}). Give --replace to lose them.")


@contextmanager
def uploads(packed: Packed) -> Iterator[None]:
    """Put where they were; taken away again if the books do not follow."""
    placed = []
    try:
        for name in packed.names("uploads"):
            place = name.partition("/")[2]
            if not UPLOAD.fullmatch(place):
                raise NotWhole(f"{name} is no place for an upload.")
            path = Path(settings.MEDIA_ROOT) / place
            if not path.exists():
                placed.append(path)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with atomic_write(path) as scratch, scratch.open("xb") as out:
                out.writelines(packed.blocks(name))
        yield
    except BaseException:
        for path in placed:
            path.unlink(missing_ok=True)
        raise


def fill(packed: Packed, tell: Tell) -> None:
    """The caller holds the transaction."""
    models = tables.tables()
    with connection.constraint_checks_disabled():  # tables that name each other have no order
        for model in reversed(models + tables.left_out()):
            if model is not Snapshot:
                tables.rows_of(model)._raw_delete(using=connection.alias)
        for n, model in enumerate(models, 1):
            tables.write(model, packed.pages(name_of(model), tables.PAGE))
            compare(model, packed)
            tell(n, len(models))
    connection.check_constraints()


def name_of(model) -> str:
    return f"tables/{model._meta.label}.jsonl"


def compare(model, packed: Packed) -> None:
    """Row by row, as it would be saved again, and all of them together."""
    count, places = Count.of(model), tables.amounts_of(model)
    written = tables.read(model)
    for theirs, page in zip_longest(
        packed.pages(name_of(model), tables.PAGE), written, fillvalue=[]
    ):
        ours = list(map(tables.line, page))
        if theirs != ours and list(map(orjson.loads, theirs)) != list(map(orjson.loads, ours)):
            raise NotWhole(f"{model._meta.label}: what was written reads otherwise.")
        count.add(page, places)
    told = packed.told["tables"][model._meta.label]
    if (count.rows, count.sums) != (told["rows"], told["sums"]):
        raise NotWhole(f"{model._meta.label}: rows or sums are not those of its manifest.")


def forget_ledger() -> None:
    """No state of it is of these books. A builder that is at work on the old ones loses its race
    for the next number, and begins again with all that is dirty."""
    newest = Snapshot.objects.newest()
    Snapshot.objects.all().delete()
    Snapshot.objects.create(number=newest.number + 1 if newest else 1)
    days = Order.objects.order_by().values_list("placed_on", flat=True).distinct()
    months = {part for day in days for part in parts_of(Order.ledger_parts, day)}
    Dirty.objects.bulk_create(Dirty(part=part) for part in sorted(months | set(WHOLE)))
