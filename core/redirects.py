"""Back to the page that a form was sent from."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def next_address(request: HttpRequest, otherwise: str) -> str:
    """The form's `next`, if it is an address of this site."""
    address = request.POST.get("next", "")
    return address if url_has_allowed_host_and_scheme(address, None) else otherwise
