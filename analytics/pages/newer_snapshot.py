"""Pages that are behind the books ask here whether a newer state is finished."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.access import for_roles
from ledger import background


@require_safe
@for_roles("reports")
def newer_snapshot(request: HttpRequest, number: int) -> HttpResponse:
    """Has the browser load the page again, or says nothing."""
    if background.is_there_a_newer_one(number):
        return HttpResponseClientRefresh()
    return HttpResponse(status=204)
