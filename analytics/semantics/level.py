"""A level of a question's answer. Each is computed from the rows of the ledger, never from cells.

A level groups by a part of the dimensions: all of them in cells, some in subtotals, none in the
total; each with or without the dimensions of the columns.
"""

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import ibis
from ibis import Table, Value, _
from ibis.common.deferred import Deferred

from analytics.semantics.calendars import (
    Fill,
    count_days,
    cut_by_time,
    with_any_day,
    with_every_day,
    with_every_hour,
)
from analytics.semantics.columns import Column
from analytics.semantics.comparison import MOVES
from analytics.semantics.conditions import OPERATORS
from analytics.semantics.dimensions import (
    ANY_DAY,
    DAILY,
    Dimension,
    band_names,
    key_of,
    key_value,
    place_keys,
)
from analytics.semantics.measures import WORDS, ratio, revenue
from analytics.semantics.order_facts import is_first, with_facts
from analytics.semantics.placeholders import ASKED_END, ASKED_START
from analytics.semantics.question import (
    DAYS,
    PER_DAY,
    RUNNING,
    Question,
    dimension_columns,
    measure_column,
    split_calculation,
)
from analytics.semantics.shop import Shop
from analytics.semantics.steps import columns_read, step

OTHER = "Other"
IS_OTHER = "is_other"
MONEY_OF_NOBODY = ibis.null("decimal(18, 4)")


