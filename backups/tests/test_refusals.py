"""A backup that is damaged or does not fit is refused before anything changes."""

import json
import zipfile

import pytest
from django.core.management import CommandError

from backups import tables
from backups.archive import MANIFEST
from backups.tests.commands import all_tables, make_backup, restore

pytestmark = pytest.mark.django_db(transaction=True)


def damage(file, how):
    content = file.read_bytes()
    if how == "cut off":
        file.write_bytes(content[: len(content) // 2])
    elif how == "empty":
        file.write_bytes(b"")
    elif how == "no zip":
        file.write_bytes(b"sku,price\nmug,1\n" * 100)
    elif how == "a flipped bit":
        position = content.index(b"tables/orders.Order.jsonl") + 60
        file.write_bytes(
            content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]
        )
    else:
        rewrite(file, how)


DAMAGES = {
    "manifest a list": lambda manifest: [manifest],
    "no parts": lambda manifest: {**manifest, "parts": None},
    "parts a list": lambda manifest: {**manifest, "parts": list(manifest["parts"])},
    "a part without checksum": lambda manifest: {
        **manifest, "parts": {name: {} for name in manifest["parts"]},
    },
    "no settings": lambda manifest: {**manifest, "meaning": None},
    "migrations a list": lambda manifest: {**manifest, "migrations": []},
    "no tables": lambda manifest: {n: v for n, v in manifest.items() if n != "tables"},
    "a table without rows": lambda manifest: {
        **manifest, "tables": {name: {} for name in manifest["tables"]},
    },
    "a last id as text": lambda manifest: {
        **manifest, "tables": {n: t | {"last_id": "7"} for n, t in manifest["tables"].items()},
    },
}  # fmt: skip


def rewrite(file, how):
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(parts[MANIFEST])
    if how == "another zip":
        parts = {"word/document.xml": b"<w/>"}
    elif how == "a missing row":
        name = "tables/orders.OrderItem.jsonl"
        parts[name] = parts[name].partition(b"\n")[2]
    elif how == "a missing part":
        del parts["tables/orders.OrderItem.jsonl"]
    elif how == "another format":
        manifest["form"] = 99
    elif how == "another currency":
        manifest["meaning"]["BASE_CURRENCY"] = "CHF"
    elif how in DAMAGES:
        manifest = DAMAGES[how](manifest)
    elif how == "another version":
        manifest["migrations"]["orders"].append("0099_future")
    if how != "another zip":
        parts[MANIFEST] = json.dumps(manifest).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("cut off", "cut off or damaged"),
        ("empty", "not a Ledgerlight backup"),
        ("no zip", "not a Ledgerlight backup"),
        ("another zip", "not a Ledgerlight backup"),
        ("a flipped bit", "damaged"),
        ("a missing row", "orders.OrderItem.jsonl does not match its checksum"),
        ("a missing part", "not hold exactly the parts"),
        ("another format", "has format Ledgerlight 99"),
        ("another currency", "BASE_CURRENCY was CHF in the backup and is EUR here"),
        ("manifest a list", "not a Ledgerlight backup"),
        *((how, "The manifest of the backup is damaged") for how in list(DAMAGES)[1:]),
        ("another version", "orders ends with 0099_future, here with 0"),
    ],
)
def test_an_invalid_or_unsuitable_backup_is_refused(shop, tmp_path, how, why):
    file = make_backup(tmp_path)
    damage(file, how)
    before = all_tables()
    with pytest.raises(CommandError, match=f"{why}.*Nothing was changed"):
        restore(file, replace=True)
    assert all_tables() == before


def test_a_restore_that_fails_changes_nothing(shop, tmp_path, monkeypatch, settings):
    (settings.MEDIA_ROOT / "imports").mkdir(parents=True)
    upload = settings.MEDIA_ROOT / "imports" / ("ab" * 16)
    upload.write_bytes(b"a")
    file = make_backup(tmp_path)
    upload.unlink()
    before = all_tables()
    field_converter = tables.field_converter
    monkeypatch.setattr(
        tables, "field_converter",
        lambda field: (lambda _: None) if field.name == "unit_price" else field_converter(field),
    )  # fmt: skip
    with pytest.raises(CommandError, match="Nothing was changed"):
        restore(file, replace=True)
    assert all_tables() == before
    assert not upload.exists()
