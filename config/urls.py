"""All addresses. Those of the API also work without their last slash (core/middleware.py)."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path, re_path
from django.utils.functional import lazy
from django.views.generic import RedirectView
from drf_yasg.views import get_schema_view
from rest_framework.permissions import AllowAny

import analytics.api.legacy.charts
import analytics.api.legacy.purchase_pages
import analytics.api.legacy.purchases
import analytics.urls
import demo.urls
import exports.urls
import imports.urls
import onboarding.urls
import orders.urls
import shop_settings.urls
from accounts.urls import page_urlpatterns
from core import problems
from core.health import health
from core.resources import Index

docs = get_schema_view(public=True, permission_classes=[AllowAny], authentication_classes=[])

# Browsers request it when a page has no icon. Lazy: collectstatic determines the hashed name.
icon = lazy(static, str)("icon.svg")

urlpatterns = [
    path("admin/", admin.site.urls),
    path("healthz", health),
    path("favicon.ico", RedirectView.as_view(url=icon)),
    path("swagger/", docs.with_ui("swagger", cache_timeout=0)),
    path("redoc/", docs.with_ui("redoc", cache_timeout=0)),
    path("api/docs/", docs.with_ui("swagger", cache_timeout=0)),
    path("api/redoc/", docs.with_ui("redoc", cache_timeout=0)),
    path("swagger.json", docs.without_ui(cache_timeout=0), {"format": "json"}, "schema"),
    path("api/", Index.as_view({"get": "retrieve"})),
    path("api/", include("catalog.urls")),
    path("api/", include("customers.urls")),
    path("api/", include("orders.urls")),
    path("api/", include("accounts.urls")),
    path("api/", include("imports.urls")),
    path("api/", include("exports.urls")),
    path("api/", include("recommendations.urls")),
    path("api/", include("analytics.urls")),  # last, as it has the most routes
    path("", include(page_urlpatterns)),
    path("", include(demo.urls.page_urlpatterns)),
    path("", include(imports.urls.page_urlpatterns)),
    path("", include(orders.urls.page_urlpatterns)),
    path("", include(analytics.urls.page_urlpatterns)),
    path("", include(exports.urls.page_urlpatterns)),
    path("", include(onboarding.urls.page_urlpatterns)),
    path("", include(shop_settings.urls.page_urlpatterns)),
    # Addresses of older systems at the root
    path("", include(analytics.api.legacy.charts)),
    path("", include(analytics.api.legacy.purchase_pages)),
    path("", include(analytics.api.legacy.purchases)),
    re_path("^docs/?$", RedirectView.as_view(url="/swagger/")),
    path("openapi.json", docs.without_ui(cache_timeout=0), {"format": "json"}),
    re_path("^health/?$", health),
    # Last, as it matches everything below api/.
    re_path("^api/", problems.api_not_found),
]

handler400 = problems.bad_request
handler403 = problems.forbidden
handler404 = problems.not_found
handler500 = problems.server_error
