"""Countries that are in the books twice: under their ISO 3166 name, and under that of a file."""

from dataclasses import dataclass, field
from functools import partial

from django.db import transaction

from core.tracking import filled
from customers.country_names import country_code
from customers.models import Country
from imports.models import Created, ImportLock
from imports.undo import references
from orders.models import TaxRate


@dataclass
class Merged:
    """A country without a code, the one that it duplicates, and what was moved, or why not."""

    double: Country
    kept: Country
    rows: dict[str, int] = field(default_factory=dict)
    managers: list[str] = field(default_factory=list)  # who see more than before
    obstacle: str = ""


@transaction.atomic
def merge_countries() -> list[Merged]:
    """Move everything that refers to a duplicate to its country, and delete the duplicate."""
    ImportLock.acquire()  # an import must not match a country that is about to be deleted
    pairs = duplicate_countries()
    for pair in pairs:
        pair.obstacle = merge_obstacle(pair)
        if not pair.obstacle:
            merge(pair)
    if any(not pair.obstacle for pair in pairs):
        transaction.on_commit(partial(filled.send, sender=Country), robust=True)
    return pairs


def duplicate_countries() -> list[Merged]:
    """Locked, by name. A name that several countries share is a duplicate of none of them."""
    # Codes are not unique. Descending, so that the oldest country of a code is set last and wins.
    with_code = {c.code: c for c in Country.objects.exclude(code="").order_by("-pk")}
    nameless = Country.objects.select_for_update().filter(code="").order_by("name")
    pairs = ((country, with_code.get(country_code(country.name))) for country in nameless)
    return [Merged(double, kept) for double, kept in pairs if kept is not None]


def merge_obstacle(pair: Merged) -> str:
    ours, theirs = country_tax_rates(pair.kept), country_tax_rates(pair.double)
    # Which of two contradicting tables is right only the shop can know.
    if ours and theirs and ours != theirs:
        return "both have tax rates, and they differ: remove those of one of them first"
    return ""


def country_tax_rates(country: Country) -> set[tuple]:
    rates = TaxRate.objects.filter(country=country)
    return set(rates.values_list("category_key", "valid_from", "rate"))


def merge(pair: Merged) -> None:
    if country_tax_rates(pair.kept):
        # Moved, they would violate the unique rate per country, category and day.
        TaxRate.objects.filter(country=pair.double).delete()  # the same rates
    # Before the loop: a user with both countries would violate the unique pair of the m2m table.
    move_managers(pair)
    for model, name in references(Country):
        rows = model._default_manager.filter(**{name: pair.double})
        if moved := rows.update(**{name: pair.kept}):  # tracked models announce their months
            pair.rows[str(model._meta.verbose_name_plural)] = moved
    # Undo would count the note of a row that is gone as kept.
    Created.objects.filter(kind=Created.Kind.COUNTRY, row_id=pair.double.pk).delete()
    pair.double.delete()


def move_managers(pair: Merged) -> None:
    """Managers of either country see the one that stays."""
    one, other = set(pair.double.user_set.all()), set(pair.kept.user_set.all())
    for user in one:
        user.countries.add(pair.kept)
        user.countries.remove(pair.double)
    # `^`: who had both countries sees no more than before.
    managers = (user for user in one ^ other if not user.sees_every_country)
    pair.managers = sorted(user.email for user in managers)


def countries_without_code() -> list[str]:
    names = Country.objects.filter(code="").order_by("name").values_list("name", flat=True)
    return [name for name in names if not country_code(name)]
