"""The list of products: what is sold, at what price, and how much of it there is."""

from django import forms
from django.conf import settings
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import for_roles
from analytics.pages.lists import Head, ListForm, having, ordered, page_of, shown_heads, sort_of
from analytics.semantics.filters import inside
from catalog.api import filter_by_stock
from catalog.models import Category, Product

HEADS = (
    Head("Product", "name"),
    Head("SKU", "sku"),
    Head("Category", "category__name"),
    Head("Price", "price", number=True),
    Head("In stock", "inventory__quantity", number=True),
    Head("State"),
)


class Wanted(ListForm):
    """Which products; those that are not sold any more are offered only to those who see them."""

    search = forms.CharField(required=False, max_length=100)
    category = forms.ModelChoiceField(
        Category.objects.all(), required=False, to_field_name="name", empty_label="All"
    )
    stock = forms.ChoiceField(
        required=False, choices=[("", "All"), ("low", "low"), ("enough", "enough")]
    )
    sold = forms.ChoiceField(
        required=False, choices=[("", "All"), ("yes", "still sold"), ("no", "not sold any more")]
    )

    def __init__(self, data, user):
        super().__init__(data)
        if not user.may("products", "update"):
            del self.fields["sold"]

    def rows(self, products):
        given = self.cleaned_data
        products = having(products, given["search"], "sku", "name")
        if given["category"]:
            products = products.filter(category__in=inside(given["category"]))
        if given["stock"]:
            products = filter_by_stock(products, "inventory__", given["stock"] == "low")
        if given.get("sold"):
            products = products.filter(is_active=given["sold"] == "yes")
        return products


@require_safe
@for_roles("products")
def product_list(request):
    products = Product.objects.for_user(request.user)
    form, sort = Wanted(request.GET, request.user), sort_of(request, HEADS)
    found = form.rows(products) if form.is_valid() else products.none()
    context = {
        "section": "products",
        "form": form,
        "sort": sort,
        "heads": shown_heads(request, HEADS, sort),
        "page": page_of(request, ordered(found.select_related("category", "inventory"), sort)),
        "any": products.exists(),
        "currency": settings.BASE_CURRENCY,
    }
    return render(request, "catalog/list.html", context, status=200 if form.is_valid() else 400)
