"""The list of customers: those who are known by name, where they live and since when."""

from django import forms
from django.db.models import Exists, OuterRef
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import for_roles
from analytics.pages.lists import Head, ListForm, having, ordered, page_of, shown_heads, sort_of
from analytics.semantics.filters import Day
from customers.models import Country, Customer

HEADS = (
    Head("Customer", "name"),
    Head("Code", "code"),
    Head("E-mail", "email"),
    Head("Country", "country__name"),
    Head("Registered", "registered_at"),
)


class Wanted(ListForm):
    """Which customers, of the countries that the reader sees."""

    search = forms.CharField(required=False, max_length=100)
    country = forms.ModelChoiceField(
        Country.objects.none(), required=False, to_field_name="name", empty_label="All"
    )
    start = Day(label="Registered from")
    end = Day(label="to")

    def __init__(self, data, user):
        super().__init__(data)
        lived_in = Exists(Customer.objects.filter(country=OuterRef("pk")))
        self.fields["country"].queryset = Country.objects.for_user(user).filter(lived_in)

    def rows(self, customers):
        given = self.cleaned_data
        customers = having(customers, given["search"], "name", "code", "email")
        asked = {
            "country": given["country"],
            "registered_at__date__gte": given["start"],
            "registered_at__date__lte": given["end"],
        }
        return customers.filter(**{name: value for name, value in asked.items() if value})


@require_safe
@for_roles("customers")
def customer_list(request):
    customers = Customer.objects.for_user(request.user)
    form, sort = Wanted(request.GET, request.user), sort_of(request, HEADS)
    found = form.rows(customers) if form.is_valid() else customers.none()
    context = {
        "section": "customers",
        "form": form,
        "sort": sort,
        "heads": shown_heads(request, HEADS, sort),
        "page": page_of(request, ordered(found.select_related("country"), sort)),
        "any": customers.exists(),
    }
    return render(request, "customers/list.html", context, status=200 if form.is_valid() else 400)
