from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, BaseUserCreationForm, UserChangeForm

from accounts import services
from accounts.models import User
from accounts.roles import Role

ACCESS_FIELDS = ("role", "countries", "is_active", "email_verified")


class ManagerNeedsCountries(forms.ModelForm):
    def clean(self):
        data = super().clean() or self.cleaned_data
        if data.get("role") == Role.MANAGER and not data.get("countries"):
            self.add_error("countries", "A country manager needs at least one country.")
        return data


class UserCreation(ManagerNeedsCountries, BaseUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "username", "name", *ACCESS_FIELDS)


class UserChange(ManagerNeedsCountries, UserChangeForm):
    class Meta:
        model = User
        fields = ("email", "username", "name", *ACCESS_FIELDS, "password")


class NewPassword(AdminPasswordChangeForm):
    def save(self, commit=True):
        user = super().save(commit)
        # An earlier link would set yet another password.
        services.delete_email_links(user)
        return user


@admin.register(User)
class AccountAdmin(UserAdmin):
    form, add_form, change_password_form = UserChange, UserCreation, NewPassword
    list_display = (
        "email",
        "name",
        "role",
        "visible_countries",
        "is_active",
        "email_verified",
        "last_login",
    )
    list_filter = ("role", "is_active", "email_verified", "countries")
    search_fields = ("email", "username", "name")
    ordering = ("email",)
    filter_horizontal = ("countries",)
    readonly_fields = ("last_login", "date_joined")
    actions = ("activate", "deactivate")
    fieldsets = (
        (None, {"fields": ("email", "username", "name", "password")}),
        ("Access", {"fields": ACCESS_FIELDS}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "username", "name", "password1", "password2")}),
        ("Access", {"fields": ACCESS_FIELDS}),
    )

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("countries")

    def get_changeform_initial_data(self, request):
        """An address that an administrator enters counts as confirmed."""
        return {"email_verified": True, **super().get_changeform_initial_data(request)}

    @admin.display(description="countries")
    def visible_countries(self, user):
        return (
            "all countries"
            if user.sees_every_country
            else ", ".join(map(str, user.countries.all()))
        )

    def save_model(self, request, user, form, change):
        super().save_model(request, user, form, change)
        if "is_active" in form.changed_data:
            # Also when activated: what was open before must not work again.
            services.sign_out(user)

    @admin.action(description="Activate selected users", permissions=["change"])
    def activate(self, request, users):
        self._set_active(request, users, is_active=True)

    @admin.action(description="Deactivate selected users and sign them out", permissions=["change"])
    def deactivate(self, request, users):
        # Never oneself: the last administrator could not undo it.
        self._set_active(request, users.exclude(pk=request.user.pk), is_active=False)

    def _set_active(self, request, users, is_active):
        for user in users:
            user.is_active = is_active
            user.save(update_fields=["is_active"])
            services.sign_out(user)
            self.log_change(request, user, [{"changed": {"fields": ["is_active"]}}])
