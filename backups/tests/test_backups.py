"""What is saved, lost and restored is what was there; what is not whole is refused in time."""

import io
import json
import zipfile
from datetime import time
from decimal import Decimal as D

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from analytics.predictions.models import Fit
from backups import tables
from backups.archive import MANIFEST
from catalog.models import Category, Product, Tag
from catalog.services import stock_differences
from customers.models import Customer
from exports.models import Email, Schedule, Sending
from imports.models import Import, Reject
from ledger import build
from ledger.check import differences
from ledger.models import Snapshot
from orders.models import Order
from orders.services import discard
from orders.tests.shop import Shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _uploads_of_its_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def shop():
    """Some of everything, and what databases like to see differently."""
    shop = Shop()
    mug = shop.product(
        "mug", price="12.3456", cost="5", category="Kitchen", description="é\n\\N\t,\"'"
    )
    mug.tags.add(Tag.objects.create(name="new"))
    shop.product("MUG", price="0.0001", stock=None, description="😀 NULL")
    inner, outer = Category.objects.create(name="inner"), Category.objects.create(name="outer")
    Category.objects.filter(pk=inner.pk).update(parent=outer)  # the later row holds the earlier one
    sale = shop.sell((mug, 3), shipping=D("4.90"), voucher=D("1"), on="2026-03-31 23:59:59.000001")
    shop.give_back(sale, 1, on="2026-04-02")
    owner = get_user_model().objects.create_superuser("ada@example.com", "a long password")
    owner.countries.add(shop.germany)
    schedule = Schedule.objects.create(
        user=owner, reports=["monthly"], name="All", rhythm="daily", at=time(7, 30),
        parameters={"zz": [1, 2.5], "a": {"country": ["DE"], "none": None}},
    )  # fmt: skip
    schedule.recipients.add(owner)
    sending = Sending.objects.create(schedule=schedule)
    Email.objects.create(sending=sending, user=owner)
    run = Import.objects.create(name="a.csv", sha256="0" * 64, size=7, file="ab" * 16, user=owner)
    Reject.objects.create(run=run, record=1, column="x", code="bad", reason="no", raw='a,"b"\n\\')
    return shop


def saved(tmp_path, name="books.zip"):
    file = tmp_path / name
    call_command("backup", file, stdout=io.StringIO())
    return file


def restore(file, **more):
    out = io.StringIO()
    call_command("restore", file, stdout=out, **more)
    return out.getvalue()


def everything():
    return {
        model._meta.label: [row for page in tables.read(model) for row in page]
        for model in tables.tables()
    }


def wipe():
    call_command("flush", interactive=False, verbosity=0)


def test_what_was_lost_is_there_again(shop, tmp_path, settings):
    upload = settings.MEDIA_ROOT / "imports" / ("ab" * 16)
    upload.parent.mkdir(parents=True)
    upload.write_bytes(b"a,b\n\0\xff")
    before = everything()
    file = saved(tmp_path)
    wipe()
    upload.unlink()
    said = restore(file)
    total = sum(Order.objects.values_list("total", flat=True))
    assert f"2 documents of {total} together, 1 uploads." in said
    waiting = before.pop("exports.Email"), before.pop("exports.Schedule")
    after = everything()
    assert len(after.pop("exports.Email")) == len(waiting[0]) == 1
    assert len(after.pop("exports.Schedule")) == len(waiting[1]) == 1
    assert after == before
    assert upload.read_bytes() == b"a,b\n\0\xff"
    assert stock_differences() == []
    owner = get_user_model().objects.get(email="ada@example.com")
    assert owner.check_password("a long password")


def test_the_ledger_is_made_of_the_restored_books(shop, tmp_path):
    file = saved(tmp_path)
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


def test_a_builder_that_read_the_old_books_is_too_late(shop, tmp_path):
    file = saved(tmp_path)
    old = build.current(max_age=0)
    restore(file, replace=True)
    assert build.commit(old, old.files, []) is None


def test_what_comes_next_gets_ids_that_nothing_ever_had(shop, tmp_path):
    mug = Product.objects.get(sku="mug")
    gone = shop.sell((mug, 1))
    pk = gone.pk
    discard(gone)  # its movements stay, and name it
    file = saved(tmp_path)
    wipe()
    restore(file)
    buyer, mug = Customer.objects.get(code="anna"), Product.objects.get(sku="mug")
    assert shop.sell((mug, 1), customer=buyer).pk > pk
    assert stock_differences() == []


def test_filled_books_are_only_replaced_when_that_is_said(shop, tmp_path):
    file = saved(tmp_path)
    shop.product("spoon")
    with pytest.raises(CommandError, match=r"not empty.*3 products.*--replace"):
        restore(file)
    assert Product.objects.filter(sku="spoon").exists()
    restore(file, replace=True)
    assert sorted(Product.objects.values_list("sku", flat=True)) == ["MUG", "mug"]


def test_nobody_stays_signed_in_and_no_letter_goes_twice(shop, tmp_path, client):
    owner = get_user_model().objects.get(email="ada@example.com")
    client.force_login(owner, backend="accounts.backends.EmailOrUsername")
    Schedule.objects.update(next_at="2020-01-01T00:00Z")
    file = saved(tmp_path)
    restore(file, replace=True)
    assert not Session.objects.exists()
    assert Email.objects.get().state == "unknown"
    assert Schedule.objects.get().next_at.year > 2020


