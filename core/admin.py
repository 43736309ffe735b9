"""What every admin of the books has in common: people see and choose only rows of their scope."""

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
admin.site.index_title = "The books"


class ScopedAdmin(admin.ModelAdmin):
    """Lists, details, history, autocomplete and choices go through `for_user`.

    What somebody may do with a model is asked of `User.has_perm`, which reads accounts/roles.py.
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
        """Ids that are no numbers would end in a ValueError."""
        chosen = request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)
        if not all(re.fullmatch("[0-9]{1,18}", pk, re.ASCII) for pk in chosen):
            raise SuspiciousOperation("An id is a number.")
        return super().response_action(request, queryset)

    # Django takes the right to change for the right to look. A list shows in bulk what some may
    # only look up one by one, so without a row at hand only the right to list counts.

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
        allowed = super().get_model_perms(request)
        return allowed | {"change": allowed["change"] and allowed["view"]}


class ReadOnlyAdmin(ScopedAdmin):
    """Rows that are only looked at here; whatever changes them is an action or a service."""

    changed_by = "It is changed where the shop works, and not typed in here."

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        if self.has_add_permission(request):
            return super().add_view(request, form_url, extra_context)
        return self.why_not(request)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict | None = None
    ) -> HttpResponse:
        if self.has_delete_permission(request):
            return super().delete_view(request, object_id, extra_context)
        return self.why_not(request)

    def why_not(self, request: HttpRequest) -> HttpResponse:
        """To say that the role does not allow it would be untrue of an administrator."""
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
    """A filter at the side of a list offers only what the reader may see."""

    def field_choices(
        self, field: Field, request: HttpRequest, model_admin: admin.ModelAdmin
    ) -> list[tuple]:
        seen = field.related_model.objects.for_user(request.user)
        return field.get_choices(
            include_blank=False,
            ordering=self.field_admin_ordering(field, request, model_admin),
            limit_choices_to={"pk__in": seen},
        )


def scoped(field: Field) -> bool:
    model = field.remote_field and field.related_model
    return bool(model) and hasattr(model._default_manager, "for_user")


FieldListFilter.register(scoped, ScopedChoices, take_priority=True)
