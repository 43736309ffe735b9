"""What is amiss, on pages that know nothing of alerts."""

from django import template

from exports.models import Alert

register = template.Library()
SHOWN = 5


@register.inclusion_tag("exports/amiss.html", takes_context=True)
def amiss(context) -> dict:
    """The reader's own alerts that are raised, each with what it found."""
    mine = Alert.objects.filter(user=context["request"].user, is_active=True)
    raised = [alert for alert in mine if alert.amiss]
    words = [(alert, text) for alert in raised for text in alert.amiss.values()]
    return {"shown": words[:SHOWN], "more": len(words[SHOWN:])}
