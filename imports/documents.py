"""Checked rows → whole documents with their lines: amounts spread and added up, states compared.

Whatever is wrong with a document as a whole sets aside all of its rows.
"""

from customers.models import Country
from imports.checks import DOCUMENT_RULES, WORDS
from imports.formats import Format
from imports.sql import quoted
from imports.staging import Staging, pluralized

ONE_HOUR = "interval 1 hour"
# What the first row that has it says for the whole document; others are told of
FIRST_COUNTS = ("status", "customer_name", "email", "order_discount", "shipping", "order_tax",
                "tax_included")  # fmt: skip
HEADER = ("kind", "status", "customer", "customer_name", "email", "country", "currency",
          "order_discount", "shipping", "order_tax", "tax_included")  # fmt: skip


def build_documents(
    staging: Staging, known: Format, *, base_currency: str, rates, stored, mended: bool = False
) -> None:
    """Make `documents`, `lines` and `rejected`(record, rule) out of `checked`.

    `rates` are (currency, day, rate) rows, `stored` (number, order id, fingerprint, locked) rows of
    documents that this source brought before. Rows that were `mended` come without the other rows
    of their documents, so they are added to what is there.
    """
    staging.run(
        "create table rejected as select record, min(problem) as rule from checked "
        "where problem is not null group by record"
    )
    _group(staging, known)
    _forgive_other_names_of_a_country(staging, known)
    _warn_of_what_is_not_read(staging, known)
    _compare(staging, rates, stored, base_currency, "added" if mended else "changed")
    _set_aside_whole_documents(staging)
    _spread_over_lines(staging, known)


def _group(staging, known):
    """What the whole order says may stand on a row that is set aside itself: all rows are asked."""
    headers = ", ".join(
        f"arg_min({name}, record) as {name}"
        if name in known.fields
        else f"any_value({staging.column(name)}) as {name}"
        for name in HEADER
    )
    several = ", ".join(
        f"coalesce(min({name}) <> max({name}), false) as several_{name}"
        if name in known.fields
        else f"false as several_{name}"
        for name in FIRST_COUNTS
    )
    column = staging.column
    parts = [n for n in ("sku", "quantity", "unit_price", "discount", "tax", "tax_rate")
             if n in staging.given]  # fmt: skip
    staging.run(
        f"""
        create table grouped as
        select document, {headers}, min(moment) as moment, min(local) as local,
               count(distinct {column("currency")}) as currencies, min(record) as first,
               {several},
               coalesce(min({column("customer")}) <> max({column("customer")}),
                        min({column("email")}) <> max({column("email")}), false)
                   as several_customers,
               coalesce(lower(min({column("country")})) <> lower(max({column("country")})), false)
                   as several_countries,
               coalesce(min({column("kind")}) <> max({column("kind")}), false) as several_kinds,
               -- a till that closes at midnight may write one order on two days
               coalesce(max(local)::date > min(local)::date
                        and max(local) - min(local) > {ONE_HOUR}, false) as several_days,
               coalesce(max(local) > min(local), false) as several_times,
               count(*) filter (taken) as lines,
               sum(quantity * unit_price) filter (taken) as subtotal,
               sum(coalesce({column("discount")}, 0)) filter (taken) as discount,
               -- a sum does not care for the order of the lines
               sum(md5_number_lower(concat_ws('|', {", ".join(parts)}))) filter (taken)
                   as lines_hash
        from (select *, record not in (select record from rejected) as taken from checked)
        where document is not null group by document having bool_or(taken)
        """
    )


def _forgive_other_names_of_a_country(staging, known):
    """DE on one row and Germany on the next are one country."""
    if "country" not in known.fields or not staging.scalar(
        "select bool_or(several_countries) from grouped"
    ):
        return
    staging.run(
        "create table named as select distinct document, checked.country as text from checked "
        "join grouped using (document) where several_countries and checked.country is not null"
    )
    staging.run("create table same (text varchar, country varchar)")
    texts = [text for (text,) in staging.run("select distinct text from named order by 1")]
    countries = ((text, Country.objects.named(text)) for text in texts)
    keys = [(text, country.pk if country else text.lower()) for text, country in countries]
    staging.insert_rows("same", keys)
    staging.run(
        "update grouped set several_countries = false where document in (select document from "
        "named join same using (text) group by document having count(distinct same.country) = 1)"
    )


def _warn_of_what_is_not_read(staging, known):
    """One value counts for the whole document: somebody must hear that there are others."""
    told = {
        name: f"{WORDS.get(name, name.replace('_', ' '))}"
        for name in FIRST_COUNTS
        if name in known.fields
    }
    for name, what in {**told, "times": "time of day"}.items():
        ((number, example),) = staging.run(
            f"select count(*), arg_min(document, first) from grouped where several_{name}"
            + (" and not several_days" if name == "times" else "")
        )
        if number:
            counts = "the earliest" if name == "times" else "the first"
            staging.warnings.append(
                f"The rows of {pluralized(number, 'order', 'orders')} differ in their {what}; "
                f"{counts} counts (as in order {example})."
            )


