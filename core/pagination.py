"""Pages of the API's lists."""

import re
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from rest_framework import exceptions, pagination
from rest_framework.request import Request

if TYPE_CHECKING:  # at run time it imports this module, by way of the settings
    from rest_framework.views import APIView


class Pages(pagination.PageNumberPagination):
    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"

    def paginate_queryset(
        self, queryset: QuerySet, request: Request, view: "APIView | None" = None
    ) -> list | None:
        for name, most in (("page", 10**9), ("page_size", self.max_page_size)):
            text = request.query_params.get(name, "1")
            # DRF would answer page=x with 404, and ignore page_size=x.
            if not re.fullmatch("[0-9]{1,10}", text) or not 1 <= int(text) <= most:
                raise exceptions.ValidationError({name: [f"Enter a number from 1 to {most}."]})
        return super().paginate_queryset(queryset, request, view)
