from django.urls import path

from shop_settings import pages

page_urlpatterns = [
    path("settings/", pages.settings_page, name="settings"),
    path("settings/test-email/", pages.send_test_email, name="settings-test-email"),
    path("settings/default/<str:name>/", pages.use_default, name="settings-default"),
    path("settings/<str:section>/", pages.save_section, name="settings-save"),
]
