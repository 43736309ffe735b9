"""The signed-in user's raised alerts, on pages below that know nothing of alerts."""

from django import template

from exports.access import active_issues_for
from exports.models import Alert

register = template.Library()
MAX_SHOWN = 5


@register.inclusion_tag("exports/active_alerts.html", takes_context=True)
def active_alerts(context: template.Context) -> dict:
    """The active issues of the user's own alerts."""
    user = context["request"].user
    alerts = Alert.objects.filter(user=user, is_active=True)
    issues = [(alert, text) for alert in alerts for text in active_issues_for(alert, user).values()]
    return {"issues": issues[:MAX_SHOWN], "more": len(issues[MAX_SHOWN:])}
