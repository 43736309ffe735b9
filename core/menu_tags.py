"""What the menu asks of the apps while it is drawn."""

from collections.abc import Iterable

from django import template
from django.utils.module_loading import import_string

from core.menu import MenuEntry, MenuPage

register = template.Library()


@register.simple_tag(takes_context=True)
def pages_below(context: template.Context, entry: MenuEntry) -> Iterable[MenuPage]:
    return import_string(entry.pages)(context["request"], entry.address) if entry.pages else ()


@register.simple_tag(takes_context=True)
def count_beside(context: template.Context, entry: MenuEntry) -> int:
    return import_string(entry.badge)(context["request"].user) if entry.badge else 0
