"""Name and password sent with each request (HTTP Basic), for clients that know nothing else."""

from rest_framework import exceptions
from rest_framework.authentication import BasicAuthentication
from rest_framework.permissions import SAFE_METHODS

from accounts.api import signed_in
from core.throttles import CountedAfterwards


class FailedSignIns(CountedAfterwards):
    """Wrong passwords from one address, as seldom as sign-ins; right ones are not counted."""

    scope = "sign_in"

    def get_cache_key(self, request, view):
        return f"basic:{self.get_ident(request)}"


class Basic(BasicAuthentication):
    """Only for reading: a browser sends remembered passwords along with other sites' forms.

    Passwords are checked as at the sign-in, whose lock after failed ones counts here too.
    """

    def authenticate(self, request):
        return super().authenticate(request) if request.method in SAFE_METHODS else None

    def authenticate_credentials(self, userid, password, request=None):
        failed = FailedSignIns()
        if not failed.allow_request(request, None):
            raise exceptions.Throttled(failed.wait())
        try:
            return signed_in(request, userid, password), None
        except exceptions.AuthenticationFailed:
            failed.record()
            raise
