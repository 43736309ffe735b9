"""What a file that can be read leaves open: countries without a code, several currencies."""

from customers.models import Country
from imports.staging import Staging


def file_warnings(staging: Staging) -> list[str]:
    """What is no error, but what somebody should know of the file."""
    stored = "orders" if "orders" in staging.tables() else "vouchers"
    texts = staging.run(
        f"select distinct country from {stored} where country is not null order by 1"
    )
    unknown = [text for (text,) in texts if Country.objects.named(text) is None]
    found = [*staging.warnings]
    if unknown:
        found.append(f"Unknown countries, kept without a code: {', '.join(unknown)}.")
    if "currency" in {name for name, *_ in staging.run(f"describe {stored}")}:
        currencies = [c for (c,) in staging.run("select distinct currency from orders order by 1")]
        if len(currencies) > 1:
            found.append(f"Several currencies: {', '.join(currencies)}.")
    return found
