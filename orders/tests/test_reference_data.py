import io
from datetime import date
from decimal import Decimal as D
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper
from django.db import connection

from catalog.models import Inventory
from core.progress import Progress
from customers.models import Country
from orders.models import ExchangeRate, TaxRate
from orders.tax import RatesOfDay

pytestmark = pytest.mark.django_db


def run(capsys, *command, **options):
    call_command(*command, **options)
    return capsys.readouterr().out.splitlines()


def percent(code, day):
    return RatesOfDay(Country.objects.get(code=code), date.fromisoformat(day)).percent(None)


# Countries


def test_the_countries_of_iso_3166_exist_with_their_currency():
    stored = dict(Country.objects.values_list("code", "currency"))
    assert len(stored) == 249
    wanted = {
        "DE": "EUR",
        "GB": "GBP",
        "CH": "CHF",
        "PA": "PAB",
        "BT": "BTN",
        "PS": "ILS",
        "AQ": "",
    }
    assert {code: stored[code] for code in wanted} == wanted


def test_countries_have_the_names_that_people_use():
    names = dict(Country.objects.values_list("code", "name"))
    wanted = {"BO": "Bolivia", "CD": "DR Congo", "GB": "United Kingdom", "KR": "South Korea"}
    assert {code: names[code] for code in wanted} == wanted
    assert sorted(code for code, name in names.items() if ", " in name) == ["BQ", "SH"]


# Taxes


@pytest.mark.parametrize(
    ("code", "day", "rate"),
    [
        ("DE", "2010-12-01", "19"), ("DE", "2020-06-30", "19"), ("DE", "2020-07-01", "16"),
        ("DE", "2020-12-31", "16"), ("DE", "2021-01-01", "19"),
        ("GB", "2009-12-31", "15"), ("GB", "2011-01-03", "17.5"), ("GB", "2011-01-04", "20"),
        ("JP", "2014-03-31", "5"), ("JP", "2014-04-01", "8"), ("JP", "2019-10-01", "10"),
        ("SG", "2022-12-31", "7"), ("SG", "2023-01-01", "8"), ("SG", "2024-01-01", "9"),
        ("CH", "2010-12-31", "7.6"), ("CH", "2018-01-01", "7.7"), ("CH", "2024-01-01", "8.1"),
        ("EE", "2025-06-30", "22"), ("EE", "2025-07-01", "24"), ("FI", "2024-09-01", "25.5"),
        ("SK", "2025-01-01", "23"), ("RO", "2025-07-31", "19"), ("RO", "2025-08-01", "21"),
        ("CA", "2026-01-01", "5"), ("AU", "2026-01-01", "10"), ("US", "2026-01-01", "0"),
    ],
)  # fmt: skip
def test_a_sale_is_taxed_at_the_standard_rate_of_its_day(code, day, rate):
    assert percent(code, day) == D(rate)


def test_every_country_with_a_rate_has_one_at_the_start_of_2009():
    codes = set(TaxRate.objects.values_list("country__code", flat=True))
    assert len(codes) == 39  # 27 of the EU and twelve others
    assert [code for code in codes if not percent(code, "2009-01-01")] == []


def test_existing_countries_and_rates_stay_unchanged():
    """The first version had neither, so its shops added their own."""
    TaxRate.objects.all().delete()
    Country.objects.all().delete()
    germany = Country.objects.create(name="Germany", code="", currency="")
    TaxRate.objects.create(country=germany, rate=D("7"), valid_from="2007-01-01")
    Country.objects.create(name="Österreich", code="AT", currency="EUR")
    Country.objects.create(name="France", code="XF", currency="CHF")
    editor = SimpleNamespace(connection=connection)
    import_module("customers.migrations.0002_iso_countries").add_countries(apps, editor)
    import_module("orders.migrations.0002_standard_tax_rates").add_rates(apps, editor)
    named = {c.name: (c.code, c.currency) for c in Country.objects.all()}
    assert len(named) == 249
    assert (named["Germany"], named["Österreich"]) == (("DE", ""), ("AT", "EUR"))
    assert (named["France"], "Austria" in named) == (("XF", "CHF"), False)
    assert (percent("DE", "2021-01-01"), percent("AT", "2021-01-01")) == (D(7), D(20))


# Exchange rates


