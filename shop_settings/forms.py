"""One form a section of the page."""

from typing import Any

from django import forms

from core.environment import configured_text, is_configured, parsed
from shop_settings.editable import Editable, in_section, locked_reason
from shop_settings.models import Setting
from shop_settings.services import current_texts


class SectionForm(forms.Form):
    def __init__(self, section: str, data: Any = None):
        super().__init__(data, initial=current_texts(), label_suffix="")
        self.section = section
        self.locked = {}
        for one in in_section(section):
            self.fields[one.name] = field = field_for(one)
            if reason := locked_reason(one):
                self.locked[one.name], field.disabled = reason, True

    def rows(self) -> list[dict[str, Any]]:
        """Each field, and where its value comes from."""
        saved = {row.name: row for row in Setting.objects.select_related("changed_by")}
        return [
            {
                "field": self[name],
                "saved": saved.get(name),
                "is_configured": is_configured(name),
                "default": configured_text(name),
                "locked": self.locked.get(name),
            }
            for name in self.fields
        ]

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        for name, text in list(values.items()):
            try:
                parsed(name, text)
            except ValueError as error:
                self.add_error(name, f"{str(error)[0].upper()}{str(error)[1:]}.")
        return values


def field_for(one: Editable) -> forms.Field:
    shared = {"label": one.label, "help_text": one.help, "required": False}
    if one.choices:
        return forms.ChoiceField(choices=one.choices, **shared)
    return forms.CharField(max_length=200, **shared)
