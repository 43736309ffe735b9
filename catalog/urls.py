from rest_framework.routers import SimpleRouter

from catalog import api

router = SimpleRouter()
router.register("products", api.ProductViewSet)
router.register("categories", api.CategoryViewSet)
router.register("tags", api.TagViewSet)
router.register("inventory", api.InventoryViewSet)

urlpatterns = router.urls
