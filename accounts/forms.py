"""The forms of the account pages, with the rules and messages of the API's serializers."""

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm
from django.contrib.auth.password_validation import password_validators_help_text_html

from accounts import serializers
from accounts.backends import SIGN_IN_FAILED, WRONG_PASSWORD
from accounts.models import User


def password(label: str, autocomplete: str, **options) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    # strip and max_length as in the API, or a password set here would not work there.
    return forms.CharField(label=label, strip=False, max_length=256, widget=widget, **options)


def new_password(label: str, **options) -> forms.CharField:
    return password(
        label, "new-password", help_text=password_validators_help_text_html(), **options
    )


def email_address() -> forms.EmailField:
    widget = forms.EmailInput(attrs={"autocomplete": "email"})
    return forms.EmailField(label="E-mail address", max_length=254, widget=widget)


class PlainLabels:
    """Labels without a colon, as on all pages."""

    def __init__(self, *args, **options):
        super().__init__(*args, label_suffix="", **options)


class SignIn(PlainLabels, AuthenticationForm):
    # The same for both: otherwise the page would show which accounts exist.
    error_messages = {"invalid_login": SIGN_IN_FAILED, "inactive": SIGN_IN_FAILED}

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


class ApiForm(PlainLabels, forms.Form):
    serializer_class: type[serializers.Body]

    def clean(self):
        data = super().clean()
        if self.errors:
            return data
        serializer = self.serializer_class(data=data)
        if not serializer.is_valid():
            raise forms.ValidationError(serializer.errors)
        return serializer.validated_data


class Registration(ApiForm):
    serializer_class = serializers.Registration

    email = email_address()
    name = forms.CharField(
        label="Your name",
        max_length=150,
        required=False,
        help_text="Optional.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = new_password("Password")


class ResetRequest(ApiForm):
    serializer_class = serializers.ResetRequest

    email = email_address()


class NewPassword(PlainLabels, SetPasswordForm):
    new_password1 = new_password("New password")
    new_password2 = password("Confirm new password", "new-password")


class PasswordChange(NewPassword):
    old_password = password("Current password", "current-password")
    field_order = ("old_password", "new_password1", "new_password2")

    def __init__(self, request, data=None):
        self.request = request
        super().__init__(request.user, data)

    def clean_old_password(self):
        """Counts towards the lockout: with a stolen session nobody may guess for long."""
        old = self.cleaned_data["old_password"]
        if not authenticate(self.request, username=self.user.email, password=old):
            raise forms.ValidationError(WRONG_PASSWORD)
        return old


class NameForm(PlainLabels, forms.ModelForm):
    class Meta:
        model = User
        fields = ("name",)
        labels = {"name": "Your name"}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


class ThemeForm(PlainLabels, forms.Form):
    theme = forms.ChoiceField(
        label="Theme",
        choices=[("system", "Same as system"), ("light", "Light"), ("dark", "Dark")],
        widget=forms.RadioSelect,
    )
