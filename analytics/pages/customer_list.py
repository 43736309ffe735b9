"""The list of customers: those who are known by name, where they live and since when."""

from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import for_roles
from accounts.models import User
from analytics.semantics.fields import DayField
from core.tables import (
    FilterForm,
    Heading,
    heading_links,
    requested_page,
    requested_sort,
    search_rows,
    sort_rows,
)
from customers.models import Country, Customer

HEADINGS = (
    Heading("Customer", "name"),
    Heading("Code", "code"),
    Heading("E-mail", "email"),
    Heading("Country", "country__name"),
    Heading("Registered", "registered_at"),
)


class CustomerFilters(FilterForm):
    """Which customers, of the countries that the reader sees."""

    search = forms.CharField(required=False, max_length=100)
    country = forms.ModelChoiceField(
        Country.objects.none(), required=False, to_field_name="name", empty_label="All"
    )
    start = DayField(label="Registered from")
    end = DayField(label="to")

    def __init__(self, data: QueryDict, user: User):
        super().__init__(data)
        # Exists instead of a join: a join would repeat each country for each of its customers.
        lived_in = Exists(Customer.objects.filter(country=OuterRef("pk")))
        self.fields["country"].queryset = Country.objects.for_user(user).filter(lived_in)

    def rows(self, customers: QuerySet) -> QuerySet:
        given = self.cleaned_data
        customers = search_rows(customers, given["search"], "name", "code", "email")
        lookups = {
            "country": given["country"],
            "registered_at__date__gte": given["start"],
            "registered_at__date__lte": given["end"],
        }
        return customers.filter(**{name: value for name, value in lookups.items() if value})


@require_safe
@for_roles("customers")
def customer_list(request: HttpRequest) -> HttpResponse:
    customers = Customer.objects.for_user(request.user)
    form, sort = CustomerFilters(request.GET, request.user), requested_sort(request, HEADINGS)
    # A filter that cannot be read must not look like one that matches everybody.
    rows = form.rows(customers) if form.is_valid() else customers.none()
    rows = sort_rows(rows.select_related("country"), sort)
    context = {
        "section": "customers",
        "form": form,
        "sort": sort,
        "headings": heading_links(request, HEADINGS, sort),
        "page": requested_page(request, rows),
        "any": customers.exists(),
    }
    return render(request, "customers/list.html", context, status=200 if form.is_valid() else 400)
