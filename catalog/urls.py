from rest_framework.routers import SimpleRouter

from catalog import api

router = SimpleRouter()
router.register("products", api.Products)
router.register("categories", api.Categories)
router.register("tags", api.Tags)
router.register("inventory", api.Shelves)

urlpatterns = router.urls
