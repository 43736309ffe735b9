from django import template

from demo.loading import welcome_context

register = template.Library()


@register.simple_tag(takes_context=True)
def demo_welcome(context: template.Context) -> dict | None:
    """What the welcome of an empty shop needs; None once there are orders."""
    return welcome_context(context["request"].user)
