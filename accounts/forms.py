"""What the account pages ask. The API's serializers check it: the same rules in the same words."""

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm
from django.contrib.auth.password_validation import password_validators_help_text_html

from accounts import serializers
from accounts.backends import NOT_LET_IN, NOT_YOURS
from accounts.models import User


def password(label: str, autocomplete: str, **options) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, max_length=256, widget=widget, **options)


def new_password(label: str, **options) -> forms.CharField:
    return password(
        label, "new-password", help_text=password_validators_help_text_html(), **options
    )


def email_address() -> forms.EmailField:
    widget = forms.EmailInput(attrs={"autocomplete": "email"})
    return forms.EmailField(label="E-mail address", max_length=254, widget=widget)


class PlainLabels:
    """Without a colon, as everywhere in the shop."""

    def __init__(self, *args, **options):
        super().__init__(*args, label_suffix="", **options)


class SignIn(PlainLabels, AuthenticationForm):
    error_messages = {"invalid_login": NOT_LET_IN, "inactive": NOT_LET_IN}

    username = forms.CharField(
        label="E-mail address or username",
        max_length=254,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "username",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
    )
    password = password("Password", "current-password")


class AskedByApi(PlainLabels, forms.Form):
    body: type[serializers.Body]

    def clean(self):
        given = super().clean()
        if self.errors:
            return given
        body = self.body(data=given)
        if not body.is_valid():
            raise forms.ValidationError(body.errors)
        return body.validated_data


class Registration(AskedByApi):
    body = serializers.Registration

    email = email_address()
    name = forms.CharField(
        label="Your name",
        max_length=150,
        required=False,
        help_text="Not required.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = new_password("Password")


class ResetRequest(AskedByApi):
    body = serializers.ResetRequest

    email = email_address()


class NewPassword(PlainLabels, SetPasswordForm):
    new_password1 = new_password("New password")
    new_password2 = password("New password, once more", "new-password")


class ChangedPassword(NewPassword):
    old_password = password("Current password", "current-password")
    field_order = ("old_password", "new_password1", "new_password2")

    def __init__(self, request, data=None):
        self.request = request
        super().__init__(request.user, data)

    def clean_old_password(self):
        """The lock on failed sign-ins counts here too: a stolen session must not guess for long."""
        given = self.cleaned_data["old_password"]
        if not authenticate(self.request, username=self.user.email, password=given):
            raise forms.ValidationError(NOT_YOURS)
        return given


class Name(PlainLabels, forms.ModelForm):
    class Meta:
        model = User
        fields = ("name",)
        labels = {"name": "Your name"}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


class Theme(PlainLabels, forms.Form):
    theme = forms.ChoiceField(
        label="Colours",
        choices=[("system", "As the system has it"), ("light", "Light"), ("dark", "Dark")],
        widget=forms.RadioSelect,
    )
