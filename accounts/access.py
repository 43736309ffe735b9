"""Pages for roles: the same table of roles as the API's."""

from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import render


def for_roles(resource: str, action: str = "list"):
    """A page for roles that may do `action` with `resource`; others sign in or get 403."""

    def decorator(page):
        @wraps(page)
        def view(request, *args, **kwargs):
            if not request.user.is_authenticated:
                # A POST cannot be repeated after signing in.
                after = request.get_full_path() if request.method == "GET" else "/"
                return redirect_to_login(after)
            if not request.user.may(resource, action):
                return access_denied(request)
            return page(request, *args, **kwargs)

        # Tests of access walk over all addresses and read these.
        view.resource, view.action = resource, action
        return view

    return decorator


def access_denied(request):
    """403; users without a role learn that an administrator has to assign one."""
    if request.user.role:
        raise PermissionDenied
    return render(request, "accounts/waiting_for_role.html", status=403)
