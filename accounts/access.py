"""Who may open a page: the same table of roles that the API reads."""

from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import render


def refused(request):
    """Whoever has no role yet is told what they wait for."""
    if request.user.role:
        raise PermissionDenied
    return render(request, "accounts/waiting_for_role.html", status=403)


def for_roles(resource: str, action: str = "list"):
    """A page for roles that may do `action` with `resource`; others sign in or get 403."""

    def decorate(page):
        @wraps(page)
        def opened(request, *args, **kwargs):
            if not request.user.is_authenticated:
                # A POST cannot be repeated after signing in.
                after = request.get_full_path() if request.method == "GET" else "/"
                return redirect_to_login(after)
            if not request.user.may(resource, action):
                return refused(request)
            return page(request, *args, **kwargs)

        opened.resource, opened.action = resource, action
        return opened

    return decorate
