from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from orders import api, pages

router = SimpleRouter()
router.register("orders", api.OrderViewSet)
router.register("order-items", api.OrderItemViewSet)
router.register("tax-rates", api.TaxRateViewSet)

ID = f"(?P<pk>{api.OrderTaxViewSet.lookup_value_regex})"

urlpatterns = [
    *router.urls,
    re_path(
        f"^order/{ID}/tax/$", api.OrderTaxViewSet.as_view({"get": "retrieve"}), name="order-tax"
    ),
]

# Pages are at the root, not under api/. The list of orders is a report and belongs to analytics.
page_urlpatterns = [
    path("orders/<int:pk>/", pages.order_page, name="order"),
    path("orders/<int:pk>/pay/", pages.pay, name="order-pay"),
    path("orders/<int:pk>/ship/", pages.ship, name="order-ship"),
    path("orders/<int:pk>/deliver/", pages.deliver, name="order-deliver"),
    path("orders/<int:pk>/cancel/", pages.cancel, name="order-cancel"),
    path("orders/<int:pk>/return/", pages.return_items, name="order-return"),
]