def rate(currency, day):
    return ExchangeRate.objects.get(currency=currency, date=day).rate


def test_exchange_rates_are_prices_in_the_base_currency(settings):
    settings.BASE_CURRENCY = "EUR"
    call_command("load_exchange_rates", "--since", "2026-10-30", verbosity=0)
    # The file says: a euro is 1.1172 dollars, 175.68 yen, 0.8338 pounds.
    assert rate("USD", "2026-10-30") == D("0.8950948801")
    assert rate("JPY", "2026-10-30") == D("0.0056921676")
    assert not ExchangeRate.objects.filter(currency="EUR").exists()


def test_rates_of_other_base_currencies_go_through_the_euro(settings):
    settings.BASE_CURRENCY = "GBP"
    call_command("load_exchange_rates", "--since", "2026-10-30")
    assert rate("EUR", "2026-10-30") == D("0.8338000000")
    assert rate("USD", "2026-10-30") == D("0.7463301110")
    assert not ExchangeRate.objects.filter(currency="GBP").exists()


def test_loading_again_adds_only_what_is_missing(settings, capsys):
    settings.BASE_CURRENCY = "EUR"
    count = ExchangeRate.objects.count
    dry = run(capsys, "load_exchange_rates", "--since", "2026-10-01", "--dry-run")
    assert (dry[-1], count()) == ("638 rates to EUR since 2026-10-01 would be added.", 0)
    run(capsys, "load_exchange_rates", "--since", "2026-10-01")
    ExchangeRate.objects.filter(date="2026-10-30").delete()
    assert run(capsys, "load_exchange_rates", "--since", "2026-10-01")[-1].startswith("29 rates")
    assert run(capsys, "load_exchange_rates", "--since", "2026-10-01")[-1].startswith("0 rates")
    assert count() == 638


def test_if_needed_loads_rates_only_if_newer_ones_exist(settings, capsys):
    settings.BASE_CURRENCY = "EUR"
    again = ("load_exchange_rates", "--since", "2026-10-01", "--if-needed")
    assert run(capsys, *again)[-1].startswith("638 rates")
    assert run(capsys, *again) == []
    settings.BASE_CURRENCY = "UAH"  # the European Central Bank has none of it
    assert run(capsys, *again) == []


@pytest.fixture
def shown(monkeypatch):
    """The output after each step: (seconds, done of 200)."""

    def show(*steps, terminal):
        out = OutputWrapper(io.StringIO())
        out.isatty = lambda: terminal
        clock = iter([0, *(seconds for seconds, _ in steps)])
        monkeypatch.setattr("time.monotonic", lambda: next(clock))
        progress = Progress(out, "Shop")
        for _, done in steps:
            progress(done, 200)
        return out.getvalue()

    return show


def test_progress_updates_its_line_on_a_terminal_ten_times_a_second(shown):
    assert shown((1, 50), (1.05, 60), (1.1, 70), (9, 200), terminal=True) == (
        "\rShop █████░░░░░░░░░░░░░░░  25%   1.0 s"
        "\rShop ███████░░░░░░░░░░░░░  35%   1.1 s"
        "\rShop ████████████████████ 100%   9.0 s\n"
    )


def test_progress_prints_only_the_end_without_a_terminal(shown):
    steps = (1, 0), (2, 199), (3, 200)
    assert shown(*steps, terminal=False) == "Shop ████████████████████ 100%   3.0 s\n"


def test_a_base_currency_without_rates_is_refused_by_name(settings):
    settings.BASE_CURRENCY = "XOF"
    with pytest.raises(CommandError, match=r"BASE_CURRENCY: .* no rates for XOF"):
        call_command("load_exchange_rates")


# Stock


def test_check_stock_prints_totals_when_stock_is_consistent(shop, capsys):
    shop.product("mug", stock=12)
    shop.product("cup", stock=1_000)
    assert run(capsys, "check_stock") == ["Stock is consistent: 2 products, 1,012 units."]


def test_check_stock_prints_differences_and_fails(shop, capsys):
    shop.product("mug", stock=12)
    Inventory.objects.filter(product=shop.product("cup", stock=5)).update(quantity=7)
    with pytest.raises(SystemExit, match="1"):
        call_command("check_stock")
    assert capsys.readouterr().out == "cup: 7 in stock, 5 by movements\n"
