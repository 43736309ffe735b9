"""Rows written before mailings were called schedules are all there afterwards."""

from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from accounts.models import User
from exports.models import Alert, Email, Schedule, Sending

pytestmark = [pytest.mark.django_db(transaction=True)]
BEFORE = [("exports", "0002_words_of_seen_countries")]
DUE = datetime(2026, 3, 9, 8, tzinfo=UTC)


@pytest.fixture
def earlier():
    """The models as they were, on tables as they were; afterwards the tables are today's again."""
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE)
    yield executor.loader.project_state(BEFORE).apps
    migrate()


def migrate() -> None:
    call_command("migrate", "exports", interactive=False, verbosity=0)


def write_rows(models, owner, reader) -> None:
    """A mailing and an alert as the earlier version wrote them, each sent once."""

    def create(model, **values):
        return models.get_model("exports", model).objects.create(**values)

    mailing = create(
        "Mailing", user_id=owner.pk, name="Sales", reports=["products/sold"], rhythm="weekly",
        weekday=1, at="08:00", period="7", parameters={"country": ["DE"]}, next_at=DUE,
    )  # fmt: skip
    alert = create("Alert", user_id=owner.pk, name="Low", about="low-stock", amiss={"1": "2 left"})
    for row in (mailing, alert):
        row.recipients.set([owner.pk, reader.pk])
    for number, source in enumerate(({"mailing": mailing}, {"alert": alert})):
        sending = create("Sending", **source, due_at=DUE, state="done", words="w" * number)
        create("Letter", sending=sending, user_id=reader.pk, state="sent")


def test_rows_of_mailings_and_letters_are_those_of_schedules_and_emails(earlier):
    owner, reader = (User.objects.create_user(f"{name}@example.com") for name in "ab")
    write_rows(earlier, owner, reader)
    migrate()
    schedule, alert = Schedule.objects.get(), Alert.objects.get()
    assert (schedule.name, schedule.weekday, schedule.next_at) == ("Sales", 1, DUE)
    assert schedule.parameters == {"country": ["DE"]}
    assert alert.active_issues == {"1": "2 left"}
    assert {*schedule.recipients.all()} == {*alert.recipients.all()} == {owner, reader}
    sent = [(s.schedule, s.alert, s.due_at, s.words) for s in Sending.objects.order_by("pk")]
    assert sent == [(schedule, None, DUE, ""), (None, alert, DUE, "w")]
    assert list(Email.objects.values_list("user", "state", "sending__alert")) == [
        (reader.pk, "sent", None), (reader.pk, "sent", alert.pk),
    ]  # fmt: skip


def test_the_constraints_hold_on_the_renamed_columns(earlier):
    owner = User.objects.create_user("a@example.com")
    write_rows(earlier, owner, owner)
    migrate()
    schedule, alert = Schedule.objects.get(), Alert.objects.get()
    for wrong in ({"schedule": schedule, "due_at": DUE}, {"schedule": schedule, "alert": alert}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Sending.objects.create(**wrong)
    schedule.delete()
    assert Email.objects.get().sending.alert == alert
