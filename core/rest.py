"""What the framework is told in the settings: strict JSON, pages, a stable order, search."""

import json
import re

from django.conf import settings
from rest_framework import exceptions, filters, pagination, parsers
from rest_framework.utils import json as strict_json

MAX_SEARCH = 200


class TooLarge(exceptions.APIException):
    status_code = 413
    default_detail = "The body is larger than this server accepts."
    default_code = "too_large"


class Json(parsers.JSONParser):
    """JSON in UTF-8; what a database or an answer could not hold is refused at the door."""

    def parse(self, stream, media_type=None, parser_context=None):
        length = int(parser_context["request"].META.get("CONTENT_LENGTH") or 0)
        if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        try:
            text = stream.read().decode()
            data = strict_json.loads(text, object_pairs_hook=once_each)
            if "\\u" in text:  # half a surrogate pair cannot be written as UTF-8 again
                json.dumps(data, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            reason = "nested too deeply" if isinstance(error, RecursionError) else "not JSON"
            raise exceptions.ParseError(f"The body cannot be read: {reason}.") from None
        return data


class Form(parsers.FormParser):
    """A form of plain fields; like JSON's, each may be there once."""

    def parse(self, stream, media_type=None, parser_context=None):
        fields = super().parse(stream, media_type, parser_context)
        if any(len(values) > 1 for _, values in fields.lists()):
            raise exceptions.ParseError("The body cannot be read: a field is there twice.")
        return fields


def once_each(pairs: list[tuple]) -> dict:
    """Of two fields of one name a reader would believe one, and another reader the other."""
    named = dict(pairs)
    if len(named) < len(pairs):
        raise ValueError("a field is there twice")
    return named


class Pages(pagination.PageNumberPagination):
    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"

    def paginate_queryset(self, queryset, request, view=None):
        for name, most in (("page", 10**9), ("page_size", self.max_page_size)):
            text = request.query_params.get(name, "1")
            if not re.fullmatch("[0-9]{1,10}", text) or not 1 <= int(text) <= most:
                raise exceptions.ValidationError({name: [f"A number from 1 to {most}."]})
        return super().paginate_queryset(queryset, request, view)


class StableOrdering(filters.OrderingFilter):
    """Every order ends in the id, so that no row is on two pages or on none."""

    def get_ordering(self, request, queryset, view):
        chosen = list(
            super().get_ordering(request, queryset, view) or queryset.model._meta.ordering
        )
        if chosen[-1].lstrip("-") == "id":
            return chosen
        # In the direction of the last name: then one index serves both.
        return [*chosen, "-id" if chosen[-1].startswith("-") else "id"]

    def remove_invalid_fields(self, queryset, names, view, request):
        if unknown := [
            name for name in names if name.removeprefix("-") not in view.ordering_fields
        ]:
            known = ", ".join(view.ordering_fields)
            reason = f"{', '.join(map(repr, unknown))} cannot be sorted by. Known: {known}."
            raise exceptions.ValidationError({"ordering": [reason]})
        return names


class Search(filters.SearchFilter):
    def get_search_terms(self, request):
        text = request.query_params.get(self.search_param, "")
        if len(text) > MAX_SEARCH or "\0" in text:
            reason = f"At most {MAX_SEARCH} characters, and no NUL among them."
            raise exceptions.ValidationError({"search": [reason]})
        return super().get_search_terms(request)
