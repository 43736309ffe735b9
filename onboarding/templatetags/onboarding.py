"""The first run, on pages below that know nothing of it."""

from typing import Any

from django import template

from analytics.semantics.filters import Reader
from demo.loading import welcome_context
from imports.formats import formats
from onboarding.insights import insights
from onboarding.steps import checklist, is_under_way

register = template.Library()
CARDS = ("shopify", "woocommerce", "amazon", "stripe")


@register.inclusion_tag("onboarding/checklist.html", takes_context=True)
def first_run(context: template.Context) -> dict[str, Any]:
    """The checklist, the ways to bring in orders, and what the orders say."""
    request = context["request"]
    empty = welcome_context(request.user)  # None once there are orders
    return {
        "request": request,
        "name": request.user.name.partition(" ")[0],
        "csrf_token": context.get("csrf_token"),
        "list": checklist(request.user),
        "empty": empty,
        "cards": [formats()[name] for name in CARDS],
        "may_import": request.user.may("imports", "create"),
        "may_skip": request.user.may("settings", "update"),
        "insights": [] if empty else [*insights(Reader.of(request.user))],
    }


@register.inclusion_tag("onboarding/reminder.html", takes_context=True)
def open_steps(context: template.Context) -> dict[str, Any]:
    """A line above Home until all steps are done or the list is hidden."""
    user = context["request"].user
    is_shown = user.may("settings", "update") and is_under_way()
    return {"list": checklist(user) if is_shown else None, "csrf_token": context.get("csrf_token")}
