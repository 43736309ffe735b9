"""The page Settings, over HTTP: what is saved, from when it holds, and what is refused."""

import re
import smtplib
import time

import pytest
import time_machine
from django.conf import settings as django_settings
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone

from accounts.models import User
from core.environment import declared
from imports.models import Import
from orders.models import ExchangeRate
from shop_settings import saved
from shop_settings.editable import EDITABLE
from shop_settings.models import Setting

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return User.objects.create_user("mara@example.com", name="Mara Klein", role="admin")


@pytest.fixture
def page(admin):
    client = Client()
    client.force_login(admin, "accounts.backends.EmailOrUsername")
    return client


def sent(page, section: str, **changed: str):
    """The answer to the form of a section, in which some fields were changed."""
    forms = {form.section.lower(): form for form in page.get("/settings/").context["forms"]}
    form = forms[section]
    values = {name: form[name].value() for name in form.fields}
    return page.post(f"/settings/{section}/", values | changed)


def sources(page) -> dict[str, str]:
    """Where the page says that each value comes from."""
    text = page.get("/settings/").content.decode()
    found = re.findall(
        r'name="([A-Z_]+)".*?<p class="helptext">((?:Set|From|Default)[^<\n]*)', text, re.DOTALL
    )
    return {name: told.strip() for name, told in found}


def test_every_setting_of_the_page_is_one_of_the_environment(page):
    assert EDITABLE.keys() <= declared.keys()
    assert [*sources(page)] == [*EDITABLE]


def test_a_saved_setting_holds_and_the_page_says_since_when_and_by_whom(page):
    assert sources(page)["VALUE_TIERS"] == "Default"
    with time_machine.travel("2026-11-30T10:04:00Z", tick=False):
        answer = sent(page, "customers", VALUE_TIERS="10000,5000,1000")
    assert (answer.status_code, answer["Location"]) == (302, "/settings/#customers")
    assert django_settings.VALUE_TIERS == (10000, 5000, 1000)
    told = "Set by Mara Klein on 30 Nov 2026, 10:04; default: 5000,2000,500"
    assert sources(page)["VALUE_TIERS"] == told
    # Only what was changed is stored: the rest follows .env as before.
    assert [*Setting.objects.values_list("name", "text")] == [("VALUE_TIERS", "10000,5000,1000")]


def test_what_the_environment_sets_is_named_as_such(page, monkeypatch):
    monkeypatch.setenv("VOUCHER_HOLD_OUT", "20")
    assert sources(page)["VOUCHER_HOLD_OUT"] == "From .env"
    sent(page, "customers", VOUCHER_HOLD_OUT="30")
    assert sources(page)["VOUCHER_HOLD_OUT"].endswith("; .env: 20")


def test_use_default_goes_back_to_the_environment(page):
    before = django_settings.VOUCHER_HOLD_OUT
    sent(page, "customers", VOUCHER_HOLD_OUT="30")
    assert django_settings.VOUCHER_HOLD_OUT == 30
    page.post("/settings/default/VOUCHER_HOLD_OUT/")
    assert django_settings.VOUCHER_HOLD_OUT == before == 10
    assert sources(page)["VOUCHER_HOLD_OUT"] == "Default"
    assert not Setting.objects.exists()


def test_each_change_is_kept_with_who_made_it(page, admin):
    sent(page, "customers", VOUCHER_HOLD_OUT="30")
    sent(page, "customers", VOUCHER_HOLD_OUT="30")  # nothing changes
    page.post("/settings/default/VOUCHER_HOLD_OUT/")
    page.post("/settings/default/VOUCHER_HOLD_OUT/")
    kept = [("Hold-out group", "10 → 30"), ("Hold-out group", "30 → 10 (default)")]
    rows = LogEntry.objects.filter(user=admin).order_by("pk")
    assert [*rows.values_list("object_repr", "change_message")] == kept
    text = page.get("/settings/").content.decode()
    assert all(f"<td>{change}</td><td>Mara Klein</td>" in text for _, change in kept)


@pytest.mark.parametrize(
    ("section", "name", "text", "reason"),
    [
        ("customers", "VALUE_TIERS", "1,2,3", "Write the highest amount first, not"),
        ("customers", "VALUE_TIERS", "x,2,1", "Write numbers, not"),
        ("customers", "VOUCHER_DAYS", "", "Write a whole number from 1 to 36500, not"),
        ("customers", "VOUCHER_HOLD_OUT", "51", "Write a whole number from 0 to 50, not"),
        ("e-mail", "DEFAULT_FROM_EMAIL", "shop", "Write an e-mail address, not"),
        ("data", "LEDGER_KEEP_DAYS", "0", "Write a whole number from 1 to 36500, not"),
        ("calendar", "TIME_ZONE", "Berlin", "Select a valid choice."),
        ("shop", "SHOP_NAME", "x" * 61, "Write at most 60 letters on one line."),
    ],
)
def test_what_env_would_refuse_is_refused_beside_its_field(page, section, name, text, reason):
    answer = sent(page, section, **{name: text})
    assert answer.status_code == 400
    form = next(form for form in answer.context["forms"] if form.section.lower() == section)
    assert form.errors[name][0].startswith(reason)
    assert not Setting.objects.exists()


