from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from imports import api, pages

router = SimpleRouter()
router.register("imports", api.Imports)
router.register("import-mappings", api.Mappings)
# By name: purchases are orders, whose router has the name that DRF would derive.
router.register("purchases", api.Purchases, basename="purchase")

# By hand: the format suffixes that DefaultRouter adds would double all other routes.
REJECTED = f"^imports/(?P<pk>{api.Imports.lookup_value_regex})/rejected\\.csv$"

urlpatterns = [
    *router.urls,
    re_path(REJECTED, api.Imports.as_view({"get": "rejected"}), name="import-rejected"),
    path("purchases/bulk/", api.PurchaseFiles.as_view({"post": "bulk"}), name="purchase-bulk"),
]

# Pages are at the root, not under api/.
page_urlpatterns = [
    path("imports/", pages.import_list, name="imports"),
    path("imports/new/", pages.upload_view, name="imports-new"),
    path("imports/<int:pk>/", pages.import_detail, name="imports-one"),
    path("imports/<int:pk>/read-again/", pages.read_again_view, name="imports-again"),
    path("imports/<int:pk>/mapping/", pages.mapping_view, name="imports-mapping"),
    path("imports/<int:pk>/commit/", pages.commit_view, name="imports-commit"),
    path("imports/<int:pk>/cancel/", pages.cancel_view, name="imports-cancel"),
    path("imports/<int:pk>/undo/", pages.undo_view, name="imports-undo"),
    path("imports/<int:pk>/forget/", pages.delete_view, name="imports-forget"),
]
