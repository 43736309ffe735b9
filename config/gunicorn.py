"""The web server: `python -m gunicorn -c config/gunicorn.py config.wsgi`."""

import ctypes
import sys
from contextlib import suppress

from core import casts
from core.environment import read

# Answers come and go: what they leave is given back, and not kept by each thread for the next one.
# 380 MB after all reports, and not 530 (measured); given back at once, answers take 2 ms longer.
# Only the C library of GNU understands it.
with suppress(AttributeError):
    MMAP_THRESHOLD, TRIM_THRESHOLD, ARENA_MAX = -3, -1, -8
    for option, value in ((ARENA_MAX, 2), (MMAP_THRESHOLD, 2**19), (TRIM_THRESHOLD, 2**20)):
        ctypes.CDLL(None).mallopt(option, value)

bind = f"127.0.0.1:{read('PORT', 8000, casts.port)}"
workers = read("WEB_WORKERS", 2, casts.whole(1, 64))
# Most requests wait for the database: threads fill that time with little memory. None waits for a
# client that sends slowly.
worker_class = "core.web_worker.WholeRequests"
threads = 4
# A list with all its filters must fit into the address.
limit_request_line = 8190
timeout = 60
graceful_timeout = 8
keepalive = 5
# The application logs each request itself, with its id; gunicorn speaks up when something is wrong.
loglevel = "warning"
# A socket for remote control is one more door, and would lie outside the project's folder.
control_socket_disable = True


def post_worker_init(worker):
    """After the fork: what DuckDB and the charts keep does not live through one."""
    from analytics.query.warmup import warm_up

    sys.meta_path.insert(0, WithoutPandas)
    # A thread that reads the next request waits this long for one that computes.
    sys.setswitchinterval(0.0005)
    warm_up()


class WithoutPandas:
    """Arrow would load it as soon as it is given any value, to ask whether that is one of its own:
    44 MB that nobody needs here, for models are fitted by the worker."""

    @staticmethod
    def find_spec(name, *_):
        if name == "pandas":
            raise ImportError(name)
