"""Request bodies: strict JSON and plain forms."""

import json
from typing import IO, Any

from django.conf import settings
from django.http import QueryDict
from rest_framework import exceptions, parsers
from rest_framework.utils import json as strict_json


class TooLarge(exceptions.APIException):
    status_code = 413
    default_detail = "The body is larger than this server accepts."
    default_code = "too_large"


class Json(parsers.JSONParser):
    """JSON in UTF-8, without NaN, duplicate fields or half surrogate pairs."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        # Django checks the size only in `request.body`; DRF reads the stream past it.
        length = int(parser_context["request"].META.get("CONTENT_LENGTH") or 0)
        if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        try:
            text = stream.read().decode()
            data = strict_json.loads(text, object_pairs_hook=once_each)
            if "\\u" in text:  # half a surrogate pair cannot be encoded as UTF-8
                json.dumps(data, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            reason = "nested too deeply" if isinstance(error, RecursionError) else "not JSON"
            raise exceptions.ParseError(f"The body cannot be read: {reason}.") from None
        return data


class Form(parsers.FormParser):
    """A form without files; each field may occur once."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None
    ) -> QueryDict:
        fields = super().parse(stream, media_type, parser_context)
        if any(len(values) > 1 for _, values in fields.lists()):
            raise exceptions.ParseError("The body cannot be read: a field is there twice.")
        return fields


def once_each(pairs: list[tuple]) -> dict:
    """Duplicate fields are an error: programs disagree about which of them counts."""
    named = dict(pairs)
    if len(named) < len(pairs):
        raise ValueError("a field is there twice")
    return named
