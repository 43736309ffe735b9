from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from imports import api, pages

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

# Pages stand at the root, not under api/.
page_urlpatterns = [
    path("imports/", pages.imports, name="imports"),
    path("imports/new/", pages.upload, name="imports-new"),
    path("imports/<int:pk>/", pages.import_detail, name="imports-one"),
    path("imports/<int:pk>/read-again/", pages.read_again, name="imports-again"),
    path("imports/<int:pk>/mapping/", pages.mapping, name="imports-mapping"),
    path("imports/<int:pk>/commit/", pages.commit, name="imports-commit"),
    path("imports/<int:pk>/cancel/", pages.cancel, name="imports-cancel"),
    path("imports/<int:pk>/undo/", pages.undo_page, name="imports-undo"),
    path("imports/<int:pk>/forget/", pages.delete, name="imports-forget"),
]
