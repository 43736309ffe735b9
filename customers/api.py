"""Customers and the countries they live in."""

import re

from django import forms
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from core.filters import day
from core.resources import ResourceViewSet
from core.serializers import BookBody
from customers.models import Country, Customer


def country_called(user, called: str) -> Country | None:
    """By id, code or any of its names, within somebody's scope."""
    seen = Country.objects.for_user(user)
    if re.fullmatch("[0-9]{1,18}", called, re.ASCII):
        return seen.filter(pk=called).first()
    return None if "\0" in called else seen.named(called)


UNIQUE = ("code", "email")
# To somebody who sees some countries only. Whether it is taken, and where, is not said: nor that it
# is somebody's elsewhere.
TAKEN = "It cannot be used here: leave it out or choose another, or ask an administrator."


class CountryField(serializers.Field):
    """Written as id, ISO code or name; read as id."""

    is_of_any_type = True

    class Meta:
        swagger_schema_fields = {
            "description": "Its id; when writing, its ISO code or name (as text) will do too.",
        }

    default_error_messages = {"unknown": "No country is called {called!r} here."}

    def to_internal_value(self, data):
        called = serializers.CharField(max_length=100).run_validation(data)
        country = country_called(self.context["request"].user, called)
        return country or self.fail("unknown", called=called)

    def get_attribute(self, row):
        return getattr(row, f"{self.source}_id")

    def to_representation(self, value):
        return value


class CountriesField(forms.MultipleChoiceField):
    user = None

    def clean(self, value):
        return {self.country(called).pk for called in value or ()}

    def country(self, called):
        if (country := country_called(self.user, called)) is None:
            reason = "No country is called %(called)r here."
            raise forms.ValidationError(reason, params={"called": called})
        return country


class CountryFilter(filters.Filter):
    """`country=DE&country=France`: any of these; ids, ISO codes and names."""

    field_class = CountriesField
    repeatable = True

    @property
    def field(self):
        field = super().field
        field.user = self.parent.request.user
        return field

    def filter(self, rows, countries):
        return rows.filter(**{f"{self.field_name}__in": countries}) if countries else rows


class EmailField(serializers.EmailField):
    """Kept in small letters; an empty one is none."""

    def run_validation(self, data=serializers.empty):
        return super().run_validation(None if isinstance(data, str) and not data.strip() else data)

    def to_internal_value(self, data):
        return super().to_internal_value(data).lower()


def capitals(count, norm):
    return serializers.RegexField(
        f"^([A-Z]{{{count}}})?$",
        required=False,
        allow_blank=True,
        error_messages={"invalid": f"{count} capital letters, as {norm} has them, or nothing."},
    )


class CountryBody(BookBody):
    code = capitals(2, "ISO 3166")
    currency = capitals(3, "ISO 4217")

    class Meta:
        model = Country
        fields = ("id", "name", "code", "currency", "taxes_shipping")
        swagger_schema_fields = {"example": {"name": "Germany", "code": "DE", "currency": "EUR"}}

    def validate_name(self, name):
        if re.fullmatch("[0-9]+", name):
            raise serializers.ValidationError("A name cannot be a number: those are ids.")
        others = Country.objects.exclude(pk=self.instance and self.instance.pk)
        if known := others.named(name):
            raise serializers.ValidationError(f"This is another name of {known.name}.")
        return name

    def validate_code(self, code):
        others = Country.objects.exclude(pk=self.instance and self.instance.pk)
        if code and others.filter(code=code).exists():
            raise serializers.ValidationError("Another country has this code.")
        return code


class CustomerBody(BookBody):
    country = CountryField()

    class Meta:
        model = Customer
        fields = ("id", "code", "name", "email", "country", "registered_at")
        swagger_schema_fields = {
            "example": {
                "code": "C-1", "name": "Anna", "email": "anna@example.com", "country": "DE"
            }
        }  # fmt: skip

    def build_standard_field(self, name, model_field):
        field_class, kwargs = super().build_standard_field(name, model_field)
        request = self.context.get("request")
        if name in UNIQUE and request and not getattr(request.user, "sees_every_country", True):
            for check in kwargs.get("validators", ()):
                if isinstance(check, UniqueValidator):
                    check.message = TAKEN
        return (EmailField if name == "email" else field_class), kwargs


class CustomerFilters(filters.FilterSet):
    country = CountryFilter("country", label="Code, name or id; repeat it for several")
    start = day("registered_at", "date__gte", label="First day of registration")
    end = day("registered_at", "date__lte", label="Last day of registration")


class CountryViewSet(ResourceViewSet):
    """Where customers live. Tax, currency and what a country manager sees hang on it."""

    resource = "countries"
    queryset = Country.objects.all()
    serializer_class = CountryBody
    search_fields = ("name", "code")
    ordering_fields = ("name", "code", "id")


class CustomerViewSet(ResourceViewSet):
    """Identified people who buy. Guests have no row here."""

    resource = "customers"
    queryset = Customer.objects.all()
    serializer_class = CustomerBody
    filterset_class = CustomerFilters
    search_fields = ("code", "name", "email")
    ordering_fields = ("name", "code", "registered_at", "id")