def test_no_secret_is_saved(shop, tmp_path, monkeypatch, settings):
    monkeypatch.setenv("DATABASE_PASSWORD", "open sesame")
    monkeypatch.setenv("CACHE_URL", "redis://:sesame@cache:6379/0")
    monkeypatch.setenv("SITE_URL", "https://shop.example.com")
    with zipfile.ZipFile(saved(tmp_path)) as pack:
        written = pack.read("settings.env").decode()
        everything = b"".join(pack.read(name) for name in pack.namelist())
    assert "SITE_URL=https://shop.example.com\n" in written
    assert "CACHE_URL=redis://cache:6379/0\n" in written
    assert b"sesame" not in everything
    assert settings.SECRET_KEY.encode() not in everything


def test_only_its_maker_may_read_it_and_it_is_there_whole_or_not_at_all(
    shop, tmp_path, monkeypatch
):
    file = saved(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    monkeypatch.setattr(tables, "line", lambda row: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        saved(tmp_path)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["books.zip"]


def damaged(file, how):
    content = file.read_bytes()
    if how == "cut off":
        file.write_bytes(content[: len(content) // 2])
    elif how == "empty":
        file.write_bytes(b"")
    elif how == "no zip":
        file.write_bytes(b"sku,price\nmug,1\n" * 100)
    elif how == "a bit fell":
        place = content.index(b"tables/orders.Order.jsonl") + 60
        file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    else:
        rewritten(file, how)


DAMAGES = {
    "manifest a list": lambda told: [told],
    "no parts": lambda told: {**told, "parts": None},
    "parts a list": lambda told: {**told, "parts": list(told["parts"])},
    "a part without its sum": lambda told: {**told, "parts": {name: {} for name in told["parts"]}},
    "no meaning": lambda told: {**told, "meaning": None},
    "migrations a list": lambda told: {**told, "migrations": []},
    "no tables": lambda told: {n: v for n, v in told.items() if n != "tables"},
    "a table without rows": lambda told: {**told, "tables": {name: {} for name in told["tables"]}},
    "a last id in words": lambda told: {
        **told, "tables": {n: t | {"last_id": "7"} for n, t in told["tables"].items()},
    },
}  # fmt: skip


def rewritten(file, how):
    with zipfile.ZipFile(file) as pack:
        parts = {name: pack.read(name) for name in pack.namelist()}
    told = json.loads(parts[MANIFEST])
    if how == "another zip":
        parts = {"word/document.xml": b"<w/>"}
    elif how == "a row less":
        name = "tables/orders.OrderItem.jsonl"
        parts[name] = parts[name].partition(b"\n")[2]
    elif how == "a part less":
        del parts["tables/orders.OrderItem.jsonl"]
    elif how == "another form":
        told["form"] = 99
    elif how == "another currency":
        told["meaning"]["BASE_CURRENCY"] = "CHF"
    elif how in DAMAGES:
        told = DAMAGES[how](told)
    elif how == "another version":
        told["migrations"]["orders"].append("0099_future")
    if how != "another zip":
        parts[MANIFEST] = json.dumps(told).encode()
    with zipfile.ZipFile(file, "w") as pack:
        for name, content in parts.items():
            pack.writestr(name, content)


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("cut off", "cut off or damaged"),
        ("empty", "no backup of Ledgerlight"),
        ("no zip", "no backup of Ledgerlight"),
        ("another zip", "no backup of Ledgerlight"),
        ("a bit fell", "damaged"),
        ("a row less", "orders.OrderItem.jsonl is not as it was written"),
        ("a part less", "Other parts"),
        ("another form", "another form"),
        ("another currency", "BASE_CURRENCY was CHF and is EUR here"),
        ("manifest a list", "no backup of Ledgerlight"),
        *((how, "Its manifest is damaged") for how in list(DAMAGES)[1:]),
        ("another version", "orders ends with 0099_future, here with 0"),
    ],
)
def test_what_is_not_whole_or_not_ours_is_refused(shop, tmp_path, how, why):
    file = saved(tmp_path)
    damaged(file, how)
    before = everything()
    with pytest.raises(CommandError, match=f"{why}.*Nothing was changed"):
        restore(file, replace=True)
    assert everything() == before


def test_what_breaks_on_the_way_in_leaves_the_books_as_they_were(
    shop, tmp_path, monkeypatch, settings
):
    (settings.MEDIA_ROOT / "imports").mkdir(parents=True)
    upload = settings.MEDIA_ROOT / "imports" / ("ab" * 16)
    upload.write_bytes(b"a")
    file = saved(tmp_path)
    upload.unlink()
    before = everything()
    way_in = tables.way_in
    monkeypatch.setattr(
        tables, "way_in",
        lambda field: (lambda _: None) if field.name == "unit_price" else way_in(field),
    )  # fmt: skip
    with pytest.raises(CommandError, match="Nothing was changed"):
        restore(file, replace=True)
    assert everything() == before
    assert not upload.exists()


def test_every_table_is_saved_or_left_out_for_a_reason():
    saved = {model._meta.label for model in tables.tables()}
    left_out = {model._meta.label for model in tables.left_out()} | {tables.STAYS}
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
    known = {model._meta.db_table for model in tables.everything()}
    assert not saved & left_out
    assert there - known == {MigrationRecorder.Migration._meta.db_table}
    assert {
        "orders.Order",
        "accounts.User",
        "accounts.User_countries",
        "catalog.Product_tags",
    } <= saved
