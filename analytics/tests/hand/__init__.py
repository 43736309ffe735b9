"""Each report's question once more, as SQL that was written by hand.

The statements know neither measures nor reports. They ask the views of `questions.sql`, which lie
over whatever tells the same: a file as somebody published it, or the files of the ledger.
"""

from pathlib import Path

HERE = Path(__file__).parent
QUESTIONS = {
    str(file.relative_to(HERE).with_suffix("")): file.read_text()
    for file in sorted(HERE.glob("*/*.sql"))
}

# What the totals below a report are, of documents; lines tell an order once for each product.
TOTALS = {
    "gross": "coalesce(sum(gross), 0)",
    "discounts": "coalesce(sum(discount), 0)",
    "returns": "coalesce(sum(returned), 0)",
    "revenue": "coalesce(sum(revenue), 0)",
    "tax": "coalesce(sum(tax), 0)",
    "units": "coalesce(sum(units), 0)",
    "returned_units": "coalesce(sum(returned_units), 0)",
    "orders": "count(distinct order_id) filter (kind = 'sale')",
    "customers": "count(distinct customer_id) filter (kind = 'sale')",
    "aov": "(sum(gross) - sum(discount)) / nullif(count(*) filter (kind = 'sale'), 0)",
    "items_per_order": "sum(units) / nullif(count(*) filter (kind = 'sale'), 0)",
    "return_rate": "sum(returned) / nullif(sum(gross) - sum(discount), 0)",
    "margin": "sum(costed - cost) filter (costed <> 0 or cost <> 0)",
    "margin_rate": "(sum(costed) - sum(cost)) / nullif(sum(costed), 0)",
    "uncosted": "(sum(revenue) - sum(costed)) / nullif(sum(revenue), 0)",
    "revenue_per_customer": "sum(revenue) filter (customer_id is not null)"
    " / nullif(count(distinct customer_id) filter (kind = 'sale'), 0)",
    "orders_per_customer": "count(*) filter (kind = 'sale' and customer_id is not null)"
    " / nullif(count(distinct customer_id) filter (kind = 'sale'), 0)",
}


def opened(con, source: str, **names: str) -> None:
    """The views over a source, `from_file` or `from_ledger`, where `names` are filled in."""
    for name in (source, "questions"):
        con.execute((HERE / f"{name}.sql").read_text().format(**names))


def totals(rows: str, words) -> str:
    """The numbers below a report, over `orders`, `lines`, `buyers` or `history`."""
    sums = ", ".join(f"{TOTALS[word]} as {word}" for word in words)
    return f"select {sums} from {rows}"  # noqa: S608  nobody's input
