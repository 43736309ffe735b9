"""A backup brings back everything it saved."""

import zipfile

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from analytics.predictions.models import Fit
from backups import tables
from backups.tests.commands import all_tables, make_backup, restore
from catalog.models import Product
from catalog.services import stock_differences
from customers.models import Customer
from exports.models import Email, Schedule
from ledger import build
from ledger.check import differences
from ledger.models import Snapshot
from orders.models import Order
from orders.services import discard

pytestmark = pytest.mark.django_db(transaction=True)


def wipe():
    call_command("flush", interactive=False, verbosity=0)


def test_a_restore_brings_back_every_row_and_upload(shop, tmp_path, settings):
    upload = settings.MEDIA_ROOT / "imports" / ("ab" * 16)
    upload.parent.mkdir(parents=True)
    upload.write_bytes(b"a,b\n\0\xff")
    before = all_tables()
    file = make_backup(tmp_path)
    wipe()
    upload.unlink()
    output = restore(file)
    total = sum(Order.objects.values_list("total", flat=True))
    assert f"2 orders and returns (total {total}), 1 uploaded files." in output
    waiting = before.pop("exports.Email"), before.pop("exports.Schedule")
    after = all_tables()
    assert len(after.pop("exports.Email")) == len(waiting[0]) == 1
    assert len(after.pop("exports.Schedule")) == len(waiting[1]) == 1
    assert after == before
    assert upload.read_bytes() == b"a,b\n\0\xff"
    assert stock_differences() == []
    owner = get_user_model().objects.get(email="ada@example.com")
    assert owner.check_password("a long password")


def test_the_ledger_is_rebuilt_from_the_restored_data(shop, tmp_path):
    file = make_backup(tmp_path)
    old = build.current(max_age=0)
    Fit.objects.create(
        name="churn", used_from=1, read_from=1, read_from_token=old.token, seconds=1,
        is_refusal=False, words="",
    )  # fmt: skip
    shop.sell((Product.objects.get(sku="mug"), 1), on="2019-01-05")
    build.current(max_age=0)
    restore(file, replace=True)
    snapshot = Snapshot.objects.newest()
    assert not {"lines/2019-01", "orders/2019-01"} & snapshot.files.keys()
    assert {"lines/2026-03", "lines/2026-04"} <= snapshot.files.keys()
    assert list(differences()) == []
    assert not Fit.objects.exists()


def test_a_build_from_the_former_data_is_discarded(shop, tmp_path):
    file = make_backup(tmp_path)
    old = build.current(max_age=0)
    restore(file, replace=True)
    assert build.commit(old, old.files, [], old.created_at) is None


def test_new_rows_get_ids_that_were_never_given_before(shop, tmp_path):
    mug = Product.objects.get(sku="mug")
    deleted = shop.sell((mug, 1))
    pk = deleted.pk
    discard(deleted)  # its stock movements stay and refer to it
    file = make_backup(tmp_path)
    wipe()
    restore(file)
    buyer, mug = Customer.objects.get(code="anna"), Product.objects.get(sku="mug")
    assert shop.sell((mug, 1), customer=buyer).pk > pk
    assert stock_differences() == []


def test_existing_data_is_only_replaced_on_request(shop, tmp_path):
    file = make_backup(tmp_path)
    shop.product("spoon")
    with pytest.raises(CommandError, match=r"not empty.*3 products.*--replace"):
        restore(file)
    assert Product.objects.filter(sku="spoon").exists()
    restore(file, replace=True)
    assert sorted(Product.objects.values_list("sku", flat=True)) == ["MUG", "mug"]


def test_sessions_end_and_no_email_is_sent_twice(shop, tmp_path, client):
    owner = get_user_model().objects.get(email="ada@example.com")
    client.force_login(owner, backend="accounts.backends.EmailOrUsername")
    Schedule.objects.update(next_at="2020-01-01T00:00Z")
    file = make_backup(tmp_path)
    restore(file, replace=True)
    assert not Session.objects.exists()
    assert Email.objects.get().state == "unknown"
    assert Schedule.objects.get().next_at.year > 2020


def test_no_secret_is_saved(shop, tmp_path, monkeypatch, settings):
    monkeypatch.setenv("DATABASE_PASSWORD", "open sesame")
    monkeypatch.setenv("CACHE_URL", "redis://:sesame@cache:6379/0")
    monkeypatch.setenv("SITE_URL", "https://shop.example.com")
    with zipfile.ZipFile(make_backup(tmp_path)) as archive:
        written = archive.read("settings.env").decode()
        content = b"".join(archive.read(name) for name in archive.namelist())
    assert "SITE_URL=https://shop.example.com\n" in written
    assert "CACHE_URL=redis://cache:6379/0\n" in written
    assert b"sesame" not in content
    assert settings.SECRET_KEY.encode() not in content


def test_a_backup_is_private_and_complete_or_not_there(shop, tmp_path, monkeypatch):
    file = make_backup(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    monkeypatch.setattr(tables, "serialize_row", lambda row: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        make_backup(tmp_path)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["books.zip"]


def test_every_table_is_saved_or_skipped_for_a_reason():
    saved = {model._meta.label for model in tables.saved_models()}
    skipped = {model._meta.label for model in tables.skipped_models()} | {tables.KEPT_ON_RESTORE}
    with connection.cursor() as cursor:
        existing = set(connection.introspection.table_names(cursor))
    known = {model._meta.db_table for model in tables.managed_models()}
    assert not saved & skipped
    assert existing - known == {MigrationRecorder.Migration._meta.db_table}
    assert {
        "orders.Order",
        "accounts.User",
        "accounts.User_countries",
        "catalog.Product_tags",
    } <= saved
