"""What the page of an order asks. The API's body checks it: the same rules in the same words."""

from django import forms

from core.problems import flat
from orders import serializers
from orders.models import Order


class ReturnForm(forms.Form):
    """How many pieces of each line come back, and whether they go on the shelf again."""

    restock = forms.BooleanField(
        required=False, initial=True, label="Put the pieces on the shelf again"
    )

    def __init__(self, data=None, *, order: Order):
        super().__init__(data, label_suffix="")
        self.order = order
        self.lines = [line for line in order.items.all() if line.returned < line.quantity]
        for line in self.lines:
            self.fields[f"line-{line.pk}"] = pieces(line)

    def rows(self) -> list[dict]:
        return [{"line": line, "field": self[f"line-{line.pk}"]} for line in self.lines]

    def clean(self):
        """The body's objections stand beside the lines that they are about."""
        given = super().clean()
        asked = [line for line in self.lines if given.get(f"line-{line.pk}") not in ("", "0", None)]
        if not asked:
            raise forms.ValidationError("A return needs at least one line.")
        parts = [{"item": line.pk, "quantity": given[f"line-{line.pk}"]} for line in asked]
        said = {"items": parts, "restock": given["restock"]}
        self.body = serializers.Return(self.order, data=said)
        if not self.body.is_valid():
            self.apply_errors(flat(self.body.errors), asked)
        return given

    def apply_errors(self, errors, asked) -> None:
        places = {f"items[{i}].quantity": f"line-{line.pk}" for i, line in enumerate(asked)}
        for error in errors:
            self.add_error(places.get(error["field"]), error["reason"])

    def save(self) -> Order:
        return self.body.save()


def pieces(line) -> forms.CharField:
    left = line.quantity - line.returned
    attrs = {"min": 0, "max": left, "step": 1, "size": 5}
    label = f"Pieces of {line.product.name} that come back, at most {left}"
    return forms.CharField(
        required=False, max_length=20, label=label, widget=forms.NumberInput(attrs)
    )
