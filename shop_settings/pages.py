"""The page Settings, for administrators."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.contrib import messages
from django.core.mail import send_mail
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import for_roles
from shop_settings import services
from shop_settings.editable import EDITABLE, SECTIONS
from shop_settings.forms import SectionForm

log = logging.getLogger("ledgerlight.emails")
CHANGES_SHOWN = 20


@never_cache
@require_safe
@for_roles("settings")
def settings_page(request: HttpRequest) -> HttpResponse:
    return render_page(request)


def render_page(
    request: HttpRequest, bound: SectionForm | None = None, status: int = 200
) -> HttpResponse:
    """The page, on which one form may have been sent with mistakes."""
    forms = [
        bound if bound and bound.section == section else SectionForm(section)
        for section in SECTIONS
    ]
    context = {
        "section": "settings",
        "forms": forms,
        "changes": services.history()[:CHANGES_SHOWN],
        "sends_email": bool(settings.EMAIL_HOST),
    }
    return render(request, "shop_settings/settings.html", context, status=status)


@require_POST
@for_roles("settings", "update")
def save_section(request: HttpRequest, section: str) -> HttpResponse:
    title = next((known for known in SECTIONS if known.lower() == section), None)
    if title is None:
        raise Http404
    form = SectionForm(title, request.POST)
    if not form.is_valid():
        return render_page(request, form, status=400)
    try:
        changed = services.save_settings(request.user, form.cleaned_data)
    except services.Locked as error:
        form.add_error(None, str(error))
        return render_page(request, form, status=409)
    messages.success(request, "Settings saved." if changed else "Nothing changed.")
    return redirect(f"/settings/#{section}")


@require_POST
@for_roles("settings", "update")
def use_default(request: HttpRequest, name: str) -> HttpResponse:
    if name not in EDITABLE:
        raise Http404
    try:
        services.use_default(request.user, name)
        messages.success(request, f"{EDITABLE[name].label}: the default is used.")
    except services.Locked as error:
        messages.error(request, str(error))
    return redirect(f"/settings/#{EDITABLE[name].section.lower()}")


@require_POST
@for_roles("settings", "test")
def send_test_email(request: HttpRequest) -> HttpResponse:
    """To the administrator; who waits sees at once what the mail server answers."""
    to = request.user.email
    text = (
        f"This is a test e-mail from {settings.SHOP_NAME or 'Ledgerlight'}, {settings.SITE_URL}\n"
    )
    try:
        send_mail("Test e-mail", text, None, [to])
    except (SMTPException, OSError) as error:
        log.exception("a test e-mail was not sent")
        messages.error(request, f"The test e-mail was not sent: {error}")
    else:
        sent = f"Test e-mail sent to {to}."
        printed = "No mail server is set (EMAIL_HOST), so the test e-mail was only printed."
        messages.success(request, sent if settings.EMAIL_HOST else printed)
    return redirect("/settings/#e-mail")
