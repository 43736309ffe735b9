"""What an import would change: the documents of a file beside those of the books."""

from django.conf import settings

from imports.books import known_rates, stored_documents
from imports.corrections import skip_accepted_corrections
from imports.documents import build_documents
from imports.rejects import list_rejects
from imports.staged_file import StagedFile
from imports.vouchers import compare_vouchers


def compare_with_books(file: StagedFile, stored: list[tuple] | None = None) -> dict:
    """Compare with the books: how many rows would be stored, updated, unchanged and rejected.

    `stored` are the documents of the books, if the caller has read them already.
    """
    staging, accepted_before = file.staging, 0
    if file.format.stores == "vouchers":
        actions = compare_vouchers(staging)
    else:
        accepted_before = skip_accepted_corrections(staging)
        build_documents(
            staging,
            file.format,
            base_currency=settings.BASE_CURRENCY,
            rates=known_rates(staging) if "currency" in file.format.fields else [],
            stored=stored_documents(file.source) if stored is None else stored,
        )
        actions = count_rows_by_action(file)
    rejected = list_rejects(staging, file.table, file.format, file.malformed)
    reasons = staging.run("select code, count(*) from reject_rows group by code order by 2 desc, 1")
    return {
        "read": staging.total + len(file.malformed),
        "stored": actions.get("new", 0),
        "updated": actions.get("changed", 0) + actions.get("added", 0),
        "unchanged": actions.get("unchanged", 0) + accepted_before,
        "rejected": rejected,
        "reasons": dict(reasons),
    }


def count_rows_by_action(file: StagedFile) -> dict[str, int]:
    if file.format.rows == "from raw":  # a record is a line
        sql = "select action, sum(lines)::bigint from documents group by action"
    else:  # a record with several lines counts once: as new if one is new, else as changed …
        sql = (
            "select action, count(*) from (select record, min_by(action, "
            "case action when 'new' then 1 when 'unchanged' then 3 else 2 end) as action "
            "from lines join documents using (document) group by record) group by action"
        )
    return dict(file.staging.run(sql))


def must_be_compared_late(file: StagedFile) -> bool:
    """Whether it is compared with more of the books than the stored documents."""
    return file.format.stores == "vouchers" or file.staging.is_correction


class EarlyComparison:
    """A comparison with the books that is repeated if they are different when it is needed."""

    def __init__(self, file: StagedFile):
        self.file, self.before = file, file.staging.state()
        stored = stored_documents(file.source)
        self.seen = content_hash(stored)
        self.counts = compare_with_books(file, stored)

    def counts_now(self) -> dict:
        stored = stored_documents(self.file.source)
        if content_hash(stored) == self.seen:
            return self.counts
        # Another import or a return of goods was faster.
        self.file.staging.return_to(self.before)
        return compare_with_books(self.file, stored)


def content_hash(rows: list[tuple]) -> int:
    """In whatever order: the database promises none."""
    return sum(map(hash, rows))
