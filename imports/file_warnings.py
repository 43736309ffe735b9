"""The warnings about a file, none of which keeps it from being imported."""

from customers.models import Country
from imports.staging import Staging
from imports.steps import step


@step(reads="orders vouchers", writes="")
def file_warnings(staging: Staging) -> list[str]:
    """Those of the steps so far, and of unknown countries and several currencies."""
    table = "orders" if "orders" in staging.tables() else "vouchers"
    unknown = [name for name in _values(staging, table, "country") if not is_known_country(name)]
    warnings = [*staging.warnings]
    if unknown:
        warnings.append(f"Unknown countries, kept without a code: {', '.join(unknown)}.")
    currencies = _values(staging, table, "currency") if table == "orders" else []
    if len(currencies) > 1:
        warnings.append(f"Several currencies: {', '.join(currencies)}.")
    return warnings


def is_known_country(name: str) -> bool:
    return Country.objects.named(name) is not None


def _values(staging: Staging, table: str, column: str) -> list[str]:
    rows = staging.run(
        f"select distinct {column} from {table} where {column} is not null order by 1"
    )
    return [value for (value,) in rows]
