"""The web server loads the program once and forks: what does not survive a fork must be gone."""

import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = pytest.mark.once

FORK_AND_READ = """
import os, sys, threading
import config.wsgi
import duckdb

def read():
    duckdb.connect().execute("select sum(i) from range(1000000) t(i)").fetchall()

child = os.fork()
if not child:
    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    sys.exit()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_process_that_has_read_the_ledger_ends_without_an_abort():
    done = subprocess.run(
        [sys.executable, "-c", FORK_AND_READ],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
