"""The page that loads the demo shop and shows how far it is."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from accounts.access import for_roles
from demo import loading
from imports.pages import redirect_from_polling
from imports.presenters import progress_context


@never_cache
@for_roles("demo-shop", "create")
def demo_shop(request):
    """Ask for the demo shop, and wait for it."""
    if request.method == "POST":
        try:
            loading.ask_for()
        except loading.BooksNotEmpty as error:
            messages.error(request, f"{error} The demo shop can only be loaded into an empty shop.")
            return redirect("imports")
        return redirect("imports-demo")
    greeting = loading.greeting(request.user)
    if greeting and greeting["on_its_way"]:
        context = {"section": "imports", "progress": progress_context(loading.WORK, "orders")}
        return render(request, "imports/demo_progress.html", context)
    return redirect_from_polling(request, "/imports/" if greeting else "/")
