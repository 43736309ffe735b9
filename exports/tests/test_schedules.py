"""Files that go out by e-mail: at their time, once, with what their owner may see then."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from exports import mailer, recurrence, scheduler, unsubscribing
from exports.models import Email, Schedule, Sending
from exports.tests.books import opened, rows

pytestmark = pytest.mark.django_db
NOW = "2026-04-06 06:00:30"  # a Monday; 08:00 is in two hours


@pytest.fixture(autouse=True)
def _now(time_machine):
    time_machine.move_to(datetime.fromisoformat(NOW).replace(tzinfo=UTC), tick=False)


@pytest.fixture
def client(signed_in):
    return member(signed_in, "analyst")


def member(signed_in, role, *countries):
    client = signed_in(role, *countries)
    type(client.user).objects.filter(pk=client.user.pk).update(email_verified=True)
    return client


def create_schedule(client, *people, status=201, **more) -> dict:
    body = {
        "name": "Sales", "reports": ["products/sold"], "rhythm": "daily", "at": "08:00",
        "recipients": [person.user.email for person in people or [client]], **more,
    }  # fmt: skip
    answer = client.post("/api/schedules/", body)
    assert answer.status_code == status, answer.json()
    return answer.json()


def at(time_machine, text: str) -> None:
    time_machine.move_to(datetime.fromisoformat(text).replace(tzinfo=UTC), tick=False)
    scheduler.tick()


def outcome() -> list[tuple]:
    return [
        (f"{sending.due_at:%m-%d %H:%M}", sending.state, sending.error,
         [email.state for email in sending.emails.all()])
        for sending in Sending.objects.order_by("pk")
    ]  # fmt: skip


def test_it_goes_at_its_time_with_the_file_and_then_the_next_day(client, march, time_machine):
    schedule = create_schedule(client, period="90", subject="Sales of the quarter")
    assert schedule["next_at"] == "2026-04-06T08:00:00Z"
    at(time_machine, "2026-04-06 07:59")
    assert mail.outbox == []
    at(time_machine, "2026-04-06 08:00")
    at(time_machine, "2026-04-06 08:01")
    (email,) = mail.outbox
    assert (email.to, email.subject) == ([client.user.email], "Sales of the quarter")
    (name, content, kind) = email.attachments[0]
    assert (name, kind.rpartition(".")[2]) == ("products-sold-2026-01-07-2026-04-06.xlsx", "sheet")
    assert rows(opened(content), "Products sold")[-1][9] == 135
    at(time_machine, "2026-04-07 08:00")
    assert len(mail.outbox) == 2
    assert outcome() == [
        ("04-06 08:00", "done", "", ["sent"]),
        ("04-07 08:00", "done", "", ["sent"]),
    ]


def test_the_monthly_report_is_of_the_month_before(client, march, time_machine):
    create_schedule(
        client, reports=["monthly"], rhythm="monthly", day=31, parameters={"country": "FR"}
    )
    at(time_machine, "2026-04-30 08:00")
    name, content, _ = mail.outbox[0].attachments[0]
    assert name == "sales-2026-03.xlsx"
    assert [row[1] for row in rows(opened(content), "Products")[1:-1]] == ["mug"]


def test_times_that_were_missed_count_as_one(client, march, time_machine):
    create_schedule(client)
    at(time_machine, "2026-04-09 21:00")
    at(time_machine, "2026-04-09 21:01")
    assert outcome() == [("04-09 08:00", "done", "", ["sent"])]
    assert Schedule.objects.get().next_at == datetime(2026, 4, 10, 8, tzinfo=UTC)


def test_two_workers_at_once_send_one_letter(client, march, time_machine):
    create_schedule(client)
    time_machine.move_to(datetime(2026, 4, 6, 8, tzinfo=UTC), tick=False)
    one, other = Schedule.objects.get(), Schedule.objects.get()
    now = datetime(2026, 4, 6, 8, tzinfo=UTC)
    assert scheduler.start_sending(one, now) is not None
    assert scheduler.start_sending(other, now) is None
    sending = Sending.objects.get()
    mailer.send_emails(sending)
    mailer.send_emails(sending)
    assert len(mail.outbox) == 1


def test_it_shows_what_the_owner_may_see_when_it_goes(signed_in, march, time_machine):
    manager = member(signed_in, "manager", march.germany, march.france)
    create_schedule(manager, reports=["products/sold"])
    manager.user.countries.set([march.france])
    at(time_machine, "2026-04-06 08:00")
    content = mail.outbox[0].attachments[0][1]
    assert [row[1] for row in rows(opened(content), "Products sold")[1:-1]] == ["mug"]


def test_an_owner_who_may_not_any_more_sends_nothing(signed_in, march, time_machine):
    manager, anna = member(signed_in, "manager", march.germany), member(signed_in, "analyst")
    create_schedule(manager, anna, reports=["customers/top"])
    type(manager.user).objects.filter(pk=manager.user.pk).update(role="operator")
    at(time_machine, "2026-04-06 08:00")
    assert mail.outbox == []
    reason = "reports: Your role may not open 'customers/top'."
    assert outcome() == [("04-06 08:00", "failed", reason, ["failed"])]


# Nothing is lost, and nothing goes twice


def test_a_worker_killed_before_a_letter_loses_none(client, signed_in, march, time_machine):
    create_schedule(client, client, member(signed_in, "admin"))
    now = datetime(2026, 4, 6, 8, tzinfo=UTC)
    time_machine.move_to(now, tick=False)
    scheduler.start_sending(Schedule.objects.get(), now)  # and is killed here
    at(time_machine, "2026-04-06 08:01")
    assert len(mail.outbox) == 2
    assert outcome() == [("04-06 08:00", "done", "", ["sent", "sent"])]


def test_a_worker_killed_while_a_letter_goes_doubles_none(
    client, signed_in, march, time_machine, monkeypatch
):
    create_schedule(client, client, member(signed_in, "admin"))
    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", killed)
        with pytest.raises(KeyboardInterrupt):
            at(time_machine, "2026-04-06 08:00")
    at(time_machine, "2026-04-06 08:01")
    assert outcome() == [("04-06 08:00", "open", "", ["going", "sent"])]
    at(time_machine, "2026-04-06 09:02")
    assert len(mail.outbox) == 1
    assert outcome() == [
        ("04-06 08:00", "failed", "Failed or not confirmed: 1 of 2 emails.", ["unknown", "sent"])
    ]


def killed(backend, messages):
    raise KeyboardInterrupt


def test_a_mail_server_that_is_away_is_waited_for(client, march, time_machine, monkeypatch):
    create_schedule(client, rhythm="monthly", day=6)
    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "open", away, raising=False)
        at(time_machine, "2026-04-06 08:00")
    assert outcome() == [("04-06 08:00", "open", "", ["waiting"])]
    at(time_machine, "2026-04-06 08:20")
    assert outcome() == [("04-06 08:00", "done", "", ["sent"])]


def test_a_mail_server_that_stays_away_is_not_waited_for_for_ever(
    client, march, time_machine, monkeypatch
):
    create_schedule(client, rhythm="monthly", day=6)
    monkeypatch.setattr(EmailBackend, "open", away, raising=False)
    at(time_machine, "2026-04-06 08:00")
    at(time_machine, "2026-04-07 08:02")
    reason = "The mail server could not be reached for a day."
    assert outcome() == [("04-06 08:00", "failed", reason, ["failed"])]


def away(backend):
    raise SMTPServerDisconnected("not there")


# Who wants no more of them


def test_whoever_leaves_gets_no_more_and_looking_changes_nothing(client, march, time_machine):
    create_schedule(client)
    at(time_machine, "2026-04-06 08:00")
    (email,) = mail.outbox
    link = email.extra_headers["List-Unsubscribe"].strip("<>").removeprefix("http://127.0.0.1:8000")
    assert link in email.body
    stranger = type(client)()
    assert stranger.get(link).status_code == 200
    assert Schedule.objects.get().recipients.count() == 1
    assert stranger.post(link).status_code == 200
    assert Schedule.objects.get().recipients.count() == 0
    at(time_machine, "2026-04-07 08:00")
    assert len(mail.outbox) == 1


def test_a_link_that_was_changed_takes_nobody_off(client, march):
    schedule = create_schedule(client)
    stranger = type(client)()
    assert (
        stranger.post(f"/exports/leave/schedule-{schedule['id']}-{client.user.pk}:x/").status_code
        == 404
    )
    assert Schedule.objects.get().recipients.count() == 1


def test_the_link_of_an_earlier_version_takes_off_the_schedule(client, march):
    pk = create_schedule(client)["id"]
    token = unsubscribing.signer.sign(f"mailing-{pk}-{client.user.pk}")
    assert type(client)().post(f"/exports/leave/{token}/").status_code == 200
    assert Schedule.objects.get().recipients.count() == 0


def test_who_left_the_platform_meanwhile_gets_nothing(client, signed_in, march, time_machine):
    gone = member(signed_in, "analyst")
    create_schedule(client, client, gone)
    type(gone.user).objects.filter(pk=gone.user.pk).update(is_active=False)
    at(time_machine, "2026-04-06 08:00")
    assert outcome() == [("04-06 08:00", "done", "", ["sent", "dropped"])]


def test_a_test_goes_to_the_owner_only_and_changes_no_time(client, signed_in, march):
    schedule = create_schedule(client, client, member(signed_in, "admin"))
    assert client.post(f"/api/schedules/{schedule['id']}/test/").status_code == 200
    scheduler.tick()
    (email,) = mail.outbox
    assert (email.to, email.subject) == ([client.user.email], "Test: Sales")
    assert Schedule.objects.get().next_at == datetime(2026, 4, 6, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("more", "field", "reason"),
    [
        ({"rhythm": "weekly"}, "weekday", "Required for a weekly schedule."),
        ({"day": 3}, "day", "Leave it out of a daily schedule."),
        ({"recipients": ["x@example.com"]}, "recipients",
         "No active user has the address x@example.com."),
        ({"reports": ["no/such"]}, "reports", "'no/such' is not a report."),
        ({"reports": ["monthly"], "period": "7"}, "period",
         "The monthly sales report always covers the previous month."),
        ({"period": "7", "parameters": {"start": "2026-01-01"}}, "period",
         "Choose a period or dates, not both."),
        ({"at": "25:00"}, "at",
         "Time has wrong format. Use one of these formats instead: hh:mm[:ss[.uuuuuu]]."),
    ],
)  # fmt: skip
def test_what_is_not_right_is_refused_by_name(client, more, field, reason):
    errors = create_schedule(client, status=400, **more)["errors"]
    assert {"field": field, "reason": reason} in errors
    assert not Schedule.objects.exists()


def test_others_do_not_see_it_and_an_admin_does(client, signed_in):
    schedule = create_schedule(client)
    address = f"/api/schedules/{schedule['id']}/"
    assert signed_in("analyst").get(address).status_code == 404
    assert signed_in("admin").get(address).json()["name"] == "Sales"
    changed = client.patch(address, {"at": "05:30"}).json()
    assert changed["next_at"] == "2026-04-07T05:30:00Z"


def test_the_pages_keep_show_test_and_end_it(visitor, march):
    anna = visitor("analyst")
    type(anna.user).objects.update(email_verified=True)
    me = anna.user.email
    page = anna.sends("/exports/schedules/", status=400, name="Sales", rhythm="weekly", at="08:00",
                      reports="products/sold", format="xlsx", recipients=me)  # fmt: skip
    assert "Required for a weekly schedule." in page.content.decode()
    anna.sends("/exports/schedules/", name="Sales", rhythm="weekly", weekday="2", at="08:00",
               reports="products/sold", format="xlsx", recipients=me)  # fmt: skip
    assert "7 Apr 2026, 08:00" in anna.opens("/exports/schedules/").content.decode()
    path = f"/exports/schedules/{Schedule.objects.get().pk}/"
    anna.sends(f"{path}test/")
    scheduler.tick()
    assert f"{me}: Sent" in anna.opens(path).content.decode()
    anna.sends(f"{path}end/")
    assert not Schedule.objects.exists()
    assert not Email.objects.exists()


# The clock


@pytest.mark.parametrize(
    ("now", "at", "day", "due"),
    [
        ("2026-03-28 01:30", "02:30", {}, "2026-03-29 01:30"),  # skipped: an hour later, 03:30
        ("2026-03-29 01:30", "02:30", {}, "2026-03-30 00:30"),
        ("2026-10-24 00:30", "02:30", {}, "2026-10-25 00:30"),  # shown twice: the first time
        ("2026-10-25 00:30", "02:30", {}, "2026-10-26 01:30"),
        ("2026-10-24 06:00", "08:00", {}, "2026-10-25 07:00"),  # 08:00 before and after
        ("2026-03-24 06:00", "00:00", {"weekday": 7}, "2026-03-28 23:00"),
        ("2026-02-01 00:00", "08:00", {"day": 31}, "2026-02-28 07:00"),
        ("2026-02-28 07:00", "08:00", {"day": 31}, "2026-03-31 06:00"),
    ],
)
def test_times_survive_the_change_of_the_clocks(settings, now, at, day, due):
    settings.TIME_ZONE = "Europe/Berlin"
    now, due = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (now, due))
    assert recurrence.next_time(now, time.fromisoformat(at), **day) == due


def test_each_day_of_a_year_has_its_time_once(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    moment, found = datetime(2026, 1, 1, tzinfo=UTC), []
    while moment < datetime(2027, 1, 1, tzinfo=UTC):
        moment = recurrence.next_time(moment, time(2, 30))
        found.append(moment)
    gaps = {later - sooner for sooner, later in pairwise(found)}
    assert len(found) == 366
    assert gaps == {timedelta(hours=hours) for hours in (23, 24, 25)}
