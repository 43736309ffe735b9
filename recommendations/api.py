"""Endpoints of recommendations for a customer, and of products bought together."""

from django.utils.datastructures import MultiValueDict
from drf_yasg import openapi
from drf_yasg.utils import swagger_auto_schema
from rest_framework import exceptions, serializers
from rest_framework.response import Response

from analytics.predictions.fit import NOT_YET, fit_note
from analytics.query.run import run_report
from analytics.semantics.filters import Reader
from catalog.models import Product
from core.resources import ResourceViewSet, refuse_unknown_parameters
from core.serializers import Money
from customers.models import Customer
from ledger.models import Snapshot
from recommendations.offers import WAYS, Offer, offers

MAX_OFFERS = 100
TYPE_ALIASES = {"similar_customer": "similar_customers"}  # names that older clients use


class OfferBody(serializers.Serializer):
    product_id = serializers.IntegerField(source="product.pk")
    sku = serializers.CharField(source="product.sku")
    product = serializers.CharField(source="product.name")
    price = Money(source="product.price")
    stock = serializers.IntegerField(
        source="product.inventory.quantity",
        default=None,
        help_text="Null for products without an inventory.",
    )
    score = serializers.FloatField()
    reason = serializers.CharField(help_text="Why it is recommended.")
    rests_on = serializers.ListField(help_text="The purchases that it is based on.")


class Offers(serializers.Serializer):
    customer_id = serializers.IntegerField()
    type = serializers.ChoiceField(choices=list(WAYS))
    note = serializers.CharField(help_text="The data it is based on, or why there are none.")
    recommendations = OfferBody(many=True)


class Recommendations(ResourceViewSet):
    """Recommendations for a customer, with reasons: products for sale and in stock."""

    resource = "recommendations"
    queryset = Customer.objects.all()
    serializer_class = Offers

    @swagger_auto_schema(
        manual_parameters=[
            openapi.Parameter(
                "type", "query", type="string", enum=[*WAYS],
                description="history: to buy again; similar_customers: new to the "
                "customer; inventory: products in stock, overstock first; mix (the default): "
                "the first two.",
            ),
            openapi.Parameter("limit", "query", type="integer", minimum=1, maximum=MAX_OFFERS),
        ]
    )  # fmt: skip
    def retrieve(self, request, pk):
        kind, limit = offer_type(request), offer_limit(request)
        found = offers(self.get_object(), request.user, kind, limit)
        return Response(
            {"customer_id": int(pk), "type": kind, **offers_data(found, kind, request.user)}
        )

    def initial(self, request, *args, **kwargs):
        # Skips ResourceViewSet's own check, which knows parameters of lists only and refuses these.
        super(ResourceViewSet, self).initial(request, *args, **kwargs)
        refuse_unknown_parameters(request, ("type", "limit"))


def offer_type(request) -> str:
    # Addresses work with and without a last slash; here it is part of the last parameter.
    given = request.query_params.get("type", "mix").rstrip("/")
    kind = TYPE_ALIASES.get(given, given)
    if kind not in WAYS:
        raise exceptions.ValidationError({"type": [f"{given!r} is not one of {', '.join(WAYS)}."]})
    return kind


def offer_limit(request) -> int:
    text = request.query_params.get("limit", "10").rstrip("/")
    # isdigit alone accepts ², and int() raises on it and on thousands of digits.
    is_short_number = text.isascii() and text.isdigit() and len(text) < 10
    if not (is_short_number and 1 <= int(text) <= MAX_OFFERS):
        raise exceptions.ValidationError({"limit": [f"Enter a number from 1 to {MAX_OFFERS}."]})
    return int(text)


def offers_data(found: list[Offer], kind: str, user) -> dict:
    """The offers with the names of the purchases they are based on, and a note."""
    ids = {pk for offer in found for pk in offer.reason.rests_on}
    # One query for all reasons. A product of the fit may have been deleted since.
    names = dict(Product.objects.filter(pk__in=ids).values_list("pk", "name"))
    rows = []
    for offer in found:
        row = OfferBody(
            {"product": offer.product, "score": round(offer.score, 4), "rests_on": [],
             "reason": offer.reason.text(lambda pk: names.get(pk, "something else"))}
        ).data  # fmt: skip
        row["rests_on"] = [
            {"product_id": pk, "product": names.get(pk)} for pk in offer.reason.rests_on
        ]
        rows.append(row)
    return {"note": offers_note(found, kind, user), "recommendations": rows}


EMPTY_NOTES = {
    "history": "None of this customer’s purchases is for sale and in stock.",
    "similar_customers": "No product that is new to this customer is for sale and in stock.",
    "inventory": "None of the products in stock was sold yet.",
    "mix": "None of the products for sale and in stock was sold yet.",
}


def offers_note(found: list[Offer], kind: str, user) -> str:
    snapshot = Snapshot.objects.newest()
    if not found:
        return EMPTY_NOTES[kind]
    is_scoped = not user.sees_every_country
    return fit_note("recommendations", snapshot, is_scoped=is_scoped) if snapshot else NOT_YET


class BoughtTogether(ResourceViewSet):
    """Products in the same orders more often than by chance, for sale and in stock."""

    resource = "products"
    queryset = Product.objects.all()
    serializer_class = serializers.Serializer

    def retrieve(self, request, pk):
        product = self.get_object()
        parameters = MultiValueDict({"product": [pk], "limit": ["50"], "fewest": ["2"]})
        answer = run_report("products/bought-together", parameters, Reader.of(request.user))
        # `exclude` keeps products without an inventory; a filter on stock above 0 would not.
        for_sale = Product.objects.active().exclude(inventory__quantity__lte=0)
        stock = dict(
            for_sale.filter(pk__in=[row["with_id"] for row in answer.rows])
            .values_list("pk", "inventory__quantity")
        )  # fmt: skip
        measures = ("together", "support", "confidence", "lift")
        rows = [
            {"product_id": row["with_id"], "product": row["with_product"],
             **{name: row[name] for name in measures}, "stock": stock[row["with_id"]]}
            for row in answer.rows if row["with_id"] in stock
        ]  # fmt: skip
        return Response({"product_id": product.pk, "bought_together": rows, "note": answer.note})
