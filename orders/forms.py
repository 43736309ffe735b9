"""The return form on the page of an order. The serializer of the API checks it."""

from django import forms

from core.problems import flatten_errors
from orders import serializers
from orders.models import Order, OrderItem


class ReturnForm(forms.Form):
    """How many units of each item to return, and whether to restock them."""

    restock = forms.BooleanField(required=False, initial=True, label="Restock items")

    def __init__(self, data: dict | None = None, *, order: Order):
        super().__init__(data, label_suffix="")
        self.order = order
        self.lines = [line for line in order.items.all() if line.returned < line.quantity]
        for line in self.lines:
            self.fields[f"line-{line.pk}"] = return_quantity_field(line)

    def rows(self) -> list[dict]:
        return [{"line": line, "field": self[f"line-{line.pk}"]} for line in self.lines]

    def clean(self) -> dict:
        values = super().clean()
        quantities = {line: values.get(f"line-{line.pk}") for line in self.lines}
        # None: the field's own check failed, and its error is shown.
        returned = [
            line for line, quantity in quantities.items() if quantity not in ("", "0", None)
        ]
        if not returned:
            raise forms.ValidationError("Enter a quantity for at least one item.")
        items = [{"item": line.pk, "quantity": quantities[line]} for line in returned]
        data = {"items": items, "restock": values["restock"]}
        self.serializer = serializers.Return(self.order, data=data)
        if not self.serializer.is_valid():
            self.apply_errors(returned)
        return values

    def apply_errors(self, returned: list[OrderItem]) -> None:
        """Show each error of the serializer at the line that it is about."""
        fields = {f"items[{i}].quantity": f"line-{line.pk}" for i, line in enumerate(returned)}
        for error in flatten_errors(self.serializer.errors):
            # Without a field (None) it is an error of the whole form.
            self.add_error(fields.get(error["field"]), error["reason"])

    def save(self) -> Order:
        return self.serializer.save()


def return_quantity_field(line: OrderItem) -> forms.CharField:
    """Text, so that the serializer explains bad numbers as it does for the API."""
    returnable = line.quantity - line.returned
    attrs = {"min": 0, "max": returnable, "step": 1, "size": 5}
    label = f"Units of {line.product.name} to return, up to {returnable}"
    return forms.CharField(
        required=False, max_length=20, label=label, widget=forms.NumberInput(attrs)
    )
