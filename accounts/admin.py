from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, BaseUserCreationForm, UserChangeForm

from accounts import services
from accounts.models import User
from accounts.roles import Role

RIGHTS = ("role", "countries", "is_active", "email_verified")


class ManagerHasCountries(forms.ModelForm):
    def clean(self):
        given = super().clean() or self.cleaned_data
        if given.get("role") == Role.MANAGER and not given.get("countries"):
            self.add_error("countries", "A country manager needs at least one country.")
        return given


class NewUser(ManagerHasCountries, BaseUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "username", "name", *RIGHTS)


class ChangedUser(ManagerHasCountries, UserChangeForm):
    class Meta:
        model = User
        fields = ("email", "username", "name", *RIGHTS, "password")


class NewPassword(AdminPasswordChangeForm):
    def save(self, commit=True):
        user = super().save(commit)
        services.forget_links(user)
        return user


@admin.register(User)
class People(UserAdmin):
    form, add_form, change_password_form = ChangedUser, NewUser, NewPassword
    list_display = ("email", "name", "role", "sees", "is_active", "email_verified", "last_login")
    list_filter = ("role", "is_active", "email_verified", "countries")
    search_fields = ("email", "username", "name")
    ordering = ("email",)
    filter_horizontal = ("countries",)
    readonly_fields = ("last_login", "date_joined")
    actions = ("activate", "deactivate")
    fieldsets = (
        (None, {"fields": ("email", "username", "name", "password")}),
        ("May", {"fields": RIGHTS}),
        ("Since", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "username", "name", "password1", "password2")}),
        ("May", {"fields": RIGHTS}),
    )

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("countries")

    def get_changeform_initial_data(self, request):
        """An admin who writes down an address vouches for it."""
        return {"email_verified": True, **super().get_changeform_initial_data(request)}

    @admin.display(description="countries")
    def sees(self, user):
        return (
            "every country"
            if user.sees_every_country
            else ", ".join(map(str, user.countries.all()))
        )

    def save_model(self, request, user, form, change):
        super().save_model(request, user, form, change)
        if "is_active" in form.changed_data:
            services.sign_out(user)

    @admin.action(description="Activate selected users", permissions=["change"])
    def activate(self, request, users):
        self._switch(request, users, is_active=True)

    @admin.action(description="Deactivate selected users and sign them out", permissions=["change"])
    def deactivate(self, request, users):
        self._switch(request, users.exclude(pk=request.user.pk), is_active=False)

    def _switch(self, request, users, is_active):
        for user in users:
            user.is_active = is_active
            user.save(update_fields=["is_active"])
            services.sign_out(user)
            self.log_change(request, user, [{"changed": {"fields": ["is_active"]}}])
