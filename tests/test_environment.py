"""Settings as people write them, and those that only tests have."""

import os
import shutil
import subprocess
import sys

import pytest
from django.conf import settings

from core.environment import EnvFile

pytestmark = pytest.mark.once

WRITTEN = """
# a comment = no setting
DATABASE_ENGINE=django.db.backends.mysql  # or sqlite3
DATABASE_NAME = shop # the name
DATABASE_PASSWORD="se cret # 1"   # quoted
DATABASE_HOST='127.0.0.1'
DATABASE_PORT=3306 #tcp
DATABASE_USER= # nobody yet
SECRET_KEY=#k(y&with=several#signs
OTHER_KEY= #begins-with-one
EMPTY=
"""


def test_a_comment_may_stand_on_the_line_of_a_value(tmp_path):
    (tmp_path / ".env").write_text(WRITTEN)
    assert EnvFile(tmp_path / ".env").data == {
        "DATABASE_ENGINE": "django.db.backends.mysql",
        "DATABASE_NAME": "shop",
        "DATABASE_PASSWORD": "se cret # 1",
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_PORT": "3306",
        "DATABASE_USER": "",
        "SECRET_KEY": "#k(y&with=several#signs",
        "OTHER_KEY": "#begins-with-one",
        "EMPTY": "",
    }


def settings_in(folder, code, **environment):
    """What a program prints that loads the settings where there is no .env, beside pytest."""
    for package in ("config", "core"):
        shutil.copytree(settings.BASE_DIR / package, folder / package)
    script = [sys.executable, "-c", f"import pytest; {code}"]
    clean = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(script, cwd=folder, env=clean, capture_output=True, text=True)


def test_pytest_in_a_process_does_not_make_its_key_known(tmp_path):
    done = settings_in(tmp_path, "from config import settings; print(settings.SECRET_KEY)")
    assert done.returncode == 1
    assert "ImproperlyConfigured: SECRET_KEY" in done.stderr


def test_pytest_in_a_process_does_not_change_its_static_files(tmp_path):
    code = "from config import settings as s; print(s.STORAGES['staticfiles']['BACKEND'])"
    done = settings_in(tmp_path, code, SECRET_KEY="0123456789" * 6)
    assert done.stdout == "whitenoise.storage.CompressedManifestStaticFilesStorage\n"


def test_the_settings_of_tests_need_no_env_file(tmp_path):
    code = "from config import test_settings as s; print(s.STORAGES['staticfiles']['BACKEND'])"
    done = settings_in(tmp_path, code)
    assert done.stdout == "django.contrib.staticfiles.storage.StaticFilesStorage\n", done.stderr
    assert os.environ["DJANGO_SETTINGS_MODULE"] == "config.test_settings"
