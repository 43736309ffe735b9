"""The lists of the filters: drawn by the program itself instead of Django's templates."""

import pytest
from django.forms import Select, SelectMultiple
from django.test.html import parse_html

from analytics.semantics.fields import OneOrMoreSelect, OneSelect

pytestmark = pytest.mark.once

CHOICES = [("", "All"), ("FR", "France & Corsica"), ('"GB"', "<United Kingdom>"), (3, "Three")]


@pytest.mark.parametrize("value", ["", "FR", '"GB"', "3", None])
def test_a_list_is_what_django_would_draw(value):
    ours = OneSelect(choices=CHOICES).render("country", value, {"id": "id_country"})
    theirs = Select(choices=CHOICES).render("country", value, {"id": "id_country"})
    assert parse_html(ours) == parse_html(theirs)


def test_several_chosen_ones_make_it_a_list_of_several():
    ours = OneOrMoreSelect(choices=CHOICES).render("country", ["FR", "3"], {"id": "id_country"})
    theirs = SelectMultiple(choices=CHOICES).render("country", ["FR", "3"], {"id": "id_country"})
    assert parse_html(ours) == parse_html(theirs)
    assert "multiple" not in OneOrMoreSelect(choices=CHOICES).render("country", ["FR"])
