from django.urls import re_path
from rest_framework.routers import SimpleRouter

from orders import api

router = SimpleRouter()
router.register("orders", api.Orders)
router.register("order-items", api.Items)
router.register("tax-rates", api.TaxRates)

ID = f"(?P<pk>{api.OrderTax.lookup_value_regex})"

urlpatterns = [
    *router.urls,
    re_path(f"^order/{ID}/tax/$", api.OrderTax.as_view({"get": "retrieve"}), name="order-tax"),
    re_path(
        f"^customer/{ID}/clv/$", api.CustomerValue.as_view({"get": "retrieve"}), name="customer-clv"
    ),
]
