"""Customers and the countries they live in."""

import re

from django import forms
from django_filters import rest_framework as filters
from rest_framework import serializers

from config.bodies import BookBody
from config.filters import day
from config.resources import Resource
from customers.models import Country, Customer


def own_countries(user) -> dict[str, Country]:
    """The countries within somebody's scope, by everything they may be called."""
    found: dict[str, Country] = {}
    for country in Country.objects.for_user(user):
        for called in (country.name.lower(), country.code.lower(), str(country.pk)):
            found[called] = country
    found.pop("", None)
    return found


def country_called(user, called: str) -> Country | None:
    """The one that the database finds; where it knows no capitals but those of ASCII, we look."""
    found = Country.objects.for_user(user).named(called)
    return found or own_countries(user).get(called.lower())


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
    def clean(self, value):
        if unknown := [called for called in value or () if called.lower() not in self.known]:
            reason = "No country is called %(called)r here."
            raise forms.ValidationError(reason, params={"called": unknown[0]})
        return {self.known[called.lower()].pk for called in value or ()}


class CountryFilter(filters.Filter):
    """`country=DE&country=France`: any of these; ids, ISO codes and names."""

    field_class = CountriesField
    repeatable = True

    @property
    def field(self):
        field = super().field
        field.known = own_countries(self.parent.request.user) if self.asked() else {}
        return field

    def asked(self):
        return self.parent.data.getlist("country")

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
        fields = ("id", "name", "code", "currency")
        swagger_schema_fields = {"example": {"name": "Germany", "code": "DE", "currency": "EUR"}}

    def validate_name(self, name):
        if re.fullmatch("[0-9]+", name):
            raise serializers.ValidationError("A name cannot be a number: those are ids.")
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
        return (EmailField if name == "email" else field_class), kwargs


class CustomerFilters(filters.FilterSet):
    country = CountryFilter("country", label="Code, name or id; repeat it for several")
    start = day("registered_at", "date__gte", label="First day of registration")
    end = day("registered_at", "date__lte", label="Last day of registration")


class Countries(Resource):
    """Where customers live. Tax, currency and what a country manager sees hang on it."""

    thing = "countries"
    queryset = Country.objects.all()
    serializer_class = CountryBody
    search_fields = ("name", "code")
    ordering_fields = ("name", "code", "id")


class Customers(Resource):
    """Identified people who buy. Guests have no row here."""

    thing = "customers"
    queryset = Customer.objects.all()
    serializer_class = CustomerBody
    filterset_class = CustomerFilters
    search_fields = ("code", "name", "email")
    ordering_fields = ("name", "code", "registered_at", "id")
