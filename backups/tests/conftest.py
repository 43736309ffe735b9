from datetime import time
from decimal import Decimal as D

import pytest
from django.contrib.auth import get_user_model

from catalog.models import Category, Tag
from exports.models import Email, Schedule, Sending
from imports.models import Import, Reject
from orders.tests.shop import Shop


@pytest.fixture(autouse=True)
def _separate_uploads(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def shop():
    """A bit of everything, with values that databases tend to treat differently."""
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
