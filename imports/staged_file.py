from dataclasses import dataclass, field

from imports.files import Table
from imports.formats import Format
from imports.rejects import RejectedRow
from imports.staging import Staging


@dataclass
class StagedFile:
    """A file that was read and checked, in a staging database that is still open."""

    staging: Staging
    format: Format
    table: Table
    source: str
    malformed: list[RejectedRow] = field(default_factory=list)
