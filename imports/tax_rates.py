"""The nominal tax rate of a line: 19 %, not the 18.97 % that rounded amounts yield.

It is the rate that the file declares, or the one of the country on that day, if the tax agrees
with it within rounding; otherwise it is computed from tax and net amount, and marked as such.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from core.parts import monthly_parts
from core.tracking import announce
from imports.models import ImportLock
from imports.staging import Staging
from imports.steps import step
from orders.models import Order, OrderItem, TaxRate
from orders.money import unit

SHOP = Order._meta.get_field("source").default
Source = OrderItem.RateSource


def tax_at_rate(rate: str) -> str:
    """SQL: the tax at a rate on the line's amount, or included in it."""
    return f"(l.amount::double * {rate} / (100 + case when l.included then {rate} else 0 end))"


def tax_matches(rate: str) -> str:
    return f"abs(l.tax::double - {tax_at_rate(rate)}) <= l.tolerance"


@step(reads="taxed coins country_rates", writes="nominal")
def find_tax_rates(staging: Staging) -> None:
    """Find the nominal rate of each line. Where the tax of an order was spread over its lines, a
    difference of one coin is rounding."""
    load_tax_rates(staging)
    # With a small amount several rates agree: the nearest is taken.
    # Tax may have been rounded per piece. The tolerance has an upper bound, because with very many
    # pieces every rate would agree.
    staging.run(
        f"""
        create or replace table nominal as
        with l as (
            select taxed.*, amount - case when included then tax else 0 end as net,
                   least(coin * (quantity / 2.0 + spread),
                         greatest(coin * (0.5 + spread), amount::double * 0.002)) + 1e-6
                       as tolerance
            from taxed join coins using (currency)
        ), agreeing as (
            select l.line,
                   arg_min(r.rate, abs(l.tax::double - {tax_at_rate("r.rate::double")})) as rate
            from l join country_rates r on r.country = l.country and l.day >= r.since
                 and (r.until is null or l.day < r.until)
            where {tax_matches("r.rate::double")} group by l.line
        ), computed as (
            select line, coalesce(100 * tax::double / nullif(net, 0), 0) as exact from l
        )
        select line, cast(least(100, case
                   when l.declared <= 100 and {tax_matches("l.declared::double")} then l.declared
                   when agreeing.rate is not null then agreeing.rate
                   -- the simplest rate that explains the tax
                   when {tax_matches("round(exact)")} then round(exact)
                   when {tax_matches("round(exact, 1)")} then round(exact, 1)
                   else round(exact, 2) end) as decimal(6, 3)) as rate,
               case when l.declared <= 100 and {tax_matches("l.declared::double")}
                        then '{Source.FILE}'
                    when agreeing.rate is not null then '{Source.COUNTRY}'
                    else '{Source.COMPUTED}' end as source
        from l join computed using (line) left join agreeing using (line)
        """
    )


@step(reads="taxed", writes="coins country_rates")
def load_tax_rates(staging: Staging) -> None:
    staging.create("coins")
    currencies = staging.run("select distinct currency from taxed")
    staging.insert_rows("coins", [(name, unit(name)) for (name,) in currencies])
    staging.create("country_rates")
    staging.insert_rows("country_rates", list(tax_rate_periods()))


def tax_rate_periods() -> Iterator[tuple]:
    """(country, rate, first day, day after the last) of every tax rate."""
    rates = TaxRate.objects.order_by("country", "category_key", "valid_from")
    rows = rates.values_list("country", "category_key", "rate", "valid_from")
    for (country, _), group in groupby(rows, key=lambda row: row[:2]):
        category_rates = list(group)
        ends = [row[3] for row in category_rates[1:]] + [None]
        for (*_, rate, since), until in zip(category_rates, ends, strict=True):
            yield country, rate, since, until


# Lines that were imported before nominal rates were stored


@transaction.atomic
def set_nominal_tax_rates() -> dict[str, int]:
    """Set the nominal rates of imported lines and of their returns; how many by source of the rate.
    No amount changes, and no rate whose source is known."""
    ImportLock.acquire()
    with (
        TemporaryDirectory(prefix="rates-") as folder,
        Staging(Path(folder), settings.TIME_ZONE) as staging,
    ):
        staging.create("taxed")
        staging.insert_rows("taxed", list(lines_of_unknown_rate()))
        find_tax_rates(staging)
        return _store_rates(staging)


def lines_of_unknown_rate() -> Iterator[tuple]:
    # A return that the shop made of an imported line has copied the rate of that line.
    imported = ~Q(order__source=SHOP) | Q(returns__isnull=False) & ~Q(returns__order__source=SHOP)
    items = OrderItem.objects.filter(imported, tax__gt=0, tax_rate_source="").order_by("pk")
    for pk, country, day, price, quantity, discount, tax, included, currency in items.values_list(
        "pk", "order__country", "order__placed_on", "unit_price", "quantity", "discount", "tax",
        "order__tax_included", "order__currency",
    ).iterator():  # fmt: skip
        amount = price * quantity - discount
        # No declared rate, and 1: the books do not tell whether the tax was spread over the order.
        yield pk, country, day, amount, tax, quantity, included, None, currency, 1


def _store_rates(staging: Staging) -> dict[str, int]:
    rows = staging.run("select cast(rate as varchar), source, line from nominal order by line")
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(
                "update orders_orderitem set tax_rate = %s, tax_rate_source = %s where id = %s",
                rows,
            )
        months = staging.run("select distinct strftime(day, '%Y-%m') from taxed")
        parts = monthly_parts(OrderItem.ledger_parts, [month for (month,) in months])
        announce(OrderItem, parts)
    counted = dict(staging.run("select source, count(*) from nominal group by source"))
    return {source: counted.get(source, 0) for source in Source.values}
