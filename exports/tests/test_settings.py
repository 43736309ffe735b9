"""Each setting: what is good, and what stops the start with the setting's name."""

import re
import runpy
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

import config.gunicorn  # noqa: F401 - has settings of its own
from core import environment

BOOLEANS = (("True", "False"), ("true", "1", "", "yes"))
NAMES = (("anything",), ("", " ", "a\nb"))
SETTINGS = str(Path(environment.BASE_DIR, "config", "settings.py"))
KEY = "k7Xw2mQ9-v4Lr8Tz1_b6Nc3Hs5Jd0Fg"

# What may be written, and what may not.
TRIED = {
    "SECRET_KEY": ((KEY + "a",), ("", "short", "a" * 50, KEY[:-2])),
    "DEBUG": BOOLEANS,
    "HTTPS": BOOLEANS,
    "ALLOWED_HOSTS": (
        ("*", "shop.example.com, .example.org", "[::1]"),
        ("", ",", "http://shop.example.com", "shop.example.com:8000", "a b", "a/b"),
    ),
    "SITE_URL": (
        ("https://shop.example.com", "http://[::1]:8000/"),
        ("", "shop.example.com", "ftp://a", "https://", "https://a/b", "https://a:x", "https://u@a"),
    ),
    "HSTS_SECONDS": (("0", "31536000"), ("-1", "1e9", "99999999999", "inf", "")),
    "HSTS_SUBDOMAINS": BOOLEANS,
    "HSTS_PRELOAD": BOOLEANS,
    "SHOP_NAME": (("", "Bean & Leaf"), ("a\nb", "x" * 61)),
    "TIME_ZONE": (("Europe/Berlin",), ("", "Berlin", "utc+1")),
    "BASE_CURRENCY": (("SEK",), ("", "sek", "XYZ")),
    "PRICES_INCLUDE_TAX": BOOLEANS,
    "WEEK_START": (("1", "7"), ("0", "8", "Monday", "1.0", "")),
    "VALUE_TIERS": (("3,2,1.50",), ("1,2,3", "3,2", "inf,2,1", "nan,2,1", "1e99,2,1", "3,2,-1")),
    "VOUCHER_ORDERS": (("1", "5, 14"), ("", "0,1", "2,1", "1,1", "1_0", "99999999", "1.5")),
    "VOUCHER_DAYS": (("30,61",), ("", "0", "61,30", "99999999", "x")),
    "VOUCHER_HOLD_OUT": (("0", "50"), ("-1", "51", "1_0", "", "x")),
    "DATABASE_ENGINE": (("django.db.backends.mysql",), ("", "mysql")),
    "DATABASE_NAME": NAMES,
    "DATABASE_USER": NAMES,
    "DATABASE_PASSWORD": (("", "any thing"), ()),
    "DATABASE_HOST": NAMES,
    "DATABASE_PORT": (("", "3306"), ("0", "65536", "x", "-1")),
    "LEDGER_URL": (("var/ledger", "file:///srv/ledger"), ("", "s3://a/b", "file://", " ")),
    "LEDGER_ENGINE": (("spark",), ("", "Spark")),
    "SPARK_MASTER": (("local[*]", "spark://a:7077", "yarn"), ("", "here", "spark://", "local[]")),
    "LEDGER_MAX_AGE": (("0", "2.5", "1e3"), ("inf", "nan", "1e18", "-1", "", "x", "-inf")),
    "LEDGER_PATIENCE": (("0.3", "5"), ("inf", "nan", "-1", "")),
    "LEDGER_READ_MB": (("512",), ("0", "1e3", "99999999", "")),
    "LEDGER_READ_SECONDS": (("0", "30", "2.5"), ("inf", "nan", "-1", "")),
    "LEDGER_BUILD_MB": (("1024",), ("0", "1e3", "99999999", "")),
    "LEDGER_KEEP_DAYS": (("1", "36500"), ("0", "1e3", "999999999", "-1", "")),
    "CACHE_URL": (
        ("locmem://", "redis://a:6379/0", "rediss://u:p@a/1"),
        ("", "redis://", "redis://a:x", "redis://a/x", "memcached://a", "a:6379"),
    ),
    "QUEUE_URL": (("", "redis://a:6379/1"), ("redis://", "redis://a:99999", "a:6379", "locmem://")),
    "IMPORT_MAX_BYTES": (("1048576",), ("0", "-1", "1e9", "99999999999999", "1GB", "")),
    "EXPORT_KEEP_DAYS": (("7",), ("0", "9999999", "-1", "x", "")),
    "SIGN_IN_FAILURES": (("5",), ("0", "-1", "99999", "x", "")),
    "SIGN_IN_COOLOFF_MINUTES": (("15",), ("0", "999999999999", "1e3", "-1", "")),
    "JWT_ACCESS_MINUTES": (("10",), ("0", "999999999999", "inf", "-1", "")),
    "JWT_REFRESH_DAYS": (("14",), ("0", "999999999", "nan", "-1", "")),
    "API_RATE": (
        ("600/min", "1/s", "5/day"),
        ("foo", "10/fortnight", "", "/min", "10", "0/min", "-1/min", "1.5/min", "600/mini"),
    ),
    "LEGACY_API": BOOLEANS,
    "NEW_ACCOUNTS_ROLE": (("", "analyst"), ("admin", "boss", " ")),
    "PROXIES": (("0", "9"), ("10", "-1", "x", "", "1_0")),
    "PORT": (("8000",), ("0", "65536", "x", "", "-1")),
    "WEB_WORKERS": (("1", "8"), ("0", "65", "x", "", "-1")),
    "EMAIL_HOST": (("", "mail.example.com"), ("smtp://a", "a b", "a:25")),
    "EMAIL_PORT": (("587",), ("0", "65536", "x", "")),
    "EMAIL_HOST_USER": (("", "a@b"), ()),
    "EMAIL_HOST_PASSWORD": (("", "any thing"), ()),
    "EMAIL_USE_TLS": BOOLEANS,
    "DEFAULT_FROM_EMAIL": (
        ("shop@example.com", "Shop <shop@example.com>"),
        ("", "shop", "a@b\nBcc: c@d", "a b@c d"),
    ),
    "LOG_LEVEL": (("INFO",), ("", "info", "LOUD")),
}  # fmt: skip
KNOWN_TO_OTHER_DATABASES = {"DATABASE_USER", "DATABASE_PASSWORD", "DATABASE_HOST", "DATABASE_PORT"}
GOOD = [(name, value) for name, (good, _) in TRIED.items() for value in good]
BAD = [(name, value) for name, (_, bad) in TRIED.items() for value in bad]


