"""HTTP Basic authentication, for older clients that support nothing else."""

from rest_framework import exceptions
from rest_framework.authentication import BasicAuthentication
from rest_framework.permissions import SAFE_METHODS

from accounts.api import authenticate_or_401
from core.throttles import DeferredThrottle


class FailedSignIns(DeferredThrottle):
    """The rate limit of sign-ins by address; only wrong passwords count."""

    scope = "sign_in"

    def get_cache_key(self, request, view):
        return f"basic:{self.get_ident(request)}"


class Basic(BasicAuthentication):
    """Read-only: a browser also sends remembered passwords along with other sites' forms.

    Wrong passwords count towards the same lockout as at the sign-in.
    """

    def authenticate(self, request):
        return super().authenticate(request) if request.method in SAFE_METHODS else None

    def authenticate_credentials(self, userid, password, request=None):
        failed = FailedSignIns()
        if not failed.allow_request(request, None):
            raise exceptions.Throttled(failed.wait())
        try:
            return authenticate_or_401(request, userid, password), None
        except exceptions.AuthenticationFailed:
            # Only wrong ones count, because every request of these clients carries the password.
            failed.record()
            raise
