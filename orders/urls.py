from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from orders import api, pages

router = SimpleRouter()
router.register("orders", api.Orders)
router.register("order-items", api.Items)
router.register("tax-rates", api.TaxRates)

ID = f"(?P<pk>{api.OrderTax.lookup_value_regex})"

urlpatterns = [
    *router.urls,
    re_path(f"^order/{ID}/tax/$", api.OrderTax.as_view({"get": "retrieve"}), name="order-tax"),
]

# Pages stand at the root, not under api/. The list of orders is made of a report: analytics has it.
page_urlpatterns = [
    path("orders/<int:pk>/", pages.one, name="order"),
    path("orders/<int:pk>/pay/", pages.pay, name="order-pay"),
    path("orders/<int:pk>/ship/", pages.ship, name="order-ship"),
    path("orders/<int:pk>/deliver/", pages.deliver, name="order-deliver"),
    path("orders/<int:pk>/cancel/", pages.cancel, name="order-cancel"),
    path("orders/<int:pk>/return/", pages.return_items, name="order-return"),
]
