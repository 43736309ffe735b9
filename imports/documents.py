"""Steps that group checked rows into documents with lines and compare them with the books."""

from customers.models import Country
from imports.checks import DOCUMENT_RULES, LABELS
from imports.formats import Format
from imports.sql import quoted
from imports.staging import Staging, pluralized
from imports.staging_tables import HEADER
from imports.steps import step

ONE_HOUR = "interval 1 hour"
# The first row that has a value sets it for the whole document; other values cause a warning
FIRST_COUNTS = ("status", "customer_name", "email", "order_discount", "shipping", "order_tax",
                "tax_included")  # fmt: skip


def build_documents(
    staging: Staging, format: Format, *, base_currency: str, rates: list[tuple], stored: list[tuple]
) -> None:
    """Group checked rows into orders and lines, compared with the books.

    `rates` and `stored` are the rows for the staging tables of these names.
    """
    reject_rows(staging)
    group_rows(staging, format)
    accept_spellings_of_one_country(staging, format)
    warn_of_differing_values(staging, format)
    compare_documents(staging, rates, stored, base_currency)
    reject_documents(staging)
    build_lines(staging)
    spread_order_amounts(staging, format)
    total_orders(staging)


@step(reads="checked", writes="rejected")
def reject_rows(staging: Staging) -> None:
    """Reject a record by the first rule that any of its lines breaks; it may have several lines."""
    staging.run(
        "create table rejected as select record, min(problem) as rule from checked "
        "where problem is not null group by record"
    )


@step(reads="checked rejected", writes="grouped")
def group_rows(staging: Staging, format: Format) -> None:
    """Group the rows by document. Header fields are taken from rejected rows too: the only row
    that names the customer may be one of them."""
    headers = ", ".join(
        f"arg_min({name}, record) as {name}"
        if name in format.fields
        else f"any_value({staging.column(name)}) as {name}"
        for name in HEADER
    )
    # min and max leave out nulls: a blank cell contradicts nothing.
    several = ", ".join(
        f"coalesce(min({name}) <> max({name}), false) as several_{name}"
        if name in format.fields
        else f"false as several_{name}"
        for name in FIRST_COUNTS
    )
    column = staging.column
    # Without product and category: an import never changes a stored product, so a new name alone
    # is no change of the order.
    parts = [n for n in ("sku", "quantity", "unit_price", "discount", "tax", "tax_rate")
             if n in staging.fields]  # fmt: skip
    staging.run(
        f"""
        create table grouped as
        select document, {headers}, min(utc_time) as utc_time, min(local_time) as local_time,
               count(distinct {column("currency")}) as currencies, min(record) as first,
               {several},
               coalesce(min({column("customer")}) <> max({column("customer")}),
                        min({column("email")}) <> max({column("email")}), false)
                   as several_customers,
               coalesce(lower(min({column("country")})) <> lower(max({column("country")})), false)
                   as several_countries,
               coalesce(min({column("kind")}) <> max({column("kind")}), false) as several_kinds,
               -- a till that closes at midnight may write one order on two days
               coalesce(max(local_time)::date > min(local_time)::date
                        and max(local_time) - min(local_time) > {ONE_HOUR}, false) as several_days,
               coalesce(max(local_time) > min(local_time), false) as several_times,
               count(*) filter (taken) as lines,
               -- the product of a rejected row may be beyond the range of the type
               sum(case when taken then quantity * unit_price end) as subtotal,
               sum(coalesce({column("discount")}, 0)) filter (taken) as discount,
               -- a sum does not care for the order of the lines
               sum(md5_number_lower(concat_ws('|', {", ".join(parts)}))) filter (taken)
                   as lines_hash
        from (select *, record not in (select record from rejected) as taken from checked)
        where document is not null group by document having bool_or(taken)
        """
    )


@step(reads="grouped checked spellings spelled", writes="spellings spelled grouped")
def accept_spellings_of_one_country(staging: Staging, format: Format) -> None:
    """Accept documents whose rows spell one country differently: DE here, Germany there."""
    # Only when spellings differ: Python knows names in all languages, but loads them for a second.
    if "country" not in format.fields or not staging.scalar(
        "select bool_or(several_countries) from grouped"
    ):
        return
    staging.run(
        "create table spellings as select distinct document, checked.country as text from checked "
        "join grouped using (document) where several_countries and checked.country is not null"
    )
    staging.create("spelled")
    texts = [text for (text,) in staging.run("select distinct text from spellings order by 1")]
    countries = ((text, Country.objects.named(text)) for text in texts)
    keys = [(text, country.pk if country else text.lower()) for text, country in countries]
    staging.insert_rows("spelled", keys)
    staging.run(
        "update grouped set several_countries = false where document in (select document from "
        "spellings join spelled using (text) group by document "
        "having count(distinct spelled.country) = 1)"
    )


