"""Who sees which rows of the books: country scope is applied here and nowhere else."""


class ByCountry:
    """A queryset of rows that belong to a country, at the end of `country_path`."""

    country_path = "country"

    def for_user(self, user):
        """The rows this person may see; somebody without a role sees none."""
        if not user.role:
            return self.none()
        if user.sees_every_country:
            return self
        return self.filter(**{f"{self.country_path}__in": user.countries.all()})


class ForEveryRole:
    """A queryset of rows that belong to no country: everybody with a role sees them."""

    def for_user(self, user):
        return self if user.role else self.none()