def test_an_unknown_section_or_setting_is_not_there(page):
    assert page.post("/settings/nonsense/").status_code == 404
    assert page.post("/settings/default/SECRET_KEY/").status_code == 404


# What cannot be changed any longer


def test_currency_and_time_zone_can_be_chosen_before_the_first_sale(page):
    answer = sent(page, "shop", BASE_CURRENCY="SEK", SHOP_NAME="Bean & Leaf")
    assert answer.status_code == 302
    sent(page, "calendar", TIME_ZONE="Pacific/Auckland")
    assert (django_settings.BASE_CURRENCY, django_settings.SHOP_NAME) == ("SEK", "Bean & Leaf")
    with time_machine.travel("2026-11-30T12:00:00Z", tick=False):
        assert f"{timezone.localtime():%d %H:%M}" == "01 01:00"
    saved.replace_settings({})
    with time_machine.travel("2026-11-30T12:00:00Z", tick=False):
        assert f"{timezone.localtime():%d %H:%M}" == "30 12:00"


def test_they_are_locked_after_the_first_sale_with_the_reason(page, shop):
    shop.sell((shop.product("mug"), 1))
    text = page.get("/settings/").content.decode()
    assert text.count("Locked since the first sale: stored orders would have other amounts") == 2
    sent(page, "shop", BASE_CURRENCY="SEK", SHOP_NAME="Bean & Leaf")
    assert (django_settings.BASE_CURRENCY, django_settings.SHOP_NAME) == ("EUR", "Bean & Leaf")


def test_a_default_that_would_change_the_currency_is_refused_after_the_first_sale(page, shop):
    sent(page, "shop", BASE_CURRENCY="SEK")
    shop.sell((shop.product("mug"), 1))
    answer = page.post("/settings/default/BASE_CURRENCY/", follow=True)
    assert "Base currency: Locked since the first sale" in answer.content.decode()
    assert django_settings.BASE_CURRENCY == "SEK"


def test_they_are_locked_while_a_file_is_being_imported(page):
    run = Import.objects.create(name="a.csv", size=1, state="writing")
    sent(page, "calendar", TIME_ZONE="Europe/Berlin")
    assert "Locked while a file is being imported." in page.get("/settings/").content.decode()
    run.delete()
    sent(page, "calendar", TIME_ZONE="Europe/Berlin")
    assert django_settings.TIME_ZONE == "Europe/Berlin"


def test_stored_exchange_rates_lock_the_currency_alone(page):
    ExchangeRate.objects.create(currency="USD", date="2026-11-01", rate="0.9")
    sent(page, "shop", BASE_CURRENCY="SEK")
    sent(page, "calendar", TIME_ZONE="Europe/Berlin")
    assert (django_settings.BASE_CURRENCY, django_settings.TIME_ZONE) == ("EUR", "Europe/Berlin")


# Readers follow


def test_another_process_sees_a_change_within_seconds(page, admin, monkeypatch):
    sent(page, "customers", VOUCHER_HOLD_OUT="30")
    Setting.objects.update(text="40")  # by another process
    monkeypatch.setattr(saved, "next_read", time.monotonic() + 60)
    page.get("/account/")
    assert django_settings.VOUCHER_HOLD_OUT == 30
    monkeypatch.setattr(saved, "next_read", time.monotonic() - 1)
    page.get("/account/")
    assert django_settings.VOUCHER_HOLD_OUT == 40


def test_a_setting_that_this_version_refuses_is_that_of_the_environment():
    Setting.objects.create(name="VOUCHER_HOLD_OUT", text="much")
    Setting.objects.create(name="OF_ANOTHER_VERSION", text="1")
    saved.apply_now()
    assert django_settings.VOUCHER_HOLD_OUT == 10


def test_the_shop_name_is_in_the_title_of_pages(page):
    assert "<title>Settings · Ledgerlight</title>" in page.get("/settings/").content.decode()
    sent(page, "shop", SHOP_NAME="Bean & Leaf")
    assert "<title>Settings · Bean &amp; Leaf</title>" in page.get("/settings/").content.decode()


# E-mail


def test_a_test_email_comes_from_the_saved_sender(page, settings):
    settings.EMAIL_HOST = "mail.example.com"
    sent(page, "e-mail", DEFAULT_FROM_EMAIL="Bean & Leaf <shop@example.com>")
    answer = page.post("/settings/test-email/", follow=True)
    assert "Test e-mail sent to mara@example.com." in answer.content.decode()
    (message,) = mail.outbox
    assert (message.from_email, message.to) == (
        "Bean & Leaf <shop@example.com>",
        ["mara@example.com"],
    )


def test_a_test_email_that_fails_says_what_the_server_answered(page, monkeypatch):
    def refuse(*_):
        raise smtplib.SMTPAuthenticationError(535, b"bad password")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    answer = page.post("/settings/test-email/", follow=True)
    assert "The test e-mail was not sent: (535, b" in answer.content.decode()


@pytest.mark.parametrize("role", ["analyst", "manager", "operator"])
def test_the_page_is_for_administrators(client, role):
    client.force_login(User.objects.create_user("x@example.com", role=role))
    assert client.get("/settings/").status_code == 403
    assert client.post("/settings/shop/").status_code == 403