@step(reads="grouped", writes="")
def warn_of_differing_values(staging: Staging, format: Format) -> None:
    """Warn of documents whose rows differ in a field of which only one value is stored."""
    labels = {
        name: f"{LABELS.get(name, name.replace('_', ' '))}"
        for name in FIRST_COUNTS
        if name in format.fields
    }
    for name, what in {**labels, "times": "time of day"}.items():
        ((number, example),) = staging.run(
            f"select count(*), arg_min(document, first) from grouped where several_{name}"
            # Orders of several days are rejected.
            + (" and not several_days" if name == "times" else "")
        )
        if number:
            counts = "the earliest" if name == "times" else "the first"
            staging.warnings.append(
                f"The rows of {pluralized(number, 'order', 'orders')} differ in their {what}; "
                f"{counts} counts (as in order {example})."
            )


@step(reads="grouped rates stored documents", writes="rates stored documents")
def compare_documents(
    staging: Staging, rates: list[tuple], stored: list[tuple], base_currency: str
) -> None:
    """Give each document its exchange rate, and compare it with the books."""
    # Lines can be added to an order with returns, but not replaced: `locked` is for changes only.
    # Corrected rows come without the others of their documents: they are added to those.
    different = "added" if staging.is_correction else "changed"
    staging.create("rates")
    staging.create("stored")
    staging.insert_rows("rates", rates)
    staging.insert_rows("stored", stored)
    header = ", ".join(f"g.{name}" for name in (*HEADER, "utc_time", "lines_hash"))
    # The asof join takes the last rate before the day: banks publish none on weekends.
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
                    -- without a fingerprint: recorded over the API with the same values
                    when coalesce(s.fingerprint = p.fingerprint, true) then 'unchanged'
                    else '{different}' end as action,
               coalesce(s.locked, false) and action = 'changed' as locked
        from priced p
        asof left join rates r on p.currency = r.currency and cast(p.local_time as date) >= r.day
        left join stored s using (document)
        """
    )

    # Amounts of the whole order were stored with its other rows.
    staging.run(
        "update documents set order_discount = null, shipping = null, order_tax = null "
        "where action = 'added'"
    )


@step(reads="documents refused checked rejected", writes="refused documents rejected")
def reject_documents(staging: Staging) -> None:
    """Reject all rows of the documents that break a rule as a whole."""
    first = len(staging.rules)
    staging.rules += DOCUMENT_RULES
    cases = " ".join(f"when {rule.when} then {n}" for n, rule in enumerate(DOCUMENT_RULES, first))
    staging.run(f"create table refused as select document, case {cases} end as rule from documents")
    staging.run("delete from refused where rule is null")
    if staging.scalar("select count(*) from refused"):
        staging.run("delete from documents where document in (select document from refused)")
        staging.run(
            # Grouped: in a format with refunds a record belongs to a sale and to its return.
            "insert into rejected select record, min(r.rule) from checked join refused r "
            "using (document) where record not in (select record from rejected) group by record"
        )


@step(reads="checked documents rejected", writes="lines")
def build_lines(staging: Staging) -> None:
    """The rows of the documents as lines, without those that are rejected."""
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


@step(reads="lines documents", writes="lines")
def spread_order_amounts(staging: Staging, format: Format) -> None:
    """Spread an order's own discount and tax over its lines, to the cent."""
    # The discount first: tax is spread by what the lines cost after it.
    for whole, share in (("order_discount", "discount"), ("order_tax", "tax")):
        if whole in format.fields:
            _spread(staging, whole, share)


@step(reads="documents lines", writes="orders")
def total_orders(staging: Staging) -> None:
    """Add the sums of its lines to each document."""
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


def _spread(staging: Staging, whole: str, share: str) -> None:
    """Largest remainder method: round down to the cent, then a cent more for the lines that lost
    most by it, until the shares add up."""
    # Equal remainders go by record, so that preview and import of a file spread alike.
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
                   row_number() over (partition by document order by base - exact, record) as rank,
                   round((amount - sum(base) over (partition by document)) * 100) as missing
            from floored
        )
        select * exclude (amount, weight, weights, exact, base, rank, missing)
               replace (case when amount > 0 and weights > 0
                        then {share} + base + case when rank <= missing then 0.01 else 0 end
                        else {share} end as {share})
        from ranked
        """
    )
