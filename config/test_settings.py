"""Settings for tests only; pyproject.toml selects them for pytest."""

import os

# An environment variable, so that processes started by tests have it too. It is public.
os.environ.setdefault("SECRET_KEY", "known-to-everybody-and-only-for-tests-0123456789-0123456789")

from config.settings import *  # noqa: F403
from config.settings import PASSWORD_HASHERS, STORAGES

# Answers are as new as the books, however busy the machine is that tests run on.
LEDGER_PATIENCE = 30

# Tests run without collectstatic.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

# A hash of the real strength takes 0.3 s of processor time; a test signs in several times.
PASSWORD_HASHERS = ["accounts.tests.hashing.QuickArgon2", *PASSWORD_HASHERS]
