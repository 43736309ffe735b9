"""A fresh clone on a database server, set up with the `.env` of the older order platform."""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from django.db import connection

from tests.browser.site import free_port
from tests.test_image import copy_build_context

pytestmark = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="`make run` is the fresh clone on SQLite"
)
ENV = """
# Django
SECRET_KEY='p)4n#7q-8x=w2$k6@v0z!c5m&e1y+r9u(t3s^b%a*dfghjk'
DEBUG=True  # False in production

# Database
DATABASE_ENGINE={ENGINE}  # or django.db.backends.postgresql
DATABASE_NAME={NAME} # create it first
DATABASE_USER={USER}
DATABASE_PASSWORD={PASSWORD}
DATABASE_HOST={HOST} #
DATABASE_PORT={PORT}
"""
PASSWORD = "seven quiet lamps"


@pytest.fixture
def clone(tmp_path, transactional_db):
    folder, name = tmp_path / "clone", f"{connection.settings_dict['NAME']}_clone"
    copy_build_context(folder)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name}")
    written = {"HOST": "127.0.0.1", "PORT": ""} | connection.settings_dict | {"NAME": name}
    (folder / ".env").write_text(ENV.format(**written))
    yield folder
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name}")


def python(folder, *arguments, start=subprocess.run, **environment):
    clean = {"PATH": os.environ["PATH"], **environment}
    return start([sys.executable, *arguments], cwd=folder, env=clean)


@contextmanager
def served(folder):
    address = f"127.0.0.1:{free_port()}"
    command = "manage.py", "runserver", "--noreload", address
    running = python(folder, *command, start=subprocess.Popen)
    try:
        for _ in range(600):
            try:
                urlopen(f"http://{address}/healthz")
                break
            except URLError:
                time.sleep(0.1)
        yield f"http://{address}/api"
    finally:
        running.terminate()
        running.wait(30)


def asked(address, body=None, token=""):
    """GET, or POST of a dictionary as JSON and of text as a form."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if isinstance(body, dict):
        headers["Content-Type"] = "application/json"
        body = json.dumps(body)
    request = Request(address, body and body.encode(), headers)  # noqa: S310 - of this test
    with urlopen(request) as answer:  # noqa: S310
        return json.load(answer)


def test_the_session_of_its_readme_runs(clone):
    assert python(clone, "manage.py", "migrate", "-v", "0").returncode == 0
    admin = {"EMAIL": "admin@example.com", "USERNAME": "admin", "PASSWORD": PASSWORD}
    named = {f"DJANGO_SUPERUSER_{name}": value for name, value in admin.items()}
    made = python(clone, "manage.py", "createsuperuser", "--noinput", **named)
    assert made.returncode == 0
    with served(clone) as api:
        form = urlencode({"username": "admin", "password": PASSWORD})
        token = asked(f"{api}/token/", form)["access"]

        def ask(path, body=None):
            return asked(f"{api}/{path}", body, token)

        (germany,) = ask("countries/?search=Germany")["results"]
        mug = ask("products/", {"sku": "mug", "name": "Mug", "price": "12.50"})["id"]
        ask("inventory/", {"product": mug, "quantity": 10})
        ada = {"code": "ada", "name": "Ada", "email": "ada@example.com", "country": germany["id"]}
        ada = ask("customers/", ada)["id"]
        order = {"customer": ada, "items": [{"product": mug, "quantity": 2}]}
        order = ask("orders/", order)["id"]
        assert ask(f"order/{order}/tax/")["rates"][0]["tax"] == "4.75"
        assert ask(f"customer/{ada}/clv/")["historic"] == "25.00"
        assert ask("analytics/sales/?type=top_selling_products") == [
            {"id": mug, "name": "Mug", "total_sales": 2}
        ]
        assert ask(f"recommendations/{ada}/?type=history")["customer_id"] == ada
