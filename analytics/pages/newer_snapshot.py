"""Pages that are behind the books ask here whether a newer state is finished."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.access import for_roles
from ledger import background

# Where sales never stop, a page would otherwise be loaded again and again while somebody reads it.
REFRESHED, BETWEEN_REFRESHES = "refreshed", 30  # seconds


@require_safe
@for_roles("reports")
def newer_snapshot(request: HttpRequest, number: int) -> HttpResponse:
    """Has the browser load the page again, if it did not just now, or says nothing."""
    if not background.is_there_a_newer_one(number) or REFRESHED in request.COOKIES:
        return HttpResponse(status=204)
    response = HttpResponseClientRefresh()
    response.set_cookie(REFRESHED, max_age=BETWEEN_REFRESHES, httponly=True, samesite="Strict")
    return response
