"""Mailings are called schedules, letters e-mails, and what is amiss the active issues.

The tables keep their names: a model that has its table by name is renamed without a copy. Constraints
that name a renamed column are dropped before and added after: MariaDB renames no column that a check
reads, and Django's state does not carry constraints along.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exports", "0002_words_of_seen_countries")]

    operations = [
        migrations.RemoveConstraint("sending", "sending_of_a_mailing_or_an_alert"),
        migrations.RemoveConstraint("sending", "mailing_goes_once_a_time"),
        migrations.AlterModelTable("mailing", "exports_mailing"),
        migrations.AlterModelTable("letter", "exports_letter"),
        migrations.RenameModel("Mailing", "Schedule"),
        migrations.RenameModel("Letter", "Email"),
        migrations.RenameField("sending", "mailing", "schedule"),
        migrations.RenameField("alert", "amiss", "active_issues"),
        migrations.AlterField(
            "email",
            "sending",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="emails",
                to="exports.sending",
            ),
        ),
        migrations.AddConstraint(
            "sending",
            models.CheckConstraint(
                condition=models.Q(
                    ("schedule__isnull", True), ("alert__isnull", True), _connector="OR"
                ),
                name="sending_of_a_schedule_or_an_alert",
            ),
        ),
        migrations.AddConstraint(
            "sending",
            models.UniqueConstraint(
                fields=("schedule", "due_at", "is_test"), name="schedule_goes_once_a_time"
            ),
        ),
    ]
