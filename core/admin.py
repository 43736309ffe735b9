"""Common base of the admins: users see and choose only the rows of their countries."""

import re

from django.contrib import admin
from django.contrib.admin import helpers
from django.contrib.admin.filters import FieldListFilter, RelatedFieldListFilter
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db.models import Field, ForeignKey, ManyToManyField, Model, QuerySet
from django.forms import ModelChoiceField, ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse

from core.problems import problem_response

admin.site.site_header = admin.site.site_title = "Ledgerlight"
admin.site.index_title = "Administration"


class ScopedAdmin(admin.ModelAdmin):
    """Lists, details, history, autocomplete and choices go through `for_user`.

    Permissions come from `User.has_perm`, which reads accounts/roles.py.
    """

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).for_user(request.user)

    def formfield_for_foreignkey(
        self, field: ForeignKey, request: HttpRequest, **kwargs
    ) -> ModelChoiceField | None:
        kwargs.setdefault("queryset", field.related_model.objects.for_user(request.user))
        return super().formfield_for_foreignkey(field, request, **kwargs)

    def formfield_for_manytomany(
        self, field: ManyToManyField, request: HttpRequest, **kwargs
    ) -> ModelMultipleChoiceField | None:
        kwargs.setdefault("queryset", field.related_model.objects.for_user(request.user))
        return super().formfield_for_manytomany(field, request, **kwargs)

    def response_action(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        """An id that is not a number would raise a ValueError."""
        chosen = request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)
        # 18 digits always fit into 64 bits; with more SQLite's driver raises an OverflowError.
        if not all(re.fullmatch("[0-9]{1,18}", pk, re.ASCII) for pk in chosen):
            raise SuspiciousOperation("An id must be a number.")
        return super().response_action(request, queryset)

    # For Django the right to change includes the right to view. A list shows in bulk what some
    # roles may only open one at a time, so without an object only the right to list counts.

    def may_list(self, request: HttpRequest) -> bool:
        meta = self.opts
        return request.user.has_perm(f"{meta.app_label}.view_{meta.model_name}")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if obj is None:
            return self.may_list(request)
        return super().has_view_permission(request, obj)

    def has_view_or_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if obj is None:
            return self.may_list(request)
        return super().has_view_or_change_permission(request, obj)

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        # With `change` alone the index would link to a list that answers 403.
        allowed = super().get_model_perms(request)
        return allowed | {"change": allowed["change"] and allowed["view"]}


class ReadOnlyAdmin(ScopedAdmin):
    """Rows that are read-only in the admin: actions and services change them."""

    changed_by = "This cannot be edited here: the shop changes it itself."

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        if self.has_add_permission(request):
            return super().add_view(request, form_url, extra_context)
        return self.explain_read_only(request)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict | None = None
    ) -> HttpResponse:
        if self.has_delete_permission(request):
            return super().delete_view(request, object_id, extra_context)
        return self.explain_read_only(request)

    def explain_read_only(self, request: HttpRequest) -> HttpResponse:
        """403 with the real reason: the usual one, the role, is not true for an administrator."""
        if not self.may_list(request):
            raise PermissionDenied
        return problem_response(request, 403, self.changed_by)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ScopedChoices(RelatedFieldListFilter):
    """The filter beside a list offers only the rows that the user may see."""

    def field_choices(
        self, field: Field, request: HttpRequest, model_admin: admin.ModelAdmin
    ) -> list[tuple]:
        # `get_choices` begins with all rows and takes only conditions, no queryset.
        seen = field.related_model.objects.for_user(request.user)
        return field.get_choices(
            include_blank=False,
            ordering=self.field_admin_ordering(field, request, model_admin),
            limit_choices_to={"pk__in": seen},
        )


def scoped(field: Field) -> bool:
    # Models of Django and of libraries have no countries, hence no `for_user`.
    model = field.remote_field and field.related_model
    return bool(model) and hasattr(model._default_manager, "for_user")


# The first filter that matches is used, and Django's own for relations is registered already.
FieldListFilter.register(scoped, ScopedChoices, take_priority=True)
