"""The page that loads the demo shop and shows the progress."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from accounts.access import for_roles
from demo import loading
from imports.pages import redirect_from_polling
from imports.presenters import progress_context


@never_cache
@for_roles("demo-shop", "create")
def demo_shop(request: HttpRequest) -> HttpResponse:
    """POST requests the demo shop; GET shows the progress until it is loaded."""
    if request.method == "POST":
        try:
            loading.request_loading()
        except loading.ShopNotEmpty as error:
            messages.error(request, f"{error} The demo shop can only be loaded into an empty shop.")
            return redirect("imports")
        return redirect("imports-demo")
    welcome = loading.welcome_context(request.user)
    if welcome and welcome["is_loading"]:
        context = {"section": "imports", "progress": progress_context(loading.WORK, "orders")}
        return render(request, "imports/demo_progress.html", context)
    return redirect_from_polling(request, "/imports/" if welcome else "/")
