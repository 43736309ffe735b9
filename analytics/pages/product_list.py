"""The list of products: what is sold, at what price, and how much of it there is."""

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import for_roles
from accounts.models import User
from analytics.semantics.fields import category_ids
from catalog.api import filter_by_stock
from catalog.models import Category, Product
from core.tables import (
    FilterForm,
    Heading,
    heading_links,
    requested_page,
    requested_sort,
    search_rows,
    sort_rows,
)

HEADINGS = (
    Heading("Product", "name"),
    Heading("SKU", "sku"),
    Heading("Category", "category__name"),
    Heading("Price", "price", is_number=True),
    Heading("In stock", "inventory__quantity", is_number=True),
    Heading("Status"),
)


class ProductFilters(FilterForm):
    """Which products; the `sold` filter is only for those who also see inactive products."""

    search = forms.CharField(required=False, max_length=100)
    category = forms.ModelChoiceField(
        Category.objects.all(), required=False, to_field_name="name", empty_label="All"
    )
    stock = forms.ChoiceField(
        required=False, choices=[("", "All"), ("low", "low"), ("enough", "enough")]
    )
    sold = forms.ChoiceField(
        required=False, choices=[("", "All"), ("yes", "active"), ("no", "inactive")]
    )

    def __init__(self, data: QueryDict, user: User):
        super().__init__(data)
        # `for_user` hides inactive products from the others, so the filter would find nothing.
        if not user.may("products", "update"):
            del self.fields["sold"]

    def rows(self, products: QuerySet) -> QuerySet:
        given = self.cleaned_data
        products = search_rows(products, given["search"], "sku", "name")
        if given["category"]:
            # With the categories inside it, as the same filter works in reports.
            products = products.filter(category__in=category_ids(given["category"]))
        if given["stock"]:
            products = filter_by_stock(products, "inventory__", given["stock"] == "low")
        if given.get("sold"):
            products = products.filter(is_active=given["sold"] == "yes")
        return products


@require_safe
@for_roles("products")
def product_list(request: HttpRequest) -> HttpResponse:
    products = Product.objects.for_user(request.user)
    form, sort = ProductFilters(request.GET, request.user), requested_sort(request, HEADINGS)
    rows = form.rows(products) if form.is_valid() else products.none()
    rows = sort_rows(rows.select_related("category", "inventory"), sort)
    context = {
        "section": "products",
        "form": form,
        "sort": sort,
        "headings": heading_links(request, HEADINGS, sort),
        "page": requested_page(request, rows),
        # Tells an empty shop from a filter that finds nothing, which leads back to all products.
        "any": products.exists(),
        "currency": settings.BASE_CURRENCY,
    }
    return render(request, "catalog/list.html", context, status=200 if form.is_valid() else 400)
