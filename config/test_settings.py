"""The settings of tests: pytest runs with them (pyproject.toml), and nothing else does."""

import os

# Also for the processes that tests start. It is known to everybody, so it protects nothing.
os.environ.setdefault("SECRET_KEY", "known-to-everybody-and-only-for-tests-0123456789-0123456789")

from config.settings import *  # noqa: F403
from config.settings import STORAGES

# Nothing was collected before a test.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
