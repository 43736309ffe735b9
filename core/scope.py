"""Which rows a user may see: the only place that applies the country scope."""

from typing import Self

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet


class ByCountry(QuerySet):
    """Rows that belong to a country, found by `country_path`."""

    country_path = "country"

    def for_user(self, user: AbstractBaseUser) -> Self:
        """The rows that the user may see: none without a role."""
        if not user.role:
            return self.none()
        if user.sees_every_country:
            return self
        return self.filter(**{f"{self.country_path}__in": user.countries.all()})


class ForEveryRole(QuerySet):
    """Rows that belong to no country: visible to every role."""

    def for_user(self, user: AbstractBaseUser) -> Self:
        return self if user.role else self.none()
