from rest_framework.routers import SimpleRouter

from customers import api

router = SimpleRouter()
router.register("countries", api.Countries)
router.register("customers", api.Customers)

urlpatterns = router.urls
