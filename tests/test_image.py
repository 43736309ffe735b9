"""What docker builds and compose starts: pages open, and all services share one ledger."""

import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.db import connection

from accounts.models import User
from accounts.roles import Role

ROOT = settings.BASE_DIR
OPEN_A_REPORT = """
import django
django.setup()
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils.module_loading import import_string
client = Client(headers={"host": "127.0.0.1"})
backend = "accounts.backends.EmailOrUsername"
client.force_login(get_user_model().objects.get(), backend=backend)
page = client.get("/reports/revenue/monthly/")
print(page.status_code, *[part for part in page.content.decode().split('"') if "vega" in part][-1:])
"""


def ignored(path: str) -> bool:
    """Whether .dockerignore keeps it, or a folder above it, out of the build."""
    patterns = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line]
    names = [line.removeprefix("**/") for line in patterns if not line.startswith("#")]
    parts = path.split("/")
    above = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    return any(fnmatch(one, name) for one in above for name in names) or any(
        fnmatch(part, name) for part in parts for name in names if f"**/{name}" in patterns
    )


def copy_build_context(to: Path) -> None:
    def left_out(folder, names):
        inside = Path(folder).relative_to(ROOT)
        return [name for name in names if ignored((inside / name).as_posix())]

    shutil.copytree(ROOT, to, ignore=left_out)


def last_stage_commands() -> list[str]:
    """What the Dockerfile runs in the folder of the program, after the program is copied there."""
    copied = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").split("\nCOPY . .\n")[1]
    commands = [
        c.strip() for run in re.findall(r"^RUN (.*)$", copied, re.M) for c in run.split("&&")
    ]
    return [command for command in commands if not command.startswith("chown")]  # needs root


@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_a_report_page_opens_from_what_the_image_holds(tmp_path):
    image, books = tmp_path / "app", tmp_path / "books.sqlite3"
    copy_build_context(image)
    assert not {"tests", ".env", ".git", "docs"} & {path.name for path in image.rglob("*")}
    User.objects.create_user("me@example.com", role=Role.ADMIN)
    with connection.cursor() as cursor:
        cursor.execute("vacuum into %s", [str(books)])
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "SECRET_KEY": "of-a-test-that-builds-the-image-0123456789-abcdefghij",
        "DATABASE_ENGINE": "django.db.backends.sqlite3",
        "DATABASE_NAME": str(books),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "ERROR",
    }
    for command in [*last_stage_commands(), f"python - <<'END'\n{OPEN_A_REPORT}\nEND"]:
        done = subprocess.run(
            ["bash", "-c", command], cwd=image, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"200 /static/vega\.[0-9a-f]{12}\.js\n", done.stdout), done.stdout


def test_everything_that_web_and_worker_write_lies_in_volumes_that_they_share():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    ours = {name: one for name, one in services.items() if one.get("image") == "ledgerlight"}
    assert {"web", "worker"} <= ours.keys()
    mounts = [{v.split(":")[1]: v.split(":")[0] for v in one["volumes"]} for one in ours.values()]
    assert mounts == [mounts[0]] * len(ours)
    written = [settings.MEDIA_ROOT, settings.VAR_DIR / "ledger"]
    assert {f"/app/{path.relative_to(ROOT)}" for path in written} <= mounts[0].keys()


def test_each_queue_has_a_worker():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"].values()
    workers = [" ".join(one["command"]) for one in services if "qcluster" in one.get("command", ())]
    names = [re.findall(r"Q_CLUSTER_NAME=(\w+)", command) for command in workers]
    served = re.findall(
        r'"qcluster"(?:, Q_CLUSTER_NAME="(\w+)")?\)', (ROOT / "bin/serve").read_text()
    )
    queues = ["", *settings.Q_CLUSTER["ALT_CLUSTERS"]]
    assert (["".join(name) for name in names], served) == (queues, queues)
