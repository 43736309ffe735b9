"""The pages behind e-mailed links. Opening one changes nothing: mail programs do it, too."""

from django.contrib.auth.forms import SetPasswordForm
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import services
from accounts.models import EmailToken


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request, token):
    user = EmailToken.owner(token, services.VERIFY)
    if user is None:
        return refused(request)
    if request.method != "POST":
        return render(request, "accounts/verify.html", {"user_to_confirm": user})
    try:
        services.verify_email(token)
    except services.LinkRefused:  # somebody was faster
        return refused(request)
    return render(request, "accounts/done.html", {"title": "Your address is confirmed"})


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def reset(request, token):
    user = EmailToken.owner(token, services.RESET)
    if user is None:
        return refused(request)
    form = SetPasswordForm(user, request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/reset.html", {"form": form})
    try:
        services.reset_password(token, form.cleaned_data["new_password1"])
    except services.LinkRefused:
        return refused(request)
    return render(request, "accounts/done.html", {"title": "Your password is changed"})


def refused(request):
    return render(request, "accounts/refused.html", {"reason": services.LinkRefused()}, status=404)
