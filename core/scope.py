"""Who sees which rows of the books: country scope is applied here and nowhere else."""

from typing import Self

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet


class ByCountry(QuerySet):
    """A queryset of rows that belong to a country, at the end of `country_path`."""

    country_path = "country"

    def for_user(self, user: AbstractBaseUser) -> Self:
        """The rows this person may see; somebody without a role sees none."""
        if not user.role:
            return self.none()
        if user.sees_every_country:
            return self
        return self.filter(**{f"{self.country_path}__in": user.countries.all()})


class ForEveryRole(QuerySet):
    """A queryset of rows that belong to no country: everybody with a role sees them."""

    def for_user(self, user: AbstractBaseUser) -> Self:
        return self if user.role else self.none()
