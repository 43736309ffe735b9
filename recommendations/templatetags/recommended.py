"""Recommendations on pages of other apps."""

from django import template

from recommendations.api import offers_data
from recommendations.offers import offers

register = template.Library()
MOST_SHOWN = 4
LISTS = (
    ("Likely to buy again", "Bought before", "history"),
    ("Might like", "Not bought yet", "similar_customers"),
)


@register.inclusion_tag("recommendations/lists.html", takes_context=True)
def offers_for(context, customer) -> dict:
    """Cards with products to buy again and new products for a customer."""
    user = context["request"].user
    if not user.may("recommendations", "retrieve"):
        return {}
    lists = [
        {
            "title": title,
            "subtitle": subtitle,
            **offers_data(offers(customer, user, kind, MOST_SHOWN), kind, user),
        }
        for title, subtitle, kind in LISTS
    ]
    return {"lists": lists}
