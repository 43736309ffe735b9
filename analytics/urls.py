from django.urls import include, path, re_path

from analytics import pages
from analytics.api import ReportList, view_of
from analytics.customer_list import customer_list
from analytics.customer_value import CustomerValue
from analytics.faces import FACES
from analytics.legacy.dashboard import Health, json_root
from analytics.legacy.platform import Sales
from analytics.legacy.purchases import PurchaseFigures
from analytics.order_list import order_list
from analytics.overview import overview
from analytics.product_list import product_list
from analytics.profiles import customer_page, product_page
from analytics.report import reports

SUFFIX = f"(?P<suffix>{'|'.join(FACES)})"

page_urlpatterns = [
    path("", json_root(overview)),
    path("orders/", order_list, name="orders"),
    path("products/", product_list, name="products"),
    path("customers/", customer_list, name="customers"),
    path("products/<int:pk>/", product_page, name="product"),
    path("customers/<int:pk>/", customer_page, name="customer"),
    path("reports/", pages.report_list),
    path("reports/<path:path>/", pages.report_page),
]
urlpatterns = [
    path("reports/", ReportList.as_view()),
    path("health/", Health.as_view()),
    path("analytics/sales/", Sales.as_view()),
    re_path(
        f"^customer/(?P<pk>{CustomerValue.lookup_value_regex})/clv/$",
        CustomerValue.as_view({"get": "retrieve"}),
        name="customer-clv",
    ),
    path("purchases/kpis/", PurchaseFigures.as_view()),
]
# Group by group: few are tried before the right one is found.
groups: dict[str, list] = {}
for report in reports().values():
    view = view_of(report)
    for address in (report.path, *report.aliases):
        group, _, rest = address.partition("/")
        mine = [path(f"{rest}/", view), re_path(rf"^{rest}\.{SUFFIX}$", view)]
        groups.setdefault(group, []).extend(mine)
urlpatterns += [path(f"{group}/", include(mine)) for group, mine in groups.items()]
