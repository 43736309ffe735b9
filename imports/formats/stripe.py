"""Stripe's payments: one row per payment, which is an order of one line.

A refund becomes a return of its own on the day of the refund (in older exports, which lack it, on
the day of the payment): of the payment itself, or for a partial refund of a line "refund".
"""

from imports.formats import Format, Rule, amount_sql

WHEN = "coalesce(nullif(trim({0}), ''), {1})"
# Stripe's times are UTC: the column's name says so, the values do not.
IN_UTC = r"""regexp_replace(regexp_replace(
    trim(doc_date), '^(.{10})[ T](\d\d:\d\d)$', '\1 \2:00'), '(:\d\d)$', '\1+00:00')"""
# At Stripe a released authorisation counts as refunded; as nothing was paid, nothing returns.
ROWS = f"""
from (
    with prepared as (
        select *, lower(trim(status)) as state, lower(trim(captured)) = 'false' as uncaptured,
               case when {amount_sql("amountrefunded")} = 0 then null
                    when {amount_sql("amountrefunded")} >= {amount_sql("amount")} then 'all'
                    when trim(amountrefunded) <> '' then 'part' end as refund_kind
        from raw
    )
    select *, id as doc_number, 'sale' as doc_kind, createddateutc as doc_date, amount as doc_amount
    from prepared
    union all
    select *, id || '-refund', 'return', {WHEN.format("refundeddateutc", "createddateutc")},
           amountrefunded
    from prepared where refund_kind is not null and uncaptured is distinct from true
)
"""

STRIPE = Format(
    name="stripe",
    title="Stripe payments",
    comes_from="Stripe dashboard: Payments → Export, all columns",
    required=("id", "createddateutc", "amount", "amountrefunded", "currency"),
    optional=(
        "captured", "status", "refundeddateutc", "customerid", "customeremail",
        "customerdescription", "description", "shippingaddresscountry", "cardaddresscountry",
        "cardissuecountry", "shippingname", "cardname", "fee",
    ),
    aliases={"createdutc": "createddateutc", "refundedutc": "refundeddateutc"},
    rows=ROWS,
    fields={
        "document": "doc_number",
        "kind": "doc_kind",
        "placed": IN_UTC,
        # A released authorisation was never paid.
        "status": """case
            when uncaptured and state = 'refunded' then 'canceled'
            when uncaptured and state = 'paid' then 'pending'
            when state in ('paid', 'succeeded', 'refunded', 'partially refunded', 'disputed')
                or coalesce(state, '') = '' then 'paid'
            when state in ('uncaptured', 'requires_capture', 'processing', 'pending',
                           'requires_action', 'requires_confirmation') then 'pending'
            when state in ('failed', 'canceled', 'requires_payment_method', 'incomplete',
                           'expired', 'blocked') then 'failed'
            else state end""",
        "customer": "customerid",
        "customer_name": "coalesce(nullif(trim(shippingname), ''), nullif(trim(cardname), ''), "
        "customerdescription)",
        "email": "customeremail",
        "country": "coalesce(nullif(trim(shippingaddresscountry), ''), "
        "nullif(trim(cardaddresscountry), ''), cardissuecountry)",
        "currency": "currency",
        "sku": "case when doc_kind = 'return' and refund_kind = 'part' then 'refund' "
        "else 'payment' end",
        "product": "case when doc_kind = 'return' and refund_kind = 'part' then 'Refund' "
        "else 'Payment' end",
        "quantity": "'1'",
        "unit_price": "doc_amount",
    },
    rules=(
        Rule(
            "status",
            "failed_payment",
            "the payment failed: no money came, so nothing was sold",
            "status = 'failed'",
        ),
    ),
)  # fmt: skip
