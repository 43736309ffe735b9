"""How many requests one may make, whichever process answers them."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core import throttles

pytestmark = pytest.mark.once

PROCESS = """
import sys, django
from django.conf import settings
settings.configure(RATE_COUNTS=sys.argv[1], SECRET_KEY="x")
from core import throttles
print(sum(len(throttles.count("anna", float(sys.argv[2]), 60, 100)) < 100 for _ in range(80)))
"""
AFTERWARDS = """
import sys, django
from django.conf import settings
settings.configure(RATE_COUNTS=sys.argv[1], CACHE_URL="locmem://", SECRET_KEY="x")
from core.throttles import DeferredThrottle
class Failed(DeferredThrottle):
    rate = "3/min"
    get_cache_key = lambda *_: "anna"
for _ in range(2):
    allowed = [Failed().allow_request(None, None) for _ in range(5)]  # these do not count
    one = Failed()
    if one.allow_request(None, None):
        one.record()
    print(all(allowed))
"""


def test_processes_share_their_counts(tmp_path):
    command = [sys.executable, "-c", PROCESS, str(tmp_path / "rates"), str(time.time())]
    root = Path(__file__).parents[2]
    both = [
        subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    assert sum(int(process.communicate()[0]) for process in both) == 100


def test_hits_counted_afterwards_are_shared_by_processes(tmp_path):
    command = [sys.executable, "-c", AFTERWARDS, str(tmp_path / "rates")]
    root = Path(__file__).parents[2]
    printed = [subprocess.check_output(command, cwd=root, text=True).split() for _ in range(2)]
    assert printed == [["True", "True"], ["True", "False"]]


def test_no_hit_of_a_thread_is_lost():
    with ThreadPoolExecutor(8) as pool:
        let_in = pool.map(lambda _: len(throttles.count("bob", 10.0, 60, 50)) < 50, range(80))
    assert sum(let_in) == 50


def test_old_hits_and_hits_of_others_do_not_count():
    assert throttles.count("cleo", 10.0, 60, 2) == []
    assert throttles.count("dora", 10.0, 60, 2) == []
    assert throttles.count("cleo", 20.0, 60, 2) == [10.0]
    assert throttles.count("cleo", 30.0, 60, 2) == [10.0, 10.0]
    assert throttles.count("cleo", 71.0, 60, 2) == [20.0]


def test_requests_pass_when_the_file_cannot_be_written(api, settings, tmp_path, monkeypatch):
    settings.RATE_COUNTS = tmp_path / "nowhere" / "rates"
    monkeypatch.setattr("core.throttles.UserThrottle.THROTTLE_RATES", {"user": "2/min"})
    assert [api.get("/api/tags/").status_code for _ in range(3)] == [200, 200, 429]
