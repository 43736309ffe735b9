from django.urls import include, path, re_path

from analytics.api.customer_value import CustomerValue
from analytics.api.legacy.dashboard import Health, json_root
from analytics.api.legacy.platform import Sales
from analytics.api.legacy.purchases import PurchaseFigures
from analytics.api.reports import ReportList, report_view
from analytics.api.vocabulary import Dimensions, Measures
from analytics.faces import FACES
from analytics.pages.customer_list import customer_list
from analytics.pages.customer_profile import customer_page
from analytics.pages.explore import explore, moved
from analytics.pages.explore_menu import explore_menu
from analytics.pages.newer_snapshot import newer_snapshot
from analytics.pages.order_list import order_list
from analytics.pages.overview import overview
from analytics.pages.product_list import product_list
from analytics.pages.product_profile import product_page
from analytics.pages.report_chart import report_chart
from analytics.pages.report_list import report_list, star
from analytics.pages.report_page import report_page
from analytics.pages.search import search
from analytics.pages.sections import SECTIONS, section_page
from analytics.semantics.report import reports

SUFFIX = f"(?P<suffix>{'|'.join(FACES)})"

page_urlpatterns = [
    path("", json_root(overview)),
    path("orders/", order_list, name="orders"),
    path("products/", product_list, name="products"),
    path("customers/", customer_list, name="customers"),
    path("products/<int:pk>/", product_page, name="product"),
    path("customers/<int:pk>/", customer_page, name="customer"),
    path("explore/", explore, name="explore"),
    path("explore/menu/", explore_menu),
    path("reports/", report_list),
    path("reports/explore/", moved),
    path("search/", search, name="search"),
    path("snapshots/<int:number>/newer/", newer_snapshot, name="newer-snapshot"),
    *(path(f"reports/{name}/", section_page, {"name": name}) for name in SECTIONS),
    path("reports/<path:path>/chart/", report_chart),
    path("reports/<path:path>/star/", star),
    path("reports/<path:path>/", report_page),
]
urlpatterns = [
    path("reports/", ReportList.as_view()),
    path("dimensions/", Dimensions.as_view()),
    path("measures/", Measures.as_view()),
    path("health/", Health.as_view()),
    path("analytics/sales/", Sales.as_view()),
    re_path(
        f"^customer/(?P<pk>{CustomerValue.lookup_value_regex})/clv/$",
        CustomerValue.as_view({"get": "retrieve"}),
        name="customer-clv",
    ),
    path("purchases/kpis/", PurchaseFigures.as_view()),
]
# Grouped by all but the last part of the path, so that few patterns are tried for an address.
groups: dict[str, list] = {}
for report in reports().values():
    view = report_view(report)
    for address in (report.path, *report.aliases):
        group, slash, rest = address.rpartition("/")
        # Only known suffixes: any other is a 404 of the address, not an error of the report.
        patterns = [path(f"{rest}/", view), re_path(rf"^{rest}\.{SUFFIX}$", view)]
        groups.setdefault(group + slash, []).extend(patterns)
urlpatterns += [path(group, include(patterns)) for group, patterns in groups.items()]
