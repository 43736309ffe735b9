"""Compresses text, but not what is compressed already (workbooks, pictures, archives).

Against BREACH, which guesses a secret from the length of compressed answers, Django masks the CSRF
token anew for each answer and adds up to 100 random bytes.
"""

import re

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

TEXT = re.compile(r"text/.*|application/(.*\+)?(json|xml)|application/javascript|image/svg\+xml")


class CompressText(GZipMiddleware):
    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        kind = response.get("Content-Type", "").partition(";")[0]
        return super().process_response(request, response) if TEXT.fullmatch(kind) else response
