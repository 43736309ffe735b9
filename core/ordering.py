"""Ordering and search of the API's lists."""

from typing import TYPE_CHECKING

from django.db.models import QuerySet
from rest_framework import exceptions, filters
from rest_framework.request import Request

if TYPE_CHECKING:  # at run time it imports this module, by way of the settings
    from rest_framework.views import APIView


MAX_SEARCH = 200


class StableOrdering(filters.OrderingFilter):
    """Every order ends in the id, so that each row is on exactly one page."""

    def get_ordering(self, request: Request, queryset: QuerySet, view: "APIView") -> list[str]:
        chosen = list(
            super().get_ordering(request, queryset, view) or queryset.model._meta.ordering
        )
        if chosen[-1].lstrip("-") == "id":
            return chosen
        # In the same direction as the last column, so that one index serves both.
        return [*chosen, "-id" if chosen[-1].startswith("-") else "id"]

    def remove_invalid_fields(
        self, queryset: QuerySet, names: list[str], view: "APIView", request: Request
    ) -> list[str]:
        # DRF would silently leave out unknown fields.
        if unknown := [
            name for name in names if name.removeprefix("-") not in view.ordering_fields
        ]:
            known = ", ".join(view.ordering_fields)
            reason = f"{', '.join(map(repr, unknown))} cannot be sorted by. Choose from {known}."
            raise exceptions.ValidationError({"ordering": [reason]})
        return names


class Search(filters.SearchFilter):
    def get_search_terms(self, request: Request) -> list[str]:
        text = request.query_params.get(self.search_param, "")
        # PostgreSQL refuses NUL in any text.
        if len(text) > MAX_SEARCH or "\0" in text:
            reason = f"Enter at most {MAX_SEARCH} characters, without NUL."
            raise exceptions.ValidationError({"search": [reason]})
        return super().get_search_terms(request)
