"""What a report reads: the ledger, cut to the countries of the reader and to the filters.

Both are applied here and nowhere else, so no report can forget them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import ibis
from ibis import Column, Scalar, Table, _
from ibis.common.deferred import Deferred
from ibis.expr.types import BooleanColumn, DateScalar, IntegerScalar

from analytics.semantics.comparison import growth_column
from analytics.semantics.fields import NO_CATEGORY, UNCATEGORISED
from analytics.semantics.periods import FIRST_DAY
from analytics.semantics.placeholders import (
    END,
    END_BEFORE,
    HOURS_BEFORE,
    START,
    START_BEFORE,
    TODAY,
)
from ledger.engine import ledger_table
from ledger.tables import SUMMED_COLUMNS

CANCELED = "canceled"


class Cut(Protocol):
    """A filter on a dimension (conditions.py)."""

    @property
    def of_goods(self) -> bool: ...
    @property
    def of_calendar(self) -> bool: ...
    @property
    def of_days(self) -> bool: ...
    def filter(self, shop: "Shop", rows: Table) -> Table: ...


NAMES_OF_NONE = {
    "category": UNCATEGORISED, "category_1": UNCATEGORISED, "category_id": NO_CATEGORY
}  # fmt: skip
PRODUCTS = ledger_table("products").fill_null(NAMES_OF_NONE)


# By identity: what is built of a shop is kept for as long as it is asked.
@dataclass(frozen=True, eq=False)
class Shop:
    """Most of what it is cut by has no value yet: its SQL has placeholders (placeholders.py).

    `scope` are the countries that the reader sees, `countries` those of the filters.
    """

    countries: Callable[[Column], BooleanColumn] | None = None  # whether an id is one of theirs
    categories: Callable[[Column], BooleanColumn] | None = None
    returns_on: str = "return"
    start: DateScalar | None = START
    end: DateScalar | None = END
    hours: IntegerScalar | None = None  # so many of the last day count; None: all
    today: DateScalar = TODAY
    product: IntegerScalar | None = None
    shelf: str | None = None  # exactly this category, without those inside it
    scope: Callable[[Column], BooleanColumn] | None = None
    where: tuple[Cut, ...] = ()

    # Facts, one row a line or a document; what is canceled counts nowhere

    @cached_property
    def lines(self) -> Table:
        """What was sold and what came back in the period, line by line."""
        return self.lines_by_product.drop("first_of_product")

    @cached_property
    def lines_by_product(self) -> Table:
        """The same lines, to be grouped by product: then the orders of each are a sum, because one
        line is the first of its product in each order. In other groups they would count double."""
        return not_canceled(self._in_period(self._counted))

    @cached_property
    def orders(self) -> Table:
        """Sales and returns of the period, one row a document, with the sums of their lines."""
        return not_canceled(self._in_period(self._documents))

    @property
    def goods(self) -> Table:
        """Rows with the sums and orders of the lines, but fewer where every product counts. The tax
        of orders includes that on shipping, so a report of tax reads the lines."""
        if not self.has_every_product:
            return self.lines
        # An order may have lost its last line in the admin.
        return self.orders.filter((_.units != 0) | (_.returned_units != 0))

    @cached_property
    def buyers(self) -> Table:
        """Sales and returns of the period whose customer is known."""
        return self.orders.filter(self.orders.customer_id.notnull())

    @cached_property
    def history(self) -> Table:
        """All sales and returns of known customers up to the end of the period."""
        done = not_canceled(self._documents)
        known = done.filter(done.customer_id.notnull())
        return known if self.end is None else self._begun(known.filter(known.day <= self.end))

    @cached_property
    def documents(self) -> Table:
        """Like `orders`, with those that were canceled."""
        return self._in_period(self._documents)

    @cached_property
    def before(self) -> "Shop":
        """The same shop in the period before this one."""
        # Always with the hours, even if all of them count: else there would be SQL of two kinds.
        return replace(self, start=START_BEFORE, end=END_BEFORE, hours=HOURS_BEFORE)

    @cached_property
    def whole(self) -> "Shop":
        """All that the reader sees: every country and product, without filters."""
        # The object itself, not a copy: callers ask `shop.whole is shop` to leave out a join.
        if self.countries is self.scope and self.has_every_product and not self.where:
            return self
        return replace(self.without_goods, countries=self.scope, where=())

    @property
    def without_goods(self) -> "Shop":
        """The same shop with every product."""
        where = tuple(cut for cut in self.where if not cut.of_goods)
        return replace(self, categories=None, product=None, shelf=None, where=where)

    @property
    def opened(self) -> Scalar:
        """The first day on which anything was ever sold in these countries."""
        every_order = replace(self.without_goods, where=(), start=ibis.date(FIRST_DAY))
        return every_order.orders.day.min().as_scalar()

    @property
    def month_start(self) -> DateScalar:
        """The first day of the month in which the period starts."""
        if self.start is None:
            raise ValueError("A shop without a first day has no first month.")
        return self.start.truncate("M")

    def growth(self, now: Deferred, then: Deferred) -> Deferred:
        """Against the period before, if the shop was open in all of it."""
        return growth_column(now, then, self.opened <= START_BEFORE)

    # Names

    @cached_property
    def products(self) -> Table:
        products = PRODUCTS
        if self.categories is not None:
            products = products.filter(self.categories(products.category_id))
        if self.shelf is not None:
            products = products.filter(products.category == self.shelf)
        if self.product is not None:
            products = products.filter(products.product_id == self.product)
        return self._cut(products, of_goods=True)

    @cached_property
    def inventory(self) -> Table:
        """The stock of products, with their names and prices."""
        return ledger_table("inventory").join(self.products, "product_id")

    @cached_property
    def customers(self) -> Table:
        """Those who live in the countries, whether they bought or not."""
        return self._in_countries(ledger_table("customers"))

    # Tables that apps add to the ledger, by name: their rows go by one of three rules of scope

    def rows_of_buyers(self, name: str) -> Table:
        """Rows about customers who live in the countries and bought in the period. They describe a
        customer as a whole, so only those who see the customer's country see them."""
        here = ledger_table(name).semi_join(self.customers, "customer_id")
        return here.semi_join(self.buyers.filter(_.kind == "sale"), "customer_id")

    def rows_of_countries(self, name: str) -> Table:
        """Rows that each belong to one country."""
        return self._in_countries(ledger_table(name))

    def rows_of_scopes(self, name: str) -> Table:
        """Rows about the whole shop, which name neither country nor category, or about each of the
        chosen ones. There are none about categories within countries."""
        table = ledger_table(name)
        for column, chosen in (("country_id", self.countries), ("category_id", self.categories)):
            if column in table.columns:
                own = table[column]
                table = table.filter(own.isnull() if chosen is None else chosen(own))
        return table

    def rows_without_scope(self, name: str) -> Table:
        """Rows about the whole shop that describe no customer or country: everyone sees them."""
        return ledger_table(name)

    def named(self, table: Table) -> Table:
        """With the names of the customers, products and countries that the rows have ids of."""
        if "customer_id" in table.columns:
            names = ledger_table("customers").select("customer_id", "customer", "code")
            # A left join, because guests have no customer.
            table = table.left_join(names, "customer_id").drop("customer_id_right")
        if "product_id" in table.columns:
            names = PRODUCTS.select("product_id", "sku", "product", "category")
            table = table.left_join(names, "product_id").drop("product_id_right")
        if "country_id" in table.columns:
            table = table.left_join(ledger_table("countries"), "country_id").drop(
                "country_id_right"
            )
        return table

    # The cuts

    @cached_property
    def _documents(self) -> Table:
        documents = self._in_countries(self._dated(ledger_table("orders")))
        documents = self._cut(documents, of_goods=False)
        if self.has_every_product:
            return documents
        sums = self._counted.group_by("order_id").agg(
            **{
                # SUM widens decimals to 38 digits; cast back, `orders` has one schema with and
                # without filters.
                name: self._counted[name].sum().cast(ledger_table("orders")[name].type())
                for name in SUMMED_COLUMNS
            }
        )
        nothing = ibis.literal(0).cast("decimal(18, 4)")  # it is paid for orders, not for goods
        rest = documents.drop(*SUMMED_COLUMNS)
        # An inner join: orders without a line of these products are left out.
        selected = rest.join(sums, "order_id").mutate(shipping=nothing, voucher=nothing)
        return selected.select(*documents.columns)

    @cached_property
    def _counted(self) -> Table:
        """Lines of the countries and products, canceled ones too."""
        lines = self._in_countries(self._dated(ledger_table("lines")))
        lines = self._cut(lines, of_goods=False)
        return lines if self.has_every_product else lines.semi_join(self.products, "product_id")

    @property
    def has_every_product(self) -> bool:
        return (
            self.categories is None
            and self.shelf is None
            and self.product is None
            and not any(cut.of_goods for cut in self.where)
        )

    def _cut(self, rows: Table, of_goods: bool) -> Table:
        for cut in self.where:
            if cut.of_goods is of_goods:
                rows = cut.filter(self, rows)
        return rows

    def _in_countries(self, table: Table) -> Table:
        return table if self.countries is None else table.filter(self.countries(table.country_id))

    def _in_period(self, table: Table) -> Table:
        if self.start is None:
            return table
        return self._begun(table.filter(table.day.between(self.start, self.end)))

    def _begun(self, table: Table) -> Table:
        """Without the hours of the last day that do not count."""
        if self.hours is None or self.end is None:
            return table
        return table.filter((table.day < self.end) | (table.placed_at.hour() < self.hours))

    def _dated(self, table: Table) -> Table:
        """On their own day, or returns on the day of the sale that they return."""
        if self.returns_on == "return":
            return table
        orders = ledger_table("orders")
        sales = orders.select(sale_id="order_id", sold_at="placed_at", sold_on="day")
        returns = orders.filter(orders.returns_id.notnull()).select(
            return_id="order_id", sale_id="returns_id"
        )
        moments = returns.join(sales, "sale_id").drop("sale_id")
        dated = table.left_join(moments, table.order_id == moments.return_id)
        # Sales, and returns whose sale is not in the books, stay on their own day.
        dated = dated.mutate(
            placed_at=dated.sold_at.coalesce(dated.placed_at), day=dated.sold_on.coalesce(dated.day)
        )
        return dated.select(*table.columns)


def ever(countries: Callable | None = None) -> Shop:
    """From the first day on, without a last one."""
    return Shop(countries, start=None, end=None, scope=countries)


def not_canceled(table: Table) -> Table:
    """A filter after that of the days: DuckDB would keep what two periods have in common in memory
    (300 MB of five million lines) to read it twice."""
    return table.filter(table.status != CANCELED)
