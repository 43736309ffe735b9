from django.urls import path

from onboarding import pages

page_urlpatterns = [
    path("welcome/", pages.welcome, name="welcome"),
    path("welcome/letter/", pages.start_letter, name="welcome-letter"),
    path("welcome/<str:name>/finish/", pages.finish_step, name="welcome-finish"),
]
