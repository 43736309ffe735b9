"""Settings for tests only; pyproject.toml selects them for pytest."""

import os

# An environment variable, so that processes started by tests have it too. It is public.
os.environ.setdefault("SECRET_KEY", "known-to-everybody-and-only-for-tests-0123456789-0123456789")

from config.settings import *  # noqa: F403
from config.settings import STORAGES

# Tests run without collectstatic.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