def read(name, value, monkeypatch):
    how = environment.declared.get(name)
    if how is None and name in KNOWN_TO_OTHER_DATABASES:
        pytest.skip("SQLite has none")
    monkeypatch.setenv(name, value)
    return environment.read(name, **how)


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_a_value_that_is_right_is_read(name, value, monkeypatch):
    read(name, value, monkeypatch)


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_value_that_would_break_later_stops_the_start_by_name(name, value, monkeypatch):
    with pytest.raises(ImproperlyConfigured, match=f"^{name}: "):
        read(name, value, monkeypatch)


def test_each_setting_that_is_read_is_tried_here_and_explained():
    explained = Path(environment.BASE_DIR, ".env.example").read_text()
    names = set(re.findall("^([A-Z_]+)=", explained, re.MULTILINE))
    assert names == TRIED.keys()
    assert environment.declared.keys() | KNOWN_TO_OTHER_DATABASES == TRIED.keys()


@pytest.mark.parametrize("others", [
    {},
    {"HSTS_SUBDOMAINS": "True"},
    {"HSTS_SECONDS": "31536000"},
    {"HSTS_SUBDOMAINS": "True", "HSTS_SECONDS": "31535999"},
])  # fmt: skip
def test_preload_without_a_year_for_all_hosts_stops_the_start_by_name(others, monkeypatch):
    for name, value in {"HSTS_PRELOAD": "True", **others}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=r"^HSTS_PRELOAD: needs HSTS_SUBDOMAINS=True"):
        runpy.run_path(SETTINGS)


def test_preload_with_a_year_for_all_hosts_starts(monkeypatch):
    for name in ("HSTS_PRELOAD", "HSTS_SUBDOMAINS"):
        monkeypatch.setenv(name, "True")
    monkeypatch.setenv("HSTS_SECONDS", "31536000")
    assert runpy.run_path(SETTINGS)["SECURE_HSTS_PRELOAD"] is True


def warned(settings, **more) -> set[str]:
    settings.HTTPS = settings.SECURE_SSL_REDIRECT = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    for name, value in more.items():
        setattr(settings, name, value)
    found = run_checks(tags=["security"], include_deployment_checks=True)
    return {warning.id for warning in found}


def test_https_alone_asks_browsers_to_remember_nothing(settings, db):
    assert warned(settings) == {"security.W004"}  # `check --deploy` says what is left to decide
    answer = Client().get("/healthz", secure=True)
    assert "Strict-Transport-Security" not in answer


def test_what_browsers_are_to_remember_is_a_setting_of_its_own(settings, db):
    more = {"SECURE_HSTS_SECONDS": 3600, "SECURE_HSTS_INCLUDE_SUBDOMAINS": True}
    assert warned(settings, **more, SECURE_HSTS_PRELOAD=True) == set()
    settings.SECURE_HSTS_PRELOAD = False
    answer = Client().get("/healthz", secure=True)
    assert answer["Strict-Transport-Security"] == "max-age=3600; includeSubDomains"