@dataclass(frozen=True)
class Level:
    question: Question
    depth: int  # how many of the rows' dimensions
    has_columns: bool = False
    is_earlier: bool = False  # of the period that is compared with, for the rows of the other one

    @cached_property
    def dimensions(self) -> list[Dimension]:
        columns = self.question.columns if self.has_columns else ()
        names = self.question.rows[: self.depth] + columns
        return [self.question.dimension(name) for name in names]

    @property
    def has_top(self) -> bool:
        return self.question.top is not None and self.depth > 0

    @property
    def keys(self) -> list[str]:
        """The columns that no two rows have the same values in."""
        return [*dict.fromkeys(self.cell_keys)]

    @property
    def cell_keys(self) -> list[str]:
        """One of each dimension: that of a product and of its SKU are the same."""
        other = [IS_OTHER] if self.has_top else []
        return [*other, *map(key_of, self.dimensions)]

    @property
    def columns(self) -> tuple[Column, ...]:
        """Keys, names and measures; some of them only say which rows, and in which order."""
        named = [column for each in self.dimensions for column in dimension_columns(each)]
        hidden = [Column(key, "id" if key != IS_OTHER else "text") for key in self.keys]
        measures = [*self.question.words, *self.question.calculations]
        columns = [*hidden, *named, *map(measure_column, measures)]
        return tuple({column.name: column for column in columns}.values())

    def table(self, shop: Shop) -> Table:
        return self.wide_table(shop).select(*(column.name for column in self.columns))

    def wide_table(self, shop: Shop) -> Table:
        """Also with what else is known of a product, country or customer by its id."""
        # Names before running totals, which are in their order.
        sums = self.with_names(shop, self.with_days(shop, self.sums(shop)))
        for name in self.question.calculations:
            sums = sums.mutate(**{name: self.calculation(shop, name)})
        is_row = self.depth == len(self.question.rows)
        if self.question.having and is_row and not self.is_earlier:
            sums = self.having(shop, sums)
        return sums

    # From rows to sums

    def sums(self, shop: Shop) -> Table:
        rows, measures = self.keyed_rows(shop, self.fill), self.measures(shop)
        sums = rows.group_by(**self.groups).agg(measures) if self.keys else rows.agg(measures)
        return sums.mutate(**self.blanks(shop))

    def keyed_rows(self, shop: Shop, fill: Fill | None) -> Table:
        """The rows with the keys, and with a blank row for each value of the calendar."""
        rows = step(self.rows(shop))
        keys = {key_of(each): key_value(each) for each in self.dimensions}
        # Planning a statement takes longer with every column of a union.
        rows = rows.select(columns_read(rows, [*keys.values(), *self.measures(shop)]))
        if fill:
            rows = cut_by_time(shop, fill(shop, rows))
        rows = rows.mutate(**keys)
        return self.with_top(shop, rows) if self.has_top else rows

    def measures(self, shop: Shop) -> list[Deferred]:
        blanks = self.blanks(shop)
        measures = [WORDS[name].measure for name in self.question.summed if name not in blanks]
        # One at least: without any there would be a row for each order.
        return measures or [revenue]

    def blanks(self, shop: Shop) -> dict[str, Value]:
        """The measures that have no value here."""
        blank = (name for name in self.question.summed if self.is_blank(shop, name))
        return dict.fromkeys(blank, MONEY_OF_NOBODY)

    @property
    def groups(self) -> dict[str, Deferred]:
        """Of all but the top the first key is none; measures still read whose orders they are."""
        groups = {key: _[key] for key in self.keys}
        return groups | self.top_key if self.has_top else groups

    @property
    def counts_top(self) -> bool:
        """Whether measures read the first key, too: customers are counted."""
        return self.has_top and self.dimensions[0].id == "customer_id"

    @property
    def top_key(self) -> dict[str, Deferred]:
        key = key_of(self.dimensions[0])
        return {key: _.is_other.ifelse(ibis.null(), _[key])}

    def rows(self, shop: Shop) -> Table:
        """Lines or orders, with the facts that the dimensions and measures read."""
        words = [WORDS[name] for name in self.question.words]
        facts = [fact for each in self.dimensions if not each.id for fact in each.facts]
        if any(word.needs_first for word in words):
            facts += ["documents", "first_order"]
        rows = with_facts(shop, step(self.counted(shop)), dict.fromkeys(facts))
        known = {"first_order_id", "returns_id"} <= {*rows.columns}
        return rows.mutate(is_first=is_first) if known else rows

    def counted(self, shop: Shop) -> Table:
        return getattr(shop, self.counted_rows)

    @property
    def counted_rows(self) -> str:
        """The rows of the shop that are grouped."""
        if not self.question.of_goods:
            return "orders"
        if any(each.id == "product_id" for each in self.dimensions) and not self.joins_products:
            return "lines_by_product"
        if any(each.of_goods for each in self.dimensions) or self.reads_tax:
            return "lines"
        return "goods"

    @property
    def joins_products(self) -> bool:
        """Whether all products but the top ones are one row, which counts their orders once."""
        return self.has_top and self.dimensions[0].id == "product_id"

    @property
    def reads_tax(self) -> bool:
        """That of orders includes the tax on shipping."""
        return not {"tax", "effective_tax_rate"}.isdisjoint(self.question.words)

    def is_blank(self, shop: Shop, name: str) -> bool:
        """What is paid for an order is of none of its goods: no value, which is not 0."""
        is_of_goods = self.question.of_goods or not shop.has_every_product
        return WORDS[name].of_orders and is_of_goods

    # Calendars

    @property
    def fill(self) -> Fill | None:
        """What adds a blank row for each value of the calendar, where there are no other
        dimensions."""
        calendars = {each.calendar for each in self.dimensions}
        names = {each.name for each in self.dimensions}
        if not names or "" in calendars:
            return None
        if calendars <= {DAILY, ANY_DAY}:
            return with_any_day if calendars == {ANY_DAY} else with_every_day
        return with_every_hour if names <= {"hour", "weekday"} else None

    def with_days(self, shop: Shop, sums: Table) -> Table:
        """How many days of the period belong to a row."""
        if set(DAYS).isdisjoint(self.question.words):
            return sums
        if any(each.name == "date_hour" for each in self.dimensions):
            # An hour of a date is of one day, whatever else the row is about.
            return self.with_means(sums.mutate(days_in_period=ibis.literal(1)))
        timed = [each for each in self.dimensions if each.calendar in (DAILY, ANY_DAY)]
        keys = [each.name for each in timed]
        counted = count_days(shop, {each.name: each.value for each in timed})
        if not keys:
            sums = sums.mutate(days_in_period=counted.days_in_period.as_scalar())
        else:
            sums = sums.left_join(counted, keys)
            sums = sums.drop(*(f"{key}_right" for key in keys))
            sums = sums.mutate(days_in_period=_.days_in_period.fill_null(0))
        return self.with_means(sums)

    def with_means(self, sums: Table) -> Table:
        asked = {name: PER_DAY[name] for name in self.question.words if name in PER_DAY}
        means = {name: ratio(_[base], _.days_in_period) for name, base in asked.items()}
        return sums.mutate(**means) if means else sums

    # Which rows

    def with_top(self, shop: Shop, rows: Table) -> Table:
        """All rows of the first dimension but the top ones are `is_other`."""
        first = self.dimensions[0]
        if self.is_earlier and first.kind in MOVES:
            # The top months are other months here: the comparison finds each by its own key.
            return rows.mutate(is_other=False)
        key, top = key_of(first), top_rows(self.question, shop, self.is_earlier)
        # Guests may be among the top, too: their key is NULL, which is equal to nothing.
        found = rows.left_join(top, rows[key].identical_to(top.top_key)).drop("top_key")
        marked = found.mutate(is_other=_.is_top.isnull())
        if not self.question.has_other:
            return marked.filter(~_.is_other)
        # Goods with two of the other tags count once.
        if self.counts_top:
            return marked
        keyed = marked.mutate(**self.top_key)
        return keyed.distinct() if first.name == "tag" else keyed

    def having(self, shop: Shop, sums: Table) -> Table:
        if self.has_columns:
            kept = step(Level(self.question, self.depth).table(shop))
            own = Level(self.question, self.depth).keys
            same = [sums[key].identical_to(kept[key]) for key in own]
            return sums.semi_join(kept, same) if same else sums
        for condition in self.question.having:
            holds = OPERATORS[condition.operator]
            sums = sums.filter(holds(_[condition.field], *condition.values))
        return sums

    # Calculations, names and order

    def calculation(self, shop: Shop, name: str) -> Value | Deferred:
        base, ending = split_calculation(name)
        if ending == RUNNING:
            return self.running_total(base)
        total = Level(replace(self.question, measures=(base,), sort="", having=()), 0)
        return ratio(_[base], step(total.table(shop))[base].as_scalar())

    def running_total(self, base: str) -> Value | Deferred:
        """Along the columns if there are any, else down the rows of each parent."""
        if self.question.columns and not self.has_columns:
            return MONEY_OF_NOBODY
        if not self.dimensions:
            return _[base]
        along = len(self.question.columns) or 1
        parent = [key_of(each) for each in self.dimensions[:-along]]
        # The best guest and all others have the same key, which is NULL.
        parent = [IS_OTHER, *parent] if parent and self.has_top else parent
        order = self.natural_order(*parent)
        return _[base].sum().over(ibis.cumulative_window(group_by=parent, order_by=order))

    def with_names(self, shop: Shop, sums: Table) -> Table:
        table = with_facts(shop, sums, dict.fromkeys(e.names for e in self.dimensions if e.names))
        for each in self.dimensions:
            if texts := each.places or band_names(each.limits):
                table = table.mutate(**{each.name: _[key_of(each)].cases(*enumerate(texts))})
        if self.has_top and self.dimensions[0].kind == "text":
            name = self.dimensions[0].name
            table = table.mutate(**{name: _.is_other.ifelse(OTHER, _[name])})
        return table

    def natural_order(self, *given: str) -> list[Value]:
        """By all keys but the given ones: a column may be in an order only once."""
        other = [ibis.asc(IS_OTHER)] if self.has_top and IS_OTHER not in given else []
        keys = [key for each in self.dimensions for key in (*place_keys(each), key_of(each))]
        rest = [key for key in dict.fromkeys(keys) if key not in given]
        return [*other, *(ibis.asc(key, nulls_first=False) for key in rest)]

    def in_order(self, table: Table, tie_breaker: str = "") -> Table:
        """As the question sorts them, each row by itself; among equals by the tie breaker first."""
        name = self.question.sorted_by or self.question.sort_name
        from_last = self.question.sort.startswith("-")
        if not self.dimensions:
            return table
        if not name or name in {*self.question.dimensions} - {e.name for e in self.dimensions}:
            return table.order_by(self.natural_order())
        names = next((place_keys(each) for each in self.dimensions if each.name == name), [name])
        first = [ibis.asc(IS_OTHER)] if self.has_top else []
        first += [sort_key(key, from_last) for key in names]
        first += [sort_key(tie_breaker, from_last=False)] if tie_breaker else []
        return table.order_by([*first, *self.natural_order(IS_OTHER, tie_breaker, *names)])


@lru_cache(1024)
def top_rows(question: Question, shop: Shop, is_earlier: bool) -> Table:
    """The keys of the top rows; also in an earlier period those of the one that was asked for."""
    # Of a running total the rows that add most to it.
    by, _ending = split_calculation(question.sorted_by or question.measures[0])
    measures = tuple(dict.fromkeys((*question.measures, by)))
    first = Level(replace(question, top=None, measures=measures), 1)
    if is_earlier:
        shop = replace(shop, start=ASKED_START, end=ASKED_END, hours=None)
    from_last = question.sort.startswith("-") or not question.sorted_by
    order = [sort_key(by, from_last), *first.natural_order()]
    table = first.table(shop).order_by(order).limit(question.top)
    return step(table.select(top_key=key_of(first.dimensions[0]), is_top=True))


def sort_key(name: str, from_last: bool) -> Value:
    return (ibis.desc if from_last else ibis.asc)(name, nulls_first=False)
