"""What to offer, on pages that know nothing of recommendations."""

from django import template

from recommendations.api import offers_data
from recommendations.offers import offers

register = template.Library()
SHOWN = 6


@register.inclusion_tag("recommendations/lists.html", takes_context=True)
def offers_for(context, customer) -> dict:
    """A card of what a customer buys again and what may be new to them."""
    user = context["request"].user
    if not user.may("recommendations", "retrieve"):
        return {}
    lists = [
        {"title": title, **offers_data(offers(customer, user, kind, SHOWN), kind, user)}
        for title, kind in (("To buy again", "history"), ("To discover", "similar_customers"))
    ]
    return {"lists": lists}
