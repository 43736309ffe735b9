"""Restore a backup: completely or not at all, and every row is read back and compared."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path

import orjson
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction

from backups import tables
from backups.archive import ArchiveReader, open_archive
from backups.errors import InvalidBackup, RestoreRefused
from backups.saving import UPLOAD, TableTotals, applied_migrations, required_settings
from core.tracking import parts_of
from exports import scheduler
from exports.files import atomic_write
from ledger.models import Dirty, Snapshot
from ledger.tables import UNPARTITIONED
from orders.models import Order


def restore_backup(
    path: Path, progress: Callable[[int, int], None], *, replace: bool = False
) -> dict:
    """Restore the backup and return its manifest."""
    with open_archive(path) as archive:
        refuse_other_settings(archive.manifest)
        refuse_other_version(archive.manifest)
        if not replace:
            refuse_existing_data()
        # MySQL cannot roll this back, but a sequence that is too high does no harm.
        for model in tables.saved_models():
            tables.advance_sequence(model, archive.manifest["tables"][model._meta.label]["last_id"])
        # Uploads are outside, so they are removed again also when the commit fails.
        with restored_uploads(archive), transaction.atomic():
            restore_tables(archive, progress)
            scheduler.reset_after_restore()
            invalidate_ledger()
    # This process may have cached ids of before the restore.
    ContentType.objects.clear_cache()
    return archive.manifest


def refuse_other_settings(manifest: dict) -> None:
    for name, current in required_settings().items():
        if (original := manifest["meaning"].get(name)) != current:
            raise RestoreRefused(
                f"{name} was {original} in the backup and is {current} here. "
                f"Set {name} to {original}, or the restored data would be misread."
            )


def refuse_other_version(manifest: dict) -> None:
    theirs, ours = manifest["migrations"], applied_migrations()
    if theirs != ours:
        raise RestoreRefused(
            "The backup was made by another version of Ledgerlight: "
            + "; ".join(migration_differences(theirs, ours))
            + ". Restore it with that version, then upgrade with `manage.py migrate`."
        )
    columns = {label: table["columns"] for label, table in manifest["tables"].items()}
    saved = tables.saved_models()
    if columns != {model._meta.label: tables.column_names(model) for model in saved}:
        raise InvalidBackup("The tables of the backup are not those of this version.")


def migration_differences(theirs: dict, ours: dict) -> Iterator[str]:
    for app in sorted(theirs.keys() | ours.keys()):
        last = [(names.get(app) or ["nothing"])[-1] for names in (theirs, ours)]
        if theirs.get(app) != ours.get(app):
            yield f"{app} ends with {last[0]}, here with {last[1]}"


def refuse_existing_data() -> None:
    existing = [
        f"{count:,} {model._meta.verbose_name_plural}"
        for model in tables.saved_models()
        if model._meta.label not in tables.FILLED_BY_MIGRATE
        and (count := tables.all_rows(model).count())
    ]
    if existing:
        raise RestoreRefused(
            f"The database is not empty ({', '.join(existing)}). Use --replace to delete this data."
        )


@contextmanager
def restored_uploads(archive: ArchiveReader) -> Iterator[None]:
    """Put the uploads in their place; remove them again if the restore fails."""
    created = []
    try:
        for name in archive.names_in("uploads"):
            upload = name.partition("/")[2]
            # A path such as ../../.env must not lead out of the folder.
            if not UPLOAD.fullmatch(upload):
                raise InvalidBackup(f"{name} is not a valid path of an upload.")
            path = Path(settings.MEDIA_ROOT) / upload
            # Names are random: an existing one is the same upload, which stays after a failure.
            if not path.exists():
                created.append(path)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with atomic_write(path) as scratch, scratch.open("xb") as out:
                out.writelines(archive.blocks(name))
        yield
    except BaseException:
        for path in created:
            path.unlink(missing_ok=True)
        raise


def restore_tables(archive: ArchiveReader, progress: Callable[[int, int], None]) -> None:
    """The caller holds the transaction."""
    saved = tables.saved_models()
    with connection.constraint_checks_disabled():  # no order suits tables that refer to each other
        for model in reversed(saved + tables.skipped_models()):
            # `invalidate_ledger` needs its highest number.
            if model is not Snapshot:
                # Not delete(), which would fetch rows for signals and follow their references.
                tables.all_rows(model)._raw_delete(using=connection.alias)
        for n, model in enumerate(saved, 1):
            lines = archive.line_pages(tables.part_name(model), tables.PAGE_SIZE)
            tables.insert_rows(model, lines)
            verify_table(model, archive)
            progress(n, len(saved))
    # So far SQLite and MySQL have checked no reference; PostgreSQL would at the commit.
    connection.check_constraints()


def verify_table(model: type[models.Model], archive: ArchiveReader) -> None:
    """Compare each row with the backup as it would be saved again, and then the totals."""
    label = model._meta.label
    totals, positions = TableTotals.empty(model), tables.decimal_positions(model)
    saved_pages = archive.line_pages(tables.part_name(model), tables.PAGE_SIZE)
    # Not zip(): a page that only one side has is a difference too.
    for saved, page in zip_longest(saved_pages, tables.row_pages(model)):
        if not same_rows(saved or [], list(map(tables.serialize_row, page or []))):
            raise InvalidBackup(f"{label}: the restored rows differ from the backup.")
        totals.add_page(page or [], positions)
    entry = archive.manifest["tables"][label]
    if (totals.rows, totals.sums) != (entry["rows"], entry["sums"]):
        raise InvalidBackup(f"{label}: the number of rows or a sum differs from the manifest.")


def same_rows(saved: list[bytes], written: list[bytes]) -> bool:
    # Equal values may be written differently in JSON.
    return saved == written or list(map(orjson.loads, saved)) == list(map(orjson.loads, written))


def invalidate_ledger() -> None:
    """Have the ledger rebuilt from the restored data. A build of the former data that is still
    running loses the race for the next snapshot number, and begins again with all parts dirty."""
    newest = Snapshot.objects.newest()
    Snapshot.objects.all().delete()
    Snapshot.objects.create(number=newest.number + 1 if newest else 1)
    days = Order.objects.order_by().values_list("placed_on", flat=True).distinct()
    months = {part for day in days for part in parts_of(Order.ledger_parts, day)}
    Dirty.objects.bulk_create(Dirty(part=part) for part in sorted(months | set(UNPARTITIONED)))
