"""The pages of accounts: coming in, e-mailed links, and what one may do with one's own account."""

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

from accounts import api, forms, places, services
from accounts.access import for_roles
from accounts.models import EmailToken, User
from core import problems

A_YEAR = 365 * 24 * 3600

shown_or_sent = require_http_methods(["GET", "HEAD", "POST"])


def as_at(route: type[api.Route]):
    """Sending the page counts against the limits of the API's route, and fails in its words."""

    def decorate(page):
        @wraps(page)
        def counted(request, *args, **kwargs):
            try:
                if request.method == "POST":
                    sent = Request(request, parsers=(FormParser(), MultiPartParser()))
                    sent.user = request.user  # it would make a stranger of whoever has no token
                    route().check_throttles(sent)
                return page(request, *args, **kwargs)
            except exceptions.APIException as error:
                return failed(request, error)

        return counted

    return decorate


def failed(request, error: exceptions.APIException):
    response = problems.problem_response(request, error.status_code, error.detail)
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = str(int(wait))
    return response


# Coming in and going out


class SignIn(LoginView):
    template_name = "accounts/login.html"
    authentication_form = forms.SignIn
    redirect_authenticated_user = True

    def get_redirect_url(self):
        """Never back to this page: it would send on for ever whoever is signed in."""
        address = super().get_redirect_url()
        return "" if address.startswith(self.request.path) else address


sign_in = as_at(api.Login)(SignIn.as_view())


@require_POST
def sign_out(request):
    logout(request)
    messages.success(request, "You are signed out.")
    return redirect("accounts-login")


@as_at(api.Register)
@never_cache
@sensitive_post_parameters("password")
@shown_or_sent
def register(request):
    form = forms.Registration(request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/register.html", {"form": form})
    services.register(**form.cleaned_data)
    return sent(request, form)


@as_at(api.PasswordReset)
@never_cache
@shown_or_sent
def forgotten(request):
    form = forms.ResetRequest(request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/forgot_password.html", {"form": form})
    services.ask_for_reset(**form.cleaned_data)
    return sent(request, form)


def sent(request, form):
    """The same words whether or not the address has an account."""
    address = form.cleaned_data["email"]
    messages.success(request, f"We sent a letter to {address}. Open the link in it to go on.")
    return redirect("accounts-login")


# Behind e-mailed links. Opening one changes nothing: mail programs do it, too.


@never_cache
@shown_or_sent
def verify(request, token):
    user = EmailToken.owner(token, services.VERIFY)
    if user is None:
        return refused(request)
    if request.method != "POST":
        return render(request, "accounts/confirm_email.html", {"user_to_confirm": user})
    try:
        services.verify_email(token)
    except services.LinkRefused:  # somebody was faster
        return refused(request)
    return render(request, "accounts/success.html", {"title": "Your address is confirmed"})


@never_cache
@sensitive_post_parameters()
@shown_or_sent
def reset(request, token):
    user = EmailToken.owner(token, services.RESET)
    if user is None:
        return refused(request)
    form = forms.NewPassword(user, request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/reset_password.html", {"form": form})
    try:
        services.reset_password(token, form.cleaned_data["new_password1"])
    except services.LinkRefused:
        return refused(request)
    return render(request, "accounts/success.html", {"title": "Your password is changed"})


def refused(request):
    return render(
        request, "accounts/invalid_link.html", {"reason": services.LinkRefused()}, status=404
    )


# One's own account


@never_cache
@for_roles("me", "retrieve")
@require_http_methods(["GET", "HEAD"])
def account(request):
    return account_with(request, forms.Name(instance=request.user))


def account_with(request, name):
    kept = request.COOKIES.get("theme")
    context = {
        "section": "account",
        "name": name,
        "countries": request.user.countries.order_by("name"),
        "theme": forms.Theme(initial={"theme": kept if kept in ("light", "dark") else "system"}),
        "places": places.of(request.user, request.session.session_key),
    }
    return render(request, "accounts/account.html", context)


@for_roles("me", "partial_update")
@require_POST
def rename(request):
    # A row of its own: a name that is refused must not greet from the menu.
    form = forms.Name(request.POST, instance=User.objects.get(pk=request.user.pk))
    if not form.is_valid():
        return account_with(request, form)
    form.save()
    messages.success(request, "Your name is saved.")
    return redirect("account")


@for_roles("me", "partial_update")
@require_POST
def theme(request):
    """Kept by the browser, not by the account: a phone may be dark where a desk is light."""
    form = forms.Theme(request.POST)
    response = redirect(reverse("account") + "#colours")
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


@as_at(api.PasswordChange)
@never_cache
@sensitive_post_parameters()
@for_roles("me", "change_password")
@shown_or_sent
def change_password(request):
    form = forms.ChangedPassword(request, request.POST or None)
    if not form.is_valid():
        return render(
            request, "accounts/change_password.html", {"form": form, "section": "account"}
        )
    services.change_password(request.user, form.cleaned_data["new_password1"])
    logout(request)
    messages.success(request, "Your password is changed. Sign in with the new one.")
    return redirect("accounts-login")


@for_roles("me", "partial_update")
@require_POST
def sign_out_everywhere(request):
    services.sign_out(request.user)
    logout(request)
    messages.success(request, "You are signed out everywhere.")
    return redirect("accounts-login")