def _compare(staging, rates, stored, base_currency, different):
    """Give each document its exchange rate and tell new from changed and unchanged ones."""
    staging.run("create table rates (currency varchar, day date, rate decimal(18, 10))")
    staging.run(
        "create table stored (document varchar, order_id bigint, fingerprint varchar, "
        "locked boolean)"
    )
    staging.insert_rows("rates", rates)
    staging.insert_rows("stored", stored)
    header = ", ".join(f"g.{name}" for name in (*HEADER, "moment", "lines_hash"))
    base = quoted(base_currency)
    staging.run(
        f"""
        create table documents as
        with priced as (
            select g.* replace (coalesce(g.currency, {base}) as currency),
                   md5(concat_ws('|', {header})) as fingerprint
            from grouped g
        )
        select p.*,
               case when p.currency = {base} then 1 else r.rate end as exchange_rate,
               s.order_id,
               case when s.order_id is null then 'new'
                    -- without a fingerprint: told over the API in the same words
                    when coalesce(s.fingerprint = p.fingerprint, true) then 'unchanged'
                    else '{different}' end as action,
               coalesce(s.locked, false) and action = 'changed' as locked
        from priced p
        asof left join rates r on p.currency = r.currency and cast(p.local as date) >= r.day
        left join stored s using (document)
        """
    )

    # What the whole order cost besides its lines was told when the rest of it came.
    staging.run(
        "update documents set order_discount = null, shipping = null, order_tax = null "
        "where action = 'added'"
    )


def _set_aside_whole_documents(staging):
    first = len(staging.rules)
    staging.rules += DOCUMENT_RULES
    cases = " ".join(f"when {rule.when} then {n}" for n, rule in enumerate(DOCUMENT_RULES, first))
    staging.run(f"create table refused as select document, case {cases} end as rule from documents")
    staging.run("delete from refused where rule is null")
    if staging.scalar("select count(*) from refused"):
        staging.run("delete from documents where document in (select document from refused)")
        staging.run(
            "insert into rejected select record, min(r.rule) from checked join refused r "
            "using (document) where record not in (select record from rejected) group by record"
        )


def _spread_over_lines(staging, known):
    """`lines`: what goes into the books, with the order's discount and tax spread to the cent."""
    column = staging.column
    staging.run(
        f"""
        create table lines as
        select record, document, sku, {column("product")} as product,
               {column("category")} as category, cast(quantity as integer) as quantity, unit_price,
               coalesce({column("discount")}, 0) as discount, coalesce({column("tax")}, 0) as tax,
               {column("tax_rate")} as declared
        from checked where document in (select document from documents)
                       and record not in (select record from rejected)
        """
    )
    for whole, share in (("order_discount", "discount"), ("order_tax", "tax")):
        if whole in known.fields:
            _spread(staging, whole, share)
    staging.run(
        """
        create table orders as
        select d.* exclude (subtotal, discount) replace (
                   coalesce(d.tax_included = 'true', false) as tax_included),
               l.subtotal, l.discount, l.tax, coalesce(d.shipping, 0) as freight,
               l.subtotal - l.discount + coalesce(d.shipping, 0)
                   + case when d.tax_included = 'true' then 0 else l.tax end as total
        from documents d join (
            select document, sum(quantity * unit_price) as subtotal, sum(discount) as discount,
                   sum(tax) as tax
            from lines group by document
        ) l using (document)
        """
    )


def _spread(staging, whole, share):
    """Largest remainder: floors to the cent, then a cent more for those that lost most by it."""
    staging.run(
        f"""
        create or replace table lines as
        with weighed as (
            select l.*, d.{whole} as amount, l.quantity * l.unit_price - l.discount as weight,
                   sum(l.quantity * l.unit_price - l.discount) over whole as weights
            from lines l join documents d using (document) window whole as (partition by document)
        ), floored as (
            select *, amount::double * weight::double / weights::double as exact,
                   cast(floor(exact * 100) / 100 as decimal(18, 4)) as base
            from weighed
        ), ranked as (
            select *,
                   row_number() over (partition by document order by base - exact, record) as turn,
                   round((amount - sum(base) over (partition by document)) * 100) as missing
            from floored
        )
        select * exclude (amount, weight, weights, exact, base, turn, missing)
               replace (case when amount > 0 and weights > 0
                        then {share} + base + case when turn <= missing then 0.01 else 0 end
                        else {share} end as {share})
        from ranked
        """
    )
