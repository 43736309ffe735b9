from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission


class DeclaredForRole(BasePermission):
    """Allows what `accounts/roles.py` grants to the user's role, and nothing else.

    The view names its `resource`. A viewset knows its action; any other view names it for each
    method: `actions = {"get": "retrieve"}`. An undeclared action is refused.
    """

    def has_permission(self, request, view):
        user = request.user
        if not user or not user.is_authenticated:
            return False
        method = request.method.lower()
        # DRF looks for the method after the permissions: without this, 405 would be 403.
        if method not in view.http_method_names or not hasattr(view, method):
            raise MethodNotAllowed(request.method)
        return user.may(getattr(view, "resource", ""), action_of(view, method))


def action_of(view, method: str) -> str:
    declared = getattr(view, "actions", {})
    return getattr(view, "action", None) or declared.get("get" if method == "head" else method, "")
