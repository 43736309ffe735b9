"""Schedules and alerts in the admin: looked at, stopped, tried out."""

from datetime import time

import pytest
from django.core import mail

from exports import scheduler
from exports.models import Alert, Export, Schedule, Sending

pytestmark = pytest.mark.django_db
PAGES = ("export", "schedule", "alert", "sending")


@pytest.fixture
def theirs(visitor):
    """What an analyst has: a file, a schedule that went once, an alert."""
    anna = visitor("analyst")
    type(anna.user).objects.update(email_verified=True)
    mine = {"user": anna.user, "reports": ["revenue/tax"]}
    export = Export.objects.create(**mine, state="done")
    schedule = Schedule.objects.create(**mine, name="Taxes due", rhythm="daily", at=time(8))
    alert = Alert.objects.create(user=anna.user, name="Scarce things", about="low-stock")
    sending = scheduler.send_test(schedule)
    return anna, dict(zip(PAGES, (export, schedule, alert, sending), strict=True))


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
    path, chosen = "/admin/exports/schedule/", {"_selected_action": rows["schedule"].pk}
    admin = visitor("admin")
    admin.sends(path, action="stop", **chosen)
    assert not Schedule.objects.get().is_active
    admin.sends(path, action="start", **chosen)
    assert Schedule.objects.get().is_active
    admin.sends(path, action="test", **chosen)
    assert Sending.objects.count() == 2
    scheduler.tick()
    assert [email.to for email in mail.outbox] == [[anna.user.email]] * 2


def test_the_workers_own_schedules_are_not_those_of_reports(visitor):
    """django_q's model Schedule names the function that it calls: no role writes one."""
    for role in ("admin", "analyst", "manager", "operator"):
        visitor(role).opens("/admin/django_q/schedule/add/", status=403)
