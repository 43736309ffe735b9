"""GET /api/customer/<id>/clv/: the net sales of a customer so far, and those predicted."""

import pyarrow as pa
import pyarrow.compute as pc
from django.utils.datastructures import MultiValueDict
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.faces.tables import exact_rows
from analytics.query.answer import Answer
from analytics.query.run import run_report
from analytics.semantics.filters import Reader
from core.resources import ResourceViewSet
from core.serializers import Body, Money
from customers.models import Customer
from orders.lifetime_value import historic_value
from orders.models import Order

PREDICTED = ("predicted", "total", "expected_orders", "alive", "model", "as_of")


class Interval(Body):
    lower = serializers.CharField()
    upper = serializers.CharField()
    share = serializers.CharField(help_text="How often the actual value is between the two.")


class Value(Body):
    customer = serializers.IntegerField()
    currency = serializers.CharField()
    historic = Money()
    orders = serializers.IntegerField()
    first_order = serializers.DateField(allow_null=True)
    last_order = serializers.DateField(allow_null=True)
    predicted = serializers.CharField(allow_null=True, help_text="Of the 365 days after as_of.")
    interval = Interval(allow_null=True)
    total = serializers.CharField(allow_null=True)
    expected_orders = serializers.CharField(allow_null=True)
    alive = serializers.CharField(allow_null=True)
    model = serializers.CharField(allow_null=True)
    as_of = serializers.DateField(allow_null=True)
    note = serializers.CharField(help_text="How good the model is, or why nothing is predicted.")


class CustomerValue(ResourceViewSet):
    """A customer's net sales to date and of the next year, in the base currency."""

    resource = "customer-value"
    queryset = Customer.objects.all()
    serializer_class = Value

    def retrieve(self, request: Request, pk: str) -> Response:
        customer, orders = self.get_object(), Order.objects.for_user(request.user)
        historic = historic_value(customer, orders)._asdict()
        predicted = predicted_value(customer, Reader.of(request.user))
        return Response(self.get_serializer(historic | predicted).data)


def predicted_value(customer: Customer, reader: Reader) -> dict:
    # Of all customers: one cached answer serves every customer that is asked for.
    answer = run_report("customers/predicted-value", MultiValueDict(), reader)
    row = exact_row(answer, customer)
    # `share` is that of the report's bounds, an 80 % interval; text like all decimals of the API.
    interval = {"lower": row["lower"], "upper": row["upper"], "share": "0.8"} if row else None
    return {name: row.get(name) for name in PREDICTED} | {"interval": interval, "note": answer.note}


def exact_row(answer: Answer, customer: Customer) -> dict:
    """The customer's row as JSON has it; empty where there is none."""
    return next(iter(exact_rows(rows_of_customer(answer, customer), answer.columns)), {})


def rows_of_customer(answer: Answer, customer: Customer) -> pa.Table:
    return answer.table.filter(pc.equal(answer.table["customer_id"], customer.pk))
