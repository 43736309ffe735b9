from django import template

from demo.loading import greeting

register = template.Library()


@register.simple_tag(takes_context=True)
def demo_greeting(context) -> dict | None:
    """What an empty platform says to its reader."""
    return greeting(context["request"].user)
