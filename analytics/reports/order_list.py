"""The orders and returns themselves, which the numbers of other reports are made of."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import ibis
from django import forms
from ibis import Table, _

from analytics.semantics.charts import Histogram
from analytics.semantics.fields import CustomerField, ProductField
from analytics.semantics.filters import Filters
from analytics.semantics.kinds import WEEKDAYS
from analytics.semantics.measures import revenue, total_sales
from analytics.semantics.report import Column, report
from analytics.semantics.shop import CANCELED, Shop
from orders.models import Order

DOCUMENT = (
    "order_id", "number", "kind", "status", "placed_at",
    "customer_id", "code", "customer", "country",
)  # fmt: skip


def amount_field(text: str) -> forms.DecimalField:
    # As money in the books: SQLite keeps decimals as floats, which are exact to 15 digits.
    return forms.DecimalField(required=False, max_digits=15, decimal_places=4, help_text=text)


def text_field(text: str, longest: int = 100) -> forms.CharField:
    return forms.CharField(required=False, max_length=longest, help_text=text)


class OrderListFilters(Filters):
    number = text_field("Part of the number.")
    buyer = text_field("Part of a customer's name or code.", 200)
    kind = forms.ChoiceField(
        required=False,
        choices=[("", "sales and returns"), ("sale", "sales"), ("return", "returns")],
        help_text="Only sales or only returns.",
    )
    status = forms.ChoiceField(
        required=False,
        choices=[("", "all but canceled"), *Order.Status.choices],
        help_text="Only orders in this status. Canceled orders are shown only with this filter.",
    )
    customer = CustomerField()
    product = ProductField()
    shelf = text_field("Exactly this category, without those inside it; or Uncategorised.")
    hour = forms.IntegerField(
        required=False, min_value=0, max_value=23, help_text="Placed in this hour of the day."
    )
    weekday = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "any"), *((str(day), name) for day, name in enumerate(WEEKDAYS, start=1))],
        help_text="Placed on this day of the week; Monday is 1.",
    )
    total_min = amount_field("Lowest total, in the base currency; that of a return is below zero.")
    total_max = amount_field("Highest total, in the base currency.")


def selected_orders(
    shop: Shop, product: int | None, shelf: str, status: str, **filters: Any
) -> Table:
    """The orders and returns that the filters select. Of a product or a category, they have only
    its lines."""
    # Part of the Shop, not a filter of rows: an order's amounts are then those of these lines.
    shop = replace(shop, product=product, shelf=shelf or None)
    # All other rows of a Shop are without canceled orders.
    documents = shop.named(shop.documents if status == CANCELED else shop.orders)
    documents = documents.filter(documents.status == status) if status else documents
    documents = with_own_columns(documents, filters)
    return with_total_between(documents, filters["total_min"], filters["total_max"])


def with_own_columns(documents: Table, filters: dict[str, Any]) -> Table:
    """Those that the filters select by the columns of orders themselves."""
    number, buyer = filters["number"], filters["buyer"]
    kind, customer = filters["kind"], filters["customer"]
    hour, weekday = filters["hour"], filters["weekday"]
    part = buyer.lower()
    has_name = _.customer.lower().contains(part) | _.code.lower().contains(part)
    conditions = [
        (number or None, _.number.lower().contains(number.lower())),
        (buyer or None, has_name),
        (kind or None, _.kind == kind),
        (customer, _.customer_id == customer),
        (hour, _.placed_at.hour() == hour),
        (weekday, _.day.day_of_week.index() + 1 == weekday),
    ]
    # By None and not by truth: hour 0 is midnight.
    active = [condition for value, condition in conditions if value is not None]
    return documents.filter(*active) if active else documents


def with_total_between(documents: Table, least: Decimal | None, most: Decimal | None) -> Table:
    if least is None and most is None:
        return documents
    # By the measure, so that the limits are of the same amount that the list shows.
    totals = documents.group_by("order_id").agg(total_sales)
    if least is not None:
        totals = totals.filter(totals.total_sales >= least)
    if most is not None:
        totals = totals.filter(totals.total_sales <= most)
    return documents.semi_join(totals, "order_id")


@report(
    "orders/list",
    Column("number", "text"),
    Column("order_id"),
    Column("kind"),
    Column("status", label="State"),
    Column("placed_at", "moment", label="Placed"),
    Column("customer_id"),
    Column("code"),
    Column("customer"),
    Column("country"),
    Column("revenue"),
    Column("total_sales"),
    title="Order list",
    form=OrderListFilters,
    chart=Histogram(x="revenue"),
    totals=selected_orders,
    personal=True,
)
def order_list(shop: Shop, **filters: Any) -> Table:
    """Which orders and returns are in the period?

    With a category or product filter, amounts cover only its lines.
    """
    rows = selected_orders(shop, **filters).group_by(*DOCUMENT).agg(revenue, total_sales)
    return rows.order_by(ibis.desc("placed_at"), ibis.desc("order_id"))
