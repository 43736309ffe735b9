"""The reader's raised alerts, on pages that know nothing of alerts."""

from django import template

from exports.access import active_issues_for
from exports.models import Alert

register = template.Library()
SHOWN = 5


@register.inclusion_tag("exports/active_alerts.html", takes_context=True)
def active_alerts(context) -> dict:
    """The reader's own alerts that are raised, each with what it found."""
    reader = context["request"].user
    mine = Alert.objects.filter(user=reader, is_active=True)
    raised = [alert for alert in mine if alert.active_issues]
    words = [
        (alert, text) for alert in raised for text in active_issues_for(alert, reader).values()
    ]
    return {"shown": words[:SHOWN], "more": len(words[SHOWN:])}
