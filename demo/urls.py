from django.urls import path

from demo.pages import demo_shop

page_urlpatterns = [path("imports/demo/", demo_shop, name="imports-demo")]
