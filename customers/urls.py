from rest_framework.routers import SimpleRouter

from customers import api

router = SimpleRouter()
router.register("countries", api.CountryViewSet)
router.register("customers", api.CustomerViewSet)

urlpatterns = router.urls
