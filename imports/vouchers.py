"""Voucher history: vouchers sent in the past, stored for the voucher segments.

Rows without a number of orders or an amount are stored too: the reports that need these values
leave them out and say so. Only values that cannot be read are rejected.
"""

from collections.abc import Callable
from functools import partial

from imports.checks import date_rules
from imports.formats import Format, Rule
from imports.matching import match_countries, record_created_rows
from imports.models import Import, VoucherSent
from imports.numbers import number, too_small
from imports.staging import Staging
from imports.steps import step
from imports.timestamps import parse_timestamps
from imports.writers import WriteProgress, insert, money_value, utc_text


def date_sql(text: str) -> str:
    """SQL: the date in a text. A cast to a date would ignore any text after it, one to a timestamp
    does not."""
    return (
        f"case when regexp_matches({text}, '^[0-9]{{4}}-') "
        f"then cast(try_cast({text} as timestamp) as date) end"
    )


TYPES: dict[str, Callable[[str], str]] = {
    "first_order": date_sql,
    "last_order": date_sql,
    "orders": partial(number, comma=False),
    "amount": partial(number, comma=False),
}
RULES = [
    Rule("country", "missing_country", "the country is missing", "country is null"),
    *(
        Rule(
            name, code, f"this is not a {what} that can be read",
            f"{name} is null and {name}_text is not null",
        )
        for code, what, names in (
            ("bad_date", "date", ("first_order", "last_order")),
            ("bad_number", "number", ("orders", "amount")),
        )
        for name in names
    ),
    Rule("orders", "negative_orders", "the number of orders is below zero", "orders < 0"),
    Rule(
        # PostgreSQL's integer ends there; MySQL's unsigned one and SQLite would take more.
        "orders", "number_too_large", "the number of orders is beyond 2,147,483,647",
        "orders > 2147483647",
    ),
    Rule(
        "orders", "orders_not_whole", "the number of orders is not whole",
        "orders <> floor(orders)",
    ),
    Rule(
        "amount", "number_too_small", "the amount is not zero, but too small for four decimals",
        too_small("amount"),
    ),
    Rule("amount", "negative_amount", "the amount is below zero", "amount < 0"),
    Rule("amount", "number_too_large", "the amount is beyond 1,000,000,000", "amount > 1000000000"),
    Rule(
        "last_order", "last_before_first", "the last order is before the first",
        "last_order < first_order",
    ),
]  # fmt: skip


@step(reads="raw staged timestamps checked_vouchers", writes="staged checked_vouchers rejected")
def check_vouchers(staging: Staging, format: Format, date_order: str = "") -> None:
    """Give each voucher its typed fields and the first rule that it breaks."""
    fields = format.fields
    staging.run(
        f"create view staged as select record, {fields['sent_at']} as placed, "
        f"nullif(trim({fields['country']}), '') as country, "
        + ", ".join(f"nullif(trim({fields[name]}), '') as {name}_text" for name in TYPES)
        + f" {format.rows}"
    )
    staging.warnings += parse_timestamps(staging, format, date_order)
    staging.rules = [*date_rules(), *RULES]
    cases = " ".join(f"when {rule.when} then {n}" for n, rule in enumerate(staging.rules))
    # Rules are checked in the order of the list: `case` stops at the first that is broken.
    typed = ", ".join(f"{sql(f'{name}_text')} as {name}" for name, sql in TYPES.items())
    staging.run(
        f"create table checked_vouchers as select *, case {cases} end as problem from ("
        f"select staged.*, {typed}, utc_time, local_time, lost, placed as placed_text "
        "from staged left join timestamps on timestamps.text = staged.placed)"
    )
    staging.run(
        "create table rejected as select record, problem as rule from checked_vouchers "
        "where problem is not null"
    )


@step(reads="checked_vouchers vouchers stored_vouchers", writes="vouchers stored_vouchers")
def compare_vouchers(staging: Staging) -> dict[str, int]:
    """Find the vouchers that are not in the books yet. Of equal rows, each is a voucher of its
    own: they are counted."""
    # concat_ws leaves out nulls: rows that differ in which value is missing may share a hash. The
    # number behind it still makes each of them a voucher of its own.
    staging.run(
        """
        create table vouchers as
        with hashed as (
            select *,
                   md5(concat_ws('|', utc_time, country, first_order, last_order, orders, amount))
                       as hash
            from checked_vouchers where problem is null
        )
        select * exclude (hash),
               hash || row_number() over (partition by hash order by record) as fingerprint
        from hashed
        """
    )
    staging.create("stored_vouchers")
    stored = VoucherSent.objects.values_list("fingerprint")
    staging.insert_rows("stored_vouchers", list(stored.iterator()))
    before = staging.scalar("select count(*) from vouchers")
    staging.run(
        "delete from vouchers where fingerprint in (select fingerprint from stored_vouchers)"
    )
    new = staging.scalar("select count(*) from vouchers")
    return {"new": new, "unchanged": before - new}


@step(reads="vouchers countries", writes="")
def write_vouchers(staging: Staging, run: Import, on_progress: WriteProgress) -> dict[str, int]:
    match_countries(staging, "vouchers")
    record_created_rows(staging, run, ["country"])
    written = insert(
        "imports_vouchersent",
        ["fingerprint", "country_id", "sent_at", "first_order", "last_order", "orders", "amount"],
        staging,
        f"select o.fingerprint, c.id, {utc_text('o.utc_time')}, cast(o.first_order as varchar), "
        f"cast(o.last_order as varchar), cast(o.orders as integer), {money_value('o.amount')} "
        "from vouchers o join countries c on c.text = o.country order by o.record",
        fixed={"run_id": run.pk},
        on_progress=on_progress,
    )
    return {"vouchers": written}
