"""The page of the first run, which Home shows while there are no orders."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import for_roles
from exports.forms import error_texts
from exports.serializers import ScheduleSerializer
from onboarding.models import FinishedStep
from onboarding.steps import HIDDEN, STEPS

LETTER = {
    "name": "Weekly letter",
    "reports": ["analytics/kpis", "analytics/daily", "products/top"],
    "format": "pdf",
    "rhythm": "weekly",
    "weekday": 1,
    "at": "08:00",
    "period": "7",
    "parameters": {},
}


@never_cache
@require_safe
@for_roles("index")
def welcome(request: HttpRequest) -> HttpResponse:
    return render(request, "onboarding/page.html", {"section": "home"})


@require_POST
@for_roles("settings", "update")
def finish_step(request: HttpRequest, name: str) -> HttpResponse:
    """Skip a step, or hide the list."""
    if name not in {HIDDEN, *(step.name for step in STEPS)}:
        raise Http404
    FinishedStep.objects.get_or_create(name=name)
    return redirect("/" if name == HIDDEN else "welcome")


@require_POST
@for_roles("schedules", "create")
def start_letter(request: HttpRequest) -> HttpResponse:
    """A schedule like any other: it can be changed or paused on its page."""
    values = LETTER | {"recipients": [request.user.email]}
    letter = ScheduleSerializer(data=values, context={"request": request})
    if not letter.is_valid():
        messages.error(request, " ".join(error_texts(letter.errors)))
        return redirect("welcome")
    messages.success(request, "The first letter is sent next Monday at 8:00.")
    return redirect("exports-schedule", letter.save().pk)
