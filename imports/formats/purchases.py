"""A list of purchases with customer, country, date and amount. Each is an order of one line."""

from imports.formats import Format, Rule


def numbered_by_content(columns: tuple[str, ...]) -> str:
    """SQL: a number for rows without one, from the content and how often it occurred before."""
    content = ", ".join(columns)
    # concat_ws leaves out nulls: a and null would have the hash of null and a.
    return (
        f"md5(concat_ws('|', {', '.join(f'''coalesce({name}, '')''' for name in columns)}, "
        f"row_number() over (partition by {content} order by record)))"
    )


# 12.5 and 12.50 are the same amount.
CONTENT = (
    "trim(customername)",
    "trim(country)",
    "trim(purchasedate)",
    "coalesce(cast(try_cast(amount as decimal(18, 4)) as varchar), amount)",
)

# The API refuses a single purchase for the same reasons
RULES = (
    Rule("customer", "missing_customer", "the customer's name is missing",
         "coalesce(trim(customer), '') = ''"),
    Rule("country", "missing_country", "the country is missing",
         "coalesce(trim(country), '') = ''"),
    Rule("unit_price", "too_many_places",
         "the amount has more than the {places} decimal places of {currency}",
         "unit_price <> round(unit_price, {places})"),
)  # fmt: skip

PURCHASES = Format(
    name="purchases",
    title="Purchase list",
    comes_from="a list of your own with the columns customer_name, country, purchase_date, amount",
    required=("customername", "country", "purchasedate", "amount"),
    optional=("email", "purchaseid"),
    fields={
        "document": "coalesce(nullif(purchaseid, ''), " + numbered_by_content(CONTENT) + ")",
        "placed": "purchasedate",
        "customer": "customername",
        "customer_name": "customername",
        "email": "email",
        "country": "country",
        "sku": "'purchase'",
        "product": "'Purchase'",
        "quantity": "'1'",
        "unit_price": "amount",
    },
    rules=RULES,
)
