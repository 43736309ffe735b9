"""Casts of settings: text into values, each within its range.

A cast raises a ValueError that says what to write; `core.environment.read` adds the name of the
setting and stops the start.
"""

import math
import re
from collections.abc import Callable
from email.utils import parseaddr
from urllib.parse import urlsplit


def whole_number(lowest: int, highest: int) -> Callable:
    """A cast for whole numbers within a range."""

    def cast(value: str | int) -> int:
        # int() alone would accept 1_000, blanks and digits of other scripts.
        if not re.fullmatch(r"[0-9]{1,18}", str(value)) or not lowest <= int(value) <= highest:
            raise ValueError(f"write a whole number from {lowest} to {highest}, not {value!r}")
        return int(value)

    return cast


port = whole_number(1, 65535)


def seconds(value: str | float) -> float:
    """Seconds, also fractions, up to a year."""
    number = float(value)
    if not math.isfinite(number) or not 0 <= number <= 366 * 86400:
        raise ValueError(f"write seconds from 0 to 31622400 (a year), not {value!r}")
    return number


def request_rate(value: str) -> str:
    """A rate limit such as 600/min."""
    # DRF reads only the first letter of the period: 600/month would be 600 per minute.
    if not re.fullmatch("[1-9][0-9]{0,6}/(s|sec|second|m|min|minute|h|hour|d|day)", value):
        raise ValueError(f"write a number per sec, min, hour or day, like 600/min, not {value!r}")
    return value


def secret_key(value: str) -> str:
    """A key that is hard to guess."""
    if len(value) < 32 or len(set(value)) < 8:
        command = "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
        raise ValueError(
            f"is too easy to guess: use at least 32 characters, for example from {command}"
        )
    return value


def non_empty(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("must not be empty")
    return value


def short_line(value: str) -> str:
    if len(value) > 60 or not value.isprintable():
        raise ValueError("write at most 60 letters on one line")
    return value.strip()


def port_or_none(value: str | int) -> str:
    return str(port(value)) if value else ""


def host_names(value: str) -> list[str]:
    """Host names; a leading dot includes subdomains, * is any host."""
    names = [name.strip() for name in value.split(",") if name.strip()]
    for name in names:
        if not re.fullmatch(r"\*|\.?[\w-]+(\.[\w-]+)*\.?|\[[0-9a-fA-F:.]+\]", name):
            raise ValueError(f"write host names without http:// or a port, not {name!r}")
    if not names:
        raise ValueError("must name at least one host")
    return names


def host_or_none(value: str) -> str:
    return host_names(value)[0] if value else ""


def origin(value: str) -> str:
    """http(s)://host[:port], the start of links in e-mails."""
    parts = urlsplit(value.rstrip("/"))
    whole_address = f"{parts.scheme}://{parts.netloc}"
    is_fine = parts.scheme in ("http", "https") and parts.hostname and value.isprintable()
    if not is_fine or "@" in parts.netloc or " " in value or value.rstrip("/") != whole_address:
        raise ValueError(f"write http:// or https:// and a host name, not {value!r}")
    _ = parts.port  # raises ValueError
    return whole_address


def email_sender(value: str) -> str:
    """An e-mail address, optionally with a name: Shop <shop@example.com>"""
    _, address = parseaddr(value)
    if not value.isprintable() or not re.fullmatch(r"[^\s@]+@[^\s@]+", address):
        raise ValueError(f"write an e-mail address, not {value!r}")
    return value


def redis_url(value: str) -> str:
    """redis://[user:password@]host[:port][/number], or rediss:// for TLS"""
    parts = urlsplit(value)
    is_fine = parts.scheme in ("redis", "rediss") and parts.hostname
    if not is_fine or not re.fullmatch("(/[0-9]{0,4})?", parts.path):
        raise ValueError(f"write redis://host:port/number, not {value!r}")
    _ = parts.port  # raises ValueError
    return value


def redis_or_none(value: str) -> str:
    return redis_url(value) if value else ""


def cache_url(value: str) -> str:
    return value if value == "locmem://" else redis_url(value)


def spark_master(value: str) -> str:
    known = r"(local(\[[0-9*]+(,[0-9]+)?\])?|yarn|spark://\S+|k8s://\S+)"
    if not re.fullmatch(known, value):
        raise ValueError(f"write local[*], spark://host:port, k8s://… or yarn, not {value!r}")
    return value
