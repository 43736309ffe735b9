"""Base of the API's resources: rows in scope, request bodies, known parameters."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.urls import get_resolver, reverse
from rest_framework import exceptions, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer


class ResourceViewSet(viewsets.GenericViewSet):
    """CRUD on the rows that the user may see, for actions that the role allows.

    `bodies` maps actions to serializers of the request where they differ from those of the answer;
    their `create` and `update` call services. For the schema, `success_statuses` lists actions with
    another status than 200, and `optional_bodies` those whose body may be left out.
    """

    resource = ""
    serializer_class: type[BaseSerializer]
    bodies: dict[str, type[BaseSerializer]] = {}
    success_statuses: dict[str, int] = {}
    optional_bodies: tuple[str, ...] = ()
    search_fields: tuple[str, ...] = ()
    ordering_fields: tuple[str, ...] = ()
    lookup_value_regex = "[0-9]{1,18}"  # 18 digits fit into 64 bits on every database
    http_method_names: tuple[str, ...] = ("get", "head", "post", "put", "patch", "delete")

    def initial(self, request: Request, *args, **kwargs) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown_parameters(request, known_parameters(self))

    def get_queryset(self) -> QuerySet:
        # drf-yasg builds the schema without a user.
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return super().get_queryset().for_user(self.request.user)

    def get_serializer_class(self) -> type[BaseSerializer]:
        return self.bodies.get(self.action, self.serializer_class)

    def shown(self, row: Model) -> dict:
        """The row as a later GET returns it."""
        row = self.get_queryset().get(pk=row.pk)
        return self.serializer_class(row, context=self.get_serializer_context()).data

    def checked(self, request: Request, row: Model | None = None, **kwargs) -> BaseSerializer:
        body = self.get_serializer(row, data=request.data, **kwargs)
        body.is_valid(raise_exception=True)
        return body

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    @transaction.atomic
    def create(self, request: Request) -> Response:
        return Response(self.shown(self.checked(request).save()), 201)

    @transaction.atomic
    def update(self, request: Request, pk: str, partial: bool = False) -> Response:
        row = self.get_object()
        return Response(self.shown(self.checked(request, row, partial=partial).save()))

    def partial_update(self, request: Request, pk: str) -> Response:
        return self.update(request, pk, partial=True)

    @transaction.atomic
    def destroy(self, request: Request, pk: str) -> Response:
        self.remove(self.get_object())
        return Response(status=204)

    def remove(self, row: Model) -> None:
        row.delete()


class Index(viewsets.ViewSet):
    """The addresses of all lists."""

    resource = "index"

    def retrieve(self, request: Request) -> Response:
        # The keys are names of routes and also view functions, hence str().
        names = (name for name in get_resolver().reverse_dict if str(name).endswith("-list"))
        lists = sorted(reverse(name) for name in names)
        return Response({path.split("/")[-2]: path for path in lists})


def known_parameters(view: Any) -> list[str]:
    if view.action != "list":
        return []
    names = [view.paginator.page_query_param, view.paginator.page_size_query_param]
    names += ["ordering"] if view.ordering_fields else []
    names += ["search"] if view.search_fields else []
    filterset = getattr(view, "filterset_class", None)
    return names + (list(filterset.base_filters) if filterset else [])


def refuse_unknown_parameters(request: Request, known: Iterable[str]) -> None:
    """A misspelt parameter is an error: it must not look like a filter that matches everything."""
    if unknown := sorted(set(request.query_params) - set(known)):
        reason = f"Not known here. Known: {', '.join(sorted(known)) or 'none'}."
        raise exceptions.ValidationError({name: [reason] for name in unknown})
    # django-filter treats an empty value as no filter.
    if empty := sorted(name for name, value in request.query_params.items() if not value):
        raise exceptions.ValidationError({name: ["Has no value."] for name in empty})
