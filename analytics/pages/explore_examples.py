"""Questions to start from."""

from typing import NamedTuple


class Example(NamedTuple):
    label: str
    link: str


EXAMPLES = (
    Example(
        "New customers by the category of their first order",
        "/explore/?measures=new_customers&rows=category&where=new_or_returning:is:new"
        "&sort=-new_customers",
    ),
    Example(
        "Average order value of returning customers by weekday, against last year",
        "/explore/?measures=aov&rows=weekday&where=new_or_returning:is:returning"
        "&compare=previous_year",
    ),
    Example(
        "Return rate by product, at least 50 units sold",
        "/explore/?measures=return_rate,units&rows=product&having=units:at_least:50"
        "&sort=-return_rate",
    ),
    Example(
        "Net sales by week of the two best categories",
        "/explore/?measures=revenue&rows=category&columns=week&top=2&other=0&chart=stacked",
    ),
    Example(
        "Orders by weekday and hour",
        "/explore/?measures=orders&rows=weekday&columns=hour&chart=heatmap",
    ),
    Example(
        "Net sales and new customers by quarter, with the country below",
        "/explore/?measures=revenue,new_customers&rows=quarter,country",
    ),
)
