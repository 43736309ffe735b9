"""The rows of a question's levels, by their keys."""

from functools import cached_property
from typing import Any

import pyarrow.compute as pc

from analytics.query.answer import Answer
from analytics.semantics.comparison import Comparison
from analytics.semantics.dimensions import key_of
from analytics.semantics.filters import Refused
from analytics.semantics.level import Level
from analytics.semantics.level_group import MARK, LevelGroup

MOST_ROWS_READ = 100_000  # more of them would fill the memory of the process
Key = tuple[Any, ...]
Row = dict[str, Any]


class GroupTables:
    """The rows of levels that are read together, and those of the earlier period."""

    def __init__(self, answer: Answer, group: LevelGroup):
        self.group = group
        answers = (answer, answer.before)
        self.tables = [each.level_table(group) for each in answers if each and each.level_table]
        for table in self.tables:
            table.read_ahead()

    def rows(self, level: Level, is_earlier: bool = False) -> dict[Key, Row]:
        table = self.tables[is_earlier].table
        if table.num_rows > MOST_ROWS_READ:
            raise Refused({"rows": [f"More than {MOST_ROWS_READ:,} rows: ask for fewer."]})
        if not self.group.is_single:
            table = table.filter(pc.equal(table[MARK], self.group.mark(level)))
            table = table.select([column.name for column in level.columns])
        keys = zip(*(table[name].to_pylist() for name in level.cell_keys), strict=True)
        return dict(zip(keys if level.cell_keys else [()], table.to_pylist(), strict=True))


class LevelRows:
    """The rows of a level by their key, and those of the earlier period."""

    def __init__(self, level: Level, tables: GroupTables, comparison: Comparison | None):
        self.level, self.tables, self.comparison = level, tables, comparison

    @classmethod
    def read_alone(cls, answer: Answer, level: Level) -> "LevelRows":
        return cls(level, GroupTables(answer, LevelGroup((level,))), answer.comparison)

    @cached_property
    def rows(self) -> dict[Key, Row]:
        return self.tables.rows(self.level)

    @cached_property
    def earlier_rows(self) -> dict[Key, Row]:
        return self.tables.rows(self.level, is_earlier=True)

    def earlier(self, key: Key) -> Row | None:
        if self.comparison is None or not self.comparison.is_known:
            return None
        return self.earlier_rows.get(self.comparison.earlier_key(self.kinds, key))

    @cached_property
    def kinds(self) -> list[str]:
        by_key = {key_of(each): each for each in self.level.dimensions}
        # Ids and places are the same at any time; months and days are moved.
        return [
            by_key[key].kind if key in by_key and key == by_key[key].name else "id"
            for key in self.level.cell_keys
        ]
