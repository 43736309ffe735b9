"""Account pages: signing in, registering, e-mailed links and the user's own account."""

from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import LoginView
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from rest_framework import exceptions
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request

from accounts import api, forms, services
from accounts.access import for_roles
from accounts.models import EmailToken, User
from accounts.sign_ins import active_sign_ins
from core import problems
from core.redirects import next_address

A_YEAR = 365 * 24 * 3600

require_get_or_post = require_http_methods(["GET", "HEAD", "POST"])


def limited_like(api_view: type[api.AccountView]):
    """A form of this page counts towards the rate limits of the API view."""

    def decorator(page):
        @wraps(page)
        def view(request, *args, **kwargs):
            try:
                if request.method == "POST":
                    # With parsers, because the limit of e-mails reads the address from the body.
                    api_request = Request(request, parsers=(FormParser(), MultiPartParser()))
                    # DRF would authenticate by token and see an anonymous user.
                    api_request.user = request.user
                    api_view().check_throttles(api_request)
                return page(request, *args, **kwargs)
            except exceptions.APIException as error:
                return error_page(request, error)

        return view

    return decorator


def error_page(request, error: exceptions.APIException):
    response = problems.problem_response(request, error.status_code, error.detail)
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = str(int(wait))
    return response


# Signing in and out


class SignIn(LoginView):
    template_name = "accounts/login.html"
    authentication_form = forms.SignIn
    redirect_authenticated_user = True

    def get_redirect_url(self):
        """Never this page itself: it redirects signed-in users, endlessly."""
        address = super().get_redirect_url()
        return "" if address.startswith(self.request.path) else address


sign_in = limited_like(api.Login)(SignIn.as_view())


@require_POST
def sign_out(request):
    logout(request)
    messages.success(request, "You are signed out.")
    return redirect("accounts-login")


@limited_like(api.Register)
@never_cache
@sensitive_post_parameters("password")
@require_get_or_post
def register(request):
    form = forms.Registration(request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/register.html", {"form": form})
    services.register(**form.cleaned_data)
    return email_sent(request, form.cleaned_data["email"])


@limited_like(api.PasswordReset)
@never_cache
@require_get_or_post
def forgot_password(request):
    form = forms.ResetRequest(request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/forgot_password.html", {"form": form})
    services.request_password_reset(**form.cleaned_data)
    return email_sent(request, form.cleaned_data["email"])


def email_sent(request, address: str):
    """The same message whether or not the address has an account."""
    messages.success(request, f"We sent an e-mail to {address}. Open its link to continue.")
    return redirect("accounts-login")


# E-mailed links. Opening one changes nothing, because mail programs open links too.


@never_cache
@require_get_or_post
def verify(request, token):
    user = EmailToken.user_for(token, services.VERIFY)
    if user is None:
        return invalid_link(request)
    if request.method != "POST":
        return render(request, "accounts/confirm_email.html", {"user_to_confirm": user})
    try:
        services.verify_email(token)
    except services.InvalidLink:  # another request used it first
        return invalid_link(request)
    return render(request, "accounts/success.html", {"title": "Your e-mail address is confirmed"})


@never_cache
@sensitive_post_parameters()
@require_get_or_post
def reset(request, token):
    # The user is needed before the link is used: a password must not be like their address.
    user = EmailToken.user_for(token, services.RESET)
    if user is None:
        return invalid_link(request)
    form = forms.NewPassword(user, request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/reset_password.html", {"form": form})
    try:
        services.reset_password(token, form.cleaned_data["new_password1"])
    except services.InvalidLink:
        return invalid_link(request)
    return render(request, "accounts/success.html", {"title": "Your password was changed"})


def invalid_link(request):
    return render(
        request, "accounts/invalid_link.html", {"reason": services.InvalidLink()}, status=404
    )


# The user's own account


@never_cache
@for_roles("me", "retrieve")
@require_http_methods(["GET", "HEAD"])
def account(request):
    return account_page(request, forms.NameForm(instance=request.user))


def account_page(request, name_form: forms.NameForm):
    theme = request.COOKIES.get("theme")
    context = {
        "section": "account",
        "name_form": name_form,
        "countries": request.user.countries.order_by("name"),
        "theme_form": forms.ThemeForm(
            # A cookie may contain anything.
            initial={"theme": theme if theme in ("light", "dark") else "system"}
        ),
        "sign_ins": active_sign_ins(request.user, request.session.session_key),
    }
    return render(request, "accounts/account.html", context)


@for_roles("me", "partial_update")
@require_POST
def rename(request):
    # A separate instance: the menu shows request.user, and must not show a rejected name.
    form = forms.NameForm(request.POST, instance=User.objects.get(pk=request.user.pk))
    if not form.is_valid():
        return account_page(request, form)
    form.save()
    messages.success(request, "Your name was saved.")
    return redirect("account")


@for_roles("me", "partial_update")
@require_POST
def theme(request):
    """A setting of the browser, not of the account: a phone may be dark and a desktop light."""
    form = forms.ThemeForm(request.POST)
    response = redirect(next_address(request, reverse("account") + "#theme"))
    if not form.is_valid() or form.cleaned_data["theme"] == "system":
        response.delete_cookie("theme", samesite="Lax")
        return response
    response.set_cookie(
        "theme",
        form.cleaned_data["theme"],
        max_age=A_YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


@limited_like(api.PasswordChange)
@never_cache
@sensitive_post_parameters()
@for_roles("me", "change_password")
@require_get_or_post
def change_password(request):
    form = forms.PasswordChange(request, request.POST or None)
    if not form.is_valid():
        return render(
            request, "accounts/change_password.html", {"form": form, "section": "account"}
        )
    services.change_password(request.user, form.cleaned_data["new_password1"])
    logout(request)
    messages.success(request, "Your password was changed. Sign in with the new password.")
    return redirect("accounts-login")


@for_roles("me", "partial_update")
@require_POST
def sign_out_everywhere(request):
    services.sign_out(request.user)
    logout(request)
    messages.success(request, "You are signed out everywhere.")
    return redirect("accounts-login")
