"""Schedules and alerts in the admin: looked at, stopped, tried out."""

from datetime import time

import pytest
from django.core import mail

from exports import clock
from exports.models import Alert, Export, Mailing, Sending

pytestmark = pytest.mark.django_db
PAGES = ("export", "mailing", "alert", "sending")


@pytest.fixture
def theirs(visitor):
    """What an analyst has: a file, a schedule that went once, an alert."""
    anna = visitor("analyst")
    type(anna.user).objects.update(email_verified=True)
    mine = {"user": anna.user, "reports": ["revenue/tax"]}
    export = Export.objects.create(**mine, state="done")
    mailing = Mailing.objects.create(**mine, name="Taxes due", rhythm="daily", at=time(8))
    alert = Alert.objects.create(user=anna.user, name="Scarce things", about="low-stock")
    sending = clock.test(mailing)
    return anna, dict(zip(PAGES, (export, mailing, alert, sending), strict=True))


def test_owners_and_admins_see_it_and_others_do_not(theirs, visitor):
    anna, rows = theirs
    admin, ben = visitor("admin"), visitor("operator")
    for name, row in rows.items():
        path = f"/admin/exports/{name}/"
        for somebody in (anna, admin):
            assert str(row) in somebody.opens(path).content.decode(), path
            somebody.opens(f"{path}{row.pk}/change/")
        assert str(row) not in ben.opens(path).content.decode(), path
        ben.opens(f"{path}{row.pk}/change/", status=302)


def test_a_schedule_is_stopped_and_tried_out(theirs, visitor):
    anna, rows = theirs
    path, chosen = "/admin/exports/mailing/", {"_selected_action": rows["mailing"].pk}
    admin = visitor("admin")
    admin.sends(path, action="stop", **chosen)
    assert not Mailing.objects.get().is_active
    admin.sends(path, action="start", **chosen)
    assert Mailing.objects.get().is_active
    admin.sends(path, action="test", **chosen)
    assert Sending.objects.count() == 2
    clock.tick()
    assert [letter.to for letter in mail.outbox] == [[anna.user.email]] * 2
