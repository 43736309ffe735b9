"""The health page knows by names whether the database is of this version of the program."""

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from core.health import all_migrations, migrations_state


def test_it_finds_the_migrations_that_django_finds():
    assert all_migrations() == {*MigrationLoader(None).disk_migrations}


@pytest.mark.django_db
def test_one_that_did_not_run_is_missing():
    assert migrations_state() == "ok"
    MigrationRecorder(connection).record_unapplied("ledger", "0001_initial")
    assert migrations_state() == "missing"
