"""Endpoints of the voucher amount for a customer, and of issued vouchers."""

from datetime import date

from django.conf import settings
from django.db.models import Count, Max
from django.utils import timezone
from drf_yasg.utils import swagger_auto_schema
from rest_framework import exceptions, serializers
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.semantics.rfm import RFM_GROUPS
from core.problems import Conflict
from core.resources import ResourceViewSet, refuse_unknown_parameters
from core.schema import like
from core.serializers import Body, BookBody, OwnRow
from customers.api import CountryField
from customers.models import Customer
from orders.models import Order
from recommendations.models import Voucher
from recommendations.segments import Advice, NoHistory, advice, group_of, kinds
from recommendations.vouchers import is_held_out

MOST_ORDERS = 2**31 - 1
REQUIRED_FIELD = {
    "frequent_segment": "total_orders",
    "recency_segment": "last_order_ts",
    "rfm_segment": "rfm_group",
}


def segment_names() -> serializers.ChoiceField:
    return serializers.ChoiceField(
        choices=list(REQUIRED_FIELD),
        default="frequent_segment",
        help_text="By the number of orders, by the days since the last one, or by RFM group.",
    )


class VoucherQuestion(Body):
    """For a `customer_id` missing fields are looked up in the books."""

    customer_id = serializers.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, help_text="Id of a customer."
    )
    country_code = CountryField(required=False)
    last_order_ts = serializers.DateTimeField(required=False, help_text="Time of the last order.")
    first_order_ts = serializers.DateTimeField(required=False, help_text="Time of the first order.")
    total_orders = serializers.IntegerField(
        required=False, min_value=0, max_value=MOST_ORDERS, help_text="Orders so far."
    )
    rfm_group = serializers.ChoiceField(
        required=False, choices=RFM_GROUPS, help_text="As in the report customers/rfm."
    )
    segment_name = segment_names()
    reference_date = serializers.DateField(
        required=False, help_text="Day of the voucher; by default today."
    )

    class Meta:
        swagger_schema_fields = {
            "example": {
                "customer_id": 123, "country_code": "Peru", "last_order_ts": "2018-05-03 00:00:00",
                "first_order_ts": "2017-05-03 00:00:00", "total_orders": 15,
                "segment_name": "recency_segment",
            }
        }  # fmt: skip

    def validate(self, given):
        """Fills in missing fields and checks the order of the dates."""
        given.setdefault("reference_date", timezone.localdate())
        needed = {"country_code", REQUIRED_FIELD[given["segment_name"]]}
        if missing := sorted(needed - given.keys()):
            given = self.with_customer_data(given, missing)
        last, first = given.get("last_order_ts"), given.get("first_order_ts")
        if last and first and last < first:
            raise serializers.ValidationError(
                {"last_order_ts": "The last order is before the first one."}
            )
        if last and timezone.localdate(last) > given["reference_date"]:
            reason = f"The last order is after the reference date {given['reference_date']}."
            raise serializers.ValidationError({"last_order_ts": reason})
        return given

    def with_customer_data(self, given: dict, missing: list[str]) -> dict:
        if "customer_id" not in given:
            reason = "Required without a customer_id."
            raise serializers.ValidationError(dict.fromkeys(missing, reason))
        user = self.context["request"].user
        customers = Customer.objects.for_user(user).select_related("country")
        customer = get_object_or_404(customers, pk=given["customer_id"])
        if "rfm_group" in missing and given["reference_date"] != timezone.localdate():
            reason = "RFM groups are only available for today."
            raise serializers.ValidationError({"reference_date": reason})
        # What the request gives wins over the books.
        given = order_history(customer, given["reference_date"]) | given
        if given["last_order_ts"] is None and given["segment_name"] == "recency_segment":
            reason = "The customer had no orders up to that day."
            raise serializers.ValidationError({"last_order_ts": reason})
        return given


def order_history(customer: Customer, on: date) -> dict:
    """The customer's country, number of orders and last order as of that day."""
    sales = Order.objects.sales().counting().filter(customer=customer, placed_on__lte=on)
    seen = sales.aggregate(total_orders=Count("pk"), last_order_ts=Max("placed_at"))
    return {"country_code": customer.country, **seen}


def advice_for(given: dict) -> Advice:
    kind = kinds()[given["segment_name"]]
    match kind.goes_by:
        case "orders":
            value = given["total_orders"]
        case "days":
            value = (given["reference_date"] - timezone.localdate(given["last_order_ts"])).days
        case "group":
            value = given.get("rfm_group") or group_of(given["customer_id"])
    return advice(given["country_code"], kind, value)


ADVICE = {
    "voucher_amount": 3480.0,
    "segment_name": "recency_segment",
    "segment": "30-60",
    "why": "",
    "times": 12,
    "sample_size": 40,
    "reference_date": "2026-03-31",
}


class Amount(APIView):
    """The voucher amount for a customer: the most used one of their segment in their country."""

    resource = "vouchers"
    actions = {"post": "advise"}
    http_method_names = ("post",)

    @swagger_auto_schema(request_body=VoucherQuestion, responses={200: like(ADVICE)})
    def post(self, request):
        refuse_unknown_parameters(request, ())
        body = VoucherQuestion(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        given = body.validated_data
        try:
            found = advice_for(given)
        except NoHistory as reason:
            raise exceptions.NotFound(str(reason)) from reason
        whole = found.amount == found.amount.to_integral_value()
        return Response(
            {
                "voucher_amount": int(found.amount) if whole else float(found.amount),
                "segment_name": given["segment_name"],
                "segment": found.segment,
                "why": found.why,
                "times": found.times,
                "sample_size": found.of,
                "reference_date": given["reference_date"],
            }
        )


class VoucherBody(BookBody):
    class Meta:
        model = Voucher
        fields = ("id", "customer", "segment_name", "segment", "amount", "held_out", "issued_on")
        read_only_fields = ("segment", "amount", "held_out", "issued_on")


class NewVoucher(Body):
    """The customer of a new voucher; amount and segment are computed."""

    customer = OwnRow(queryset=Customer.objects.select_related("country"))
    segment_name = segment_names()

    def create(self, given):
        today = timezone.localdate()
        customer, name = given["customer"], given["segment_name"]
        known = order_history(customer, today)
        if name == "recency_segment" and known["last_order_ts"] is None:
            raise serializers.ValidationError({"customer": "This customer has no orders yet."})
        try:
            question = {"segment_name": name, "reference_date": today, "customer_id": customer.pk}
            found = advice_for(known | question)
        except NoHistory as reason:
            raise serializers.ValidationError({"customer": str(reason)}) from reason
        # The most used amount may be 0, which no issued voucher may have.
        if not found.amount:
            raise serializers.ValidationError(
                {"customer": "The customer’s segment gets no voucher."}
            )
        # For a clear message; of two requests at once the unique constraint refuses one.
        if Voucher.objects.filter(customer=customer, issued_on=today).exists():
            raise Conflict("This customer already got a voucher today.")
        return Voucher.objects.create(
            customer=customer, country=customer.country, segment_name=name, segment=found.segment,
            amount=found.amount, held_out=is_held_out(customer.pk, settings.VOUCHER_HOLD_OUT),
        )  # fmt: skip


class Vouchers(ResourceViewSet):
    """Issued vouchers. Those with `held_out` belong to a random control group: do not send them."""

    resource = "vouchers"
    queryset = Voucher.objects.all()
    serializer_class = VoucherBody
    bodies = {"create": NewVoucher}
    ordering_fields = ("issued_on", "id")
    http_method_names = ("get", "head", "post")
