from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from recommendations import api, voucher_api

router = SimpleRouter()
router.register("vouchers", voucher_api.Vouchers)

ID = f"(?P<pk>{api.Recommendations.lookup_value_regex})"
LOOK = {"get": "retrieve"}

urlpatterns = [
    path("vouchers/amount/", voucher_api.Amount.as_view()),
    re_path(f"^recommendations/{ID}/$", api.Recommendations.as_view(LOOK)),
    re_path(f"^products/{ID}/bought-together/$", api.BoughtTogether.as_view(LOOK)),
    *router.urls,
]
