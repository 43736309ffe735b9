import re
import subprocess
from pathlib import Path

import pytest
from django.test import override_settings

from accounts.models import User
from accounts.roles import Role
from orders.tests.shop import Shop

README = Path(__file__).resolve().parent.parent / "README.md"


@pytest.mark.django_db(transaction=True)
@override_settings(ALLOWED_HOSTS=["*"])
def test_the_session_in_the_readme_runs_as_printed(live_server):
    Shop()  # Germany and its tax
    User.objects.create_user(
        "demo@example.com", "correct horse battery", role=Role.ADMIN, email_verified=True
    )
    (session,) = re.findall(r"```sh\n(URL=.*?)```", README.read_text(), re.DOTALL)
    done = subprocess.run(
        ["bash", "-eu", "-c", session],
        env={
            "PATH": "/usr/bin:/bin",
            "URL": live_server.url,
            "PASSWORD": "correct horse battery",
            "TOKEN": "",
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    stock, oversold, canceled, paid, back, tax, shelf, worth = done.stdout.splitlines()
    assert '"quantity":10' in stock
    assert '"Not enough stock of mug-1: 8 needed, 7 in stock."' in oversold
    assert '"status":"canceled"' in canceled
    assert '"total":"50.46"' in paid
    assert '"total":"14.88"' in back
    assert '"rates":[{"rate":"19","net":"42.40","tax":"8.06"}]' in tax
    assert '"quantity":8' in shelf
    assert '"historic":"25.00"' in worth
