from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from imports import api

router = SimpleRouter()
router.register("imports", api.Imports)
router.register("import-mappings", api.Mappings)
router.register("purchases", api.Purchases, basename="purchase")

REJECTED = f"^imports/(?P<pk>{api.Imports.lookup_value_regex})/rejected\\.csv$"

urlpatterns = [
    *router.urls,
    re_path(REJECTED, api.Imports.as_view({"get": "rejected"}), name="import-rejected"),
    path("purchases/bulk/", api.PurchaseFiles.as_view({"post": "bulk"}), name="purchase-bulk"),
]
