"""A file on its way into the books while the ground gives way: it is not there, or whole."""

import json
import os
import time

import pytest
from django.db import connection

from imports.tests.kills import NOTHING, WHOLE, write_sales_file
from tests.torture.conftest import often
from tests.torture.installation import Installation
from tests.torture.server import Cable, Server

KIND = {"mysql": "mariadb"}.get(connection.vendor, connection.vendor)
COUNT = """
import django, json
django.setup()
from imports.tests.kills import counted, states
print(json.dumps([states(), counted()], default=str))
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return write_sales_file(tmp_path_factory.mktemp("imports"))


def books(there) -> tuple[list, dict]:
    """The imports' states and what is in the books, once it holds still."""
    before = None
    while True:
        done = there.run(["-c", COUNT])
        assert done.returncode == 0, done.stderr
        now = json.loads(done.stdout.splitlines()[-1])
        if now == before:
            return now[0], now[1]
        before = now
        time.sleep(0.3)


def whole() -> dict:
    return json.loads(json.dumps(WHOLE, default=str))


def outcome_is_true(there, code: int) -> bool:
    """Nothing or everything, and the command did not say otherwise; whether it is there."""
    states, found = books(there)
    found["sum"] = found["sum"] and f"{float(found['sum']):.1f}"
    expected = whole() | {"sum": f"{float(WHOLE['sum']):.1f}"}
    assert (states, found) in (([], NOTHING), (["done"], expected)), (states, found)
    assert code != 0 or found == expected
    return found == expected


def comes_right(there, file) -> None:
    there.manage("import_sales", file)
    assert outcome_is_true(there, 0)


@pytest.fixture
def there(tmp_path):
    installation = Installation(KIND, tmp_path / "shop")
    installation.begin_anew()
    return installation


def test_a_full_disk_leaves_nothing_and_says_so(there, file, tried):
    sizes = [2**n for n in range(16, 24, often(2, 3))]
    tried("import with no room for files beyond 64 kB to 8 MB", len(sizes))
    for size in sizes:
        done = there.run(["manage.py", "import_sales", str(file)], largest_file=size)
        if outcome_is_true(there, done.returncode):
            break
        assert done.returncode != 0
    else:
        comes_right(there, file)


needs_a_server = pytest.mark.skipif(KIND == "sqlite", reason="it has no server")


@needs_a_server
def test_a_cut_cable_leaves_nothing_or_everything(there, file, chance, tried):
    cuts = often(10, 2)
    tried("import over a cable that delays, and is cut at a random byte", cuts)
    host, port = there.environment["DATABASE_HOST"], int(there.environment["DATABASE_PORT"])
    cable = Cable(host, port, chance)
    direct = there.environment
    try:
        for _ in range(cuts):
            cable.breaks_after(chance.randrange(1_000, 1_500_000))
            there.environment = direct | {"DATABASE_PORT": str(cable.port)}
            done = there.run(["manage.py", "import_sales", str(file)])
            there.environment = direct
            if outcome_is_true(there, done.returncode):
                there.begin_anew()
        comes_right(there, file)
    finally:
        cable.close()


@needs_a_server
@pytest.mark.skipif(os.geteuid() != 0, reason="a server of its own is started as root")
def test_a_killed_database_server_leaves_nothing_or_everything(tmp_path, file, chance, tried):
    kills = often(3, 1)
    tried("import while the database server is killed, and started again", kills)
    server = Server(KIND)
    there = Installation(KIND, tmp_path / "shop")
    there.environment |= server.environment()
    try:
        there.begin_anew()
        for _ in range(kills):
            running = there.start("import_sales", file)
            time.sleep(chance.uniform(1.5, 5))
            server.kill()
            code = running.wait()
            server.start()
            if outcome_is_true(there, code):
                there.begin_anew()
        comes_right(there, file)
    finally:
        server.close()
