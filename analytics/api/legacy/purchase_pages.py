"""The two pages of the older purchases app: upload purchases, and analyze them."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.datastructures import MultiValueDict
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_safe

from accounts.access import for_roles
from accounts.models import User
from analytics.api.legacy.purchases import key_figures
from analytics.faces.as_json import rows_and_totals
from analytics.query.run import run_report
from analytics.semantics.fields import DayField
from analytics.semantics.filters import Reader
from core.parsers import TooLarge
from core.tables import requested_page
from customers.models import Country
from imports import uploads
from imports.api import BULK_MAX_BYTES, FORM_OVERHEAD, refuse_large
from imports.encodings import CHOICES as ENCODINGS
from imports.formats.purchases import PURCHASES
from imports.purchases import record_purchases
from imports.serializers import NewPurchase
from imports.tables import FileRefused
from orders.models import Order

PAGE_SIZE = 100


class FileForm(forms.Form):
    # The importer refuses an empty file with the reason that the API gives, too.
    file = forms.FileField(label="CSV file", allow_empty_file=True)
    encoding = forms.ChoiceField(required=False, choices=[("", "UTF-8"), *ENCODINGS])


class PurchaseForm(forms.Form):
    """Checked by the API's serializer too, so page and API have the same rules and messages."""

    customer_name = forms.CharField(label="Customer name", max_length=100)
    country = forms.CharField(max_length=100, help_text="Name or ISO code.")
    purchase_date = forms.DateField(
        label="Purchase date", widget=forms.DateInput(attrs={"type": "date"})
    )
    amount = forms.DecimalField(min_value=0, max_digits=15, decimal_places=4)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if not self.errors:
            self.body = NewPurchase(data=given)
            for name, reasons in ({} if self.body.is_valid() else self.body.errors).items():
                self.add_error(name, [str(reason) for reason in reasons])
        return given


@csrf_exempt  # `save_upload` checks the token: a file that is too large is refused unread
@never_cache
@for_roles("purchases", "create")
def upload(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return upload_page(request)
    try:
        refuse_large(request, BULK_MAX_BYTES + FORM_OVERHEAD, " Upload large files under Imports.")
        return save_upload(request)
    except (TooLarge, uploads.TooLarge) as error:
        return upload_page(request, status=413, too_large=str(error))


def upload_page(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    context = {"section": "imports", "file_form": FileForm(), "purchase_form": PurchaseForm()}
    return render(request, "purchases/upload.html", context | more, status=status)


@csrf_protect
def save_upload(request: HttpRequest) -> HttpResponse:
    return save_file(request) if "file" in request.FILES else save_purchase(request)


def save_file(request: HttpRequest) -> HttpResponse:
    form = FileForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            run = record_purchases(user=request.user, limit=BULK_MAX_BYTES, **form.cleaned_data)
        except FileRefused as refused:
            form.add_error("file", refused.reason)
        else:
            messages.success(request, f"{run.counts['stored']} purchases were added.")
            if run.counts["rejected"]:
                messages.warning(request, f"{run.counts['rejected']} rows were set aside.")
                return redirect("imports-one", run.pk)
            return redirect("purchases-upload")
    return upload_page(request, status=400, file_form=form)


def save_purchase(request: HttpRequest) -> HttpResponse:
    form = PurchaseForm(request.POST)
    if not form.is_valid():
        return upload_page(request, status=400, purchase_form=form)
    # A purchase may bring a customer with it: both are stored, or none.
    with transaction.atomic():
        form.body.save()
    messages.success(request, "The purchase was added.")
    return redirect("purchases-upload")


class PurchaseFilters(forms.Form):
    country = forms.ModelMultipleChoiceField(
        Country.objects.none(), required=False, to_field_name="name", label="Countries"
    )
    start_date = DayField(label="First day")
    end_date = DayField(label="Last day")

    def __init__(self, data: QueryDict, user: User, purchases: QuerySet):
        super().__init__(data)
        # Without the model's order, which would only cost a sort in a subquery.
        sold_to = purchases.order_by().values("country")
        self.fields["country"].queryset = Country.objects.for_user(user).filter(pk__in=sold_to)

    def rows(self, purchases: QuerySet) -> QuerySet:
        given = self.cleaned_data
        lookups = {
            "country__in": given["country"],
            "placed_on__gte": given["start_date"],
            "placed_on__lte": given["end_date"],
        }
        return purchases.filter(**{name: value for name, value in lookups.items() if value})


@never_cache
@require_safe
@for_roles("purchases", "list")
def analyze(request: HttpRequest) -> HttpResponse:
    purchases = Order.objects.for_user(request.user).filter(source=PURCHASES.name)
    form = PurchaseFilters(request.GET, request.user, purchases)
    rows = form.rows(purchases) if form.is_valid() else purchases.none()
    # Many purchases have the same day: without the key, pages would repeat and miss rows.
    rows = rows.select_related("customer", "country").order_by("-placed_on", "-pk")
    context = {
        "section": "imports",
        "form": form,
        "page": requested_page(request, rows, PAGE_SIZE),
        "figures": key_figures(lambda path: report_json(path, request.user)),
    }
    return render(
        request, "purchases/analyze.html", context, status=200 if form.is_valid() else 400
    )


def report_json(path: str, user: User) -> dict:
    return rows_and_totals(run_report(path, MultiValueDict(), Reader.of(user)))


urlpatterns = [
    path("purchases/upload/", upload, name="purchases-upload"),
    path("purchases/analyze/", analyze, name="purchases-analyze"),
]
