"""Recommendations on pages of other apps."""

from django import template

from recommendations.api import offers_data
from recommendations.offers import offers

register = template.Library()
MOST_SHOWN = 6


@register.inclusion_tag("recommendations/lists.html", takes_context=True)
def offers_for(context, customer) -> dict:
    """Cards with products to buy again and new products for a customer."""
    user = context["request"].user
    if not user.may("recommendations", "retrieve"):
        return {}
    lists = [
        {"title": title, **offers_data(offers(customer, user, kind, MOST_SHOWN), kind, user)}
        for title, kind in (("To buy again", "history"), ("To discover", "similar_customers"))
    ]
    return {"lists": lists}
