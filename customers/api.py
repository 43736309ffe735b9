"""Customers and countries, and the fields that name a country."""

import re

from django import forms
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from core.filters import day
from core.resources import ResourceViewSet
from core.serializers import BookBody
from customers.models import Country, Customer

UNIQUE_FIELDS = ("code", "email")
# For users who see some countries only: the message must not reveal that a customer of another
# country has this code or email address.
TAKEN = "This value cannot be used. Leave it out, choose another one or ask an administrator."
COUNTRY_LABEL = "Code, name or id of a country; repeat for several"


def find_country(user, text: str) -> Country | None:
    """The country with this id, code or name, if the user may see it."""
    countries = Country.objects.for_user(user)
    if re.fullmatch("[0-9]{1,18}", text, re.ASCII):
        return countries.filter(pk=text).first()
    # PostgreSQL refuses to compare with a NUL.
    return None if "\0" in text else countries.named(text)


class CountryField(serializers.Field):
    """Written as id, ISO code or name; read as id."""

    is_of_any_type = True

    class Meta:
        swagger_schema_fields = {
            "description": "Id of the country; its ISO code or name is accepted too.",
        }

    default_error_messages = {"unknown": "Unknown country {text!r}."}

    def to_internal_value(self, data):
        text = serializers.CharField(max_length=100).run_validation(data)
        country = find_country(self.context["request"].user, text)
        return country or self.fail("unknown", text=text)

    def get_attribute(self, row):
        # The column: the related row would be a query for each row of a list.
        return getattr(row, f"{self.source}_id")

    def to_representation(self, value):
        return value


class CountriesField(forms.MultipleChoiceField):
    user = None

    def clean(self, value):
        return {self.country(text).pk for text in value or ()}

    def country(self, text):
        if (country := find_country(self.user, text)) is None:
            raise forms.ValidationError("Unknown country %(text)r.", params={"text": text})
        return country


class CountryFilter(filters.Filter):
    """`country=DE&country=France`: in any of these, given as id, ISO code or name."""

    field_class = CountriesField
    repeatable = True

    @property
    def field(self):
        field = super().field
        # Every request has a copy of the filters, so no other request sees this user.
        field.user = self.parent.request.user
        return field

    def filter(self, rows, countries):
        return rows.filter(**{f"{self.field_name}__in": countries}) if countries else rows


class EmailField(serializers.EmailField):
    """Stored in lower case; an empty address is stored as null."""

    def run_validation(self, data=serializers.empty):
        return super().run_validation(None if isinstance(data, str) and not data.strip() else data)

    def to_internal_value(self, data):
        return super().to_internal_value(data).lower()


def code_field(count, standard):
    return serializers.RegexField(
        f"^([A-Z]{{{count}}})?$",
        required=False,
        allow_blank=True,
        error_messages={
            "invalid": f"Enter a code of {count} capital letters ({standard}), or leave it empty."
        },
    )


class CountryBody(BookBody):
    code = code_field(2, "ISO 3166")
    currency = code_field(3, "ISO 4217")

    class Meta:
        model = Country
        fields = ("id", "name", "code", "currency", "taxes_shipping")
        swagger_schema_fields = {"example": {"name": "Germany", "code": "DE", "currency": "EUR"}}

    def validate_name(self, name):
        if re.fullmatch("[0-9]+", name):
            raise serializers.ValidationError("Enter a name that is not a number: numbers are ids.")
        if known := self.other_countries().named(name):
            # Otherwise orders of one country would be split between two rows.
            raise serializers.ValidationError(f"This is another name of {known.name}.")
        return name

    def validate_code(self, code):
        # No unique column: places without an ISO code all have the empty one, and MariaDB has no
        # unique index with a condition.
        if code and self.other_countries().filter(code=code).exists():
            raise serializers.ValidationError("Another country has this code.")
        return code

    def other_countries(self):
        return Country.objects.exclude(pk=self.instance and self.instance.pk)


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
        if (
            name in UNIQUE_FIELDS
            and request
            and not getattr(request.user, "sees_every_country", True)
        ):
            for check in kwargs.get("validators", ()):
                if isinstance(check, UniqueValidator):
                    check.message = TAKEN
        return (EmailField if name == "email" else field_class), kwargs


class CustomerFilters(filters.FilterSet):
    country = CountryFilter("country", label=COUNTRY_LABEL)
    start = day("registered_at", "date__gte", label="First day of registration")
    end = day("registered_at", "date__lte", label="Last day of registration")


class CountryViewSet(ResourceViewSet):
    """Where customers live. Tax, currency and the scope of country managers depend on it."""

    resource = "countries"
    queryset = Country.objects.all()
    serializer_class = CountryBody
    search_fields = ("name", "code")
    ordering_fields = ("name", "code", "id")


class CustomerViewSet(ResourceViewSet):
    """Known customers. Guest orders have no customer."""

    resource = "customers"
    queryset = Customer.objects.all()
    serializer_class = CustomerBody
    filterset_class = CustomerFilters
    search_fields = ("code", "name", "email")
    ordering_fields = ("name", "code", "registered_at", "id")
